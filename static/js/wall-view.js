// What the wall shows: a pile, a filter and an order. "view" is dispatched on document when it changes.

const OWN_ADDRESS = ["pile", "show"]; // the server knows these, so they stand in the address

const address = new URLSearchParams(location.search);

export const view = {
  pile: address.get("pile") || "kept",
  show: address.get("show") || "review",
  sort: "closest",
  folder: "",
  name: "",
};

/** Change the view. Another pile begins without the filters, and is a step of the browser's Back. */
export function setView(change) {
  Object.assign(view, change);
  if (OWN_ADDRESS.some((name) => name in change)) {
    rememberScroll();
    history.pushState({ scroll: 0 }, "", writeAddress());
  }
  dispatch();
}

/** Keep where the page is scrolled to, for Back and for a reload. */
export function rememberScroll() {
  if (history.state === null || typeof history.state === "object") {
    history.replaceState({ scroll: scrollY }, "");
  }
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
  if (pile === view.pile && show === view.show) return; // something opened or closed over the page
  Object.assign(view, { pile, show, folder: "", name: "" });
  dispatch();
  scrollTo(0, history.state?.scroll ?? 0);
});
addEventListener("pagehide", rememberScroll);
