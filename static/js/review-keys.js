// The keys of review mode. Those of verdicts are the wall's.
import { readVerdictKey } from "./verdicts.js";

const VERDICTS = ["is", "is_not", "none"];
const ACTIONS = {
  ArrowRight: "next",
  ArrowDown: "next",
  ArrowLeft: "previous",
  ArrowUp: "previous",
  Home: "first",
  End: "last",
  Escape: "close",
  "?": "keys",
  z: "zoom",
  i: "facts",
  c: "compare",
  f: "fullscreen",
};

/** @returns {string | undefined} the action of a key */
export function readReviewKey(event) {
  const verdict = readVerdictKey(event);
  if (VERDICTS.includes(verdict)) return verdict;
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  if (event.key === " ") return event.shiftKey ? "previous" : "next";
  return ACTIONS[event.key] ?? ACTIONS[event.key.toLowerCase()];
}
