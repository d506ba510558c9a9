// What the wall shows: a pile, a filter and an order. "view" is dispatched on document when it changes.

const OWN_ADDRESS = ["pile", "show"]; // the server knows these, so they stand in the address
const NEEDS_NAMES = ["name", "folder"]; // orders

const address = new URLSearchParams(location.search);

export const view = {
  pile: address.get("pile") || "kept",
  show: address.get("show") || "review",
  sort: "closest",
  folder: "",
  name: "",
  ...history.state?.order, // the page comes back from review mode, or is loaded again
};

/** Whether the wall can only be shown once the names are known. */
export function needsNames() {
  return Boolean(view.folder || view.name) || NEEDS_NAMES.includes(view.sort);
}

/** Change the view. Another pile begins without the filters, and is a step of the browser's Back. */
export function setView(change) {
  const isStep = OWN_ADDRESS.some((name) => name in change);
  if (isStep) rememberPlace();
  Object.assign(view, change);
  if (isStep) history.pushState({ scroll: 0 }, "", writeAddress());
  dispatch();
}

/** Keep order, filters and where the page is scrolled to, for Back and for a reload. */
function rememberPlace() {
  const { sort, folder, name } = view;
  history.replaceState({ scroll: scrollY, order: { sort, folder, name } }, "");
}

function writeAddress() {
  const fields = new URLSearchParams(location.search);
  for (const name of OWN_ADDRESS) fields.set(name, view[name]);
  return `?${fields}`;
}

function dispatch() {
  document.dispatchEvent(new CustomEvent("view"));
}

addEventListener("popstate", () => {
  const fields = new URLSearchParams(location.search);
  const [pile, show] = [fields.get("pile") || "kept", fields.get("show") || "review"];
  if (pile === view.pile && show === view.show) return; // only the part after # changed
  Object.assign(view, { pile, show, folder: "", name: "", ...history.state?.order });
  dispatch();
  scrollTo(0, history.state?.scroll ?? 0);
});
addEventListener("pagehide", rememberPlace);

const bar = document.querySelector("wall-tools");
let barHeight = 0;

/** Returns the height in pixels of the line of tools, which covers the top of the window. */
export function measureBar() {
  barHeight ||= bar.offsetHeight;
  return barHeight;
}

new ResizeObserver(() => {
  barHeight = 0; // measured when it is asked for: not in every frame of a scroll
  document.documentElement.style.setProperty("--bar", `${measureBar()}px`);
  document.dispatchEvent(new CustomEvent("bar"));
}).observe(bar);
