// What the keys mean, the same in the wall and in review mode. templates/_keys.html tells them.

const ACTIONS = {
  p: "is",
  x: "is_not",
  u: "none",
  ArrowRight: "right",
  ArrowLeft: "left",
  ArrowDown: "down",
  ArrowUp: "up",
  PageDown: "page-down",
  PageUp: "page-up",
  Home: "first",
  End: "last",
  Escape: "close",
  "?": "keys",
  s: "select",
  z: "zoom",
  i: "facts",
  h: "sight",
  c: "compare",
  f: "fullscreen",
};
const WITH_CONTROL = { a: "select all", y: "redo", z: "undo" };
const VERDICTS = ["is", "is_not", "none"];

/** @returns {string | undefined} the action of a key; undefined also where the user types */
export function readKey(event) {
  if (event.altKey || isTyping(event)) return undefined;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.ctrlKey || event.metaKey) {
    return key === "z" && event.shiftKey ? "redo" : WITH_CONTROL[key];
  }
  if (key === " ") return event.shiftKey ? "previous" : "next";
  return ACTIONS[key];
}

/** Whether an action is a verdict, as the server names it. */
export function isVerdict(action) {
  return VERDICTS.includes(action);
}

function isTyping({ target }) {
  return target.matches?.("input:not([type=range], [type=checkbox]), textarea, select");
}
