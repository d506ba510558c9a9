// @ts-check

/**
 * Have the tabs open their piles on this page, as the links that they are would on a new one.
 * @param {(pile: string) => void} onOpen
 */
export function listenToTabs(onOpen) {
  const tabs = /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(".piles a"));
  for (const tab of tabs) {
    tab.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // the user wants a window of its own
      event.preventDefault();
      for (const other of tabs) other.removeAttribute("aria-current");
      tab.setAttribute("aria-current", "page");
      history.replaceState(null, "", tab.href);
      onOpen(tab.dataset.pile ?? "kept");
    });
  }
}
