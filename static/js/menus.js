// A menu (<details class="menu">) closes by Escape, by a click elsewhere and when the focus leaves it.
// A popover does the first two by itself.
const FLOATS = "absolute"; // over the page; a menu that is a part of it stays, or a click's goal would move away

function listFloating() {
  const open = [...document.querySelectorAll("details.menu[open]")];
  return open.filter((menu) => {
    const panel = menu.lastElementChild;
    return panel.checkVisibility() && getComputedStyle(panel).position === FLOATS;
  });
}

function closeOthers({ target }) {
  for (const menu of listFloating()) if (!menu.contains(target)) menu.open = false;
}

// As captures: a page's own keys and clicks may end the event on their way.
document.addEventListener("click", closeOthers, { capture: true });
document.addEventListener("focusin", (event) => {
  closeOthers(event);
  for (const popover of document.querySelectorAll(":popover-open")) {
    const isOpener = event.target.popoverTargetElement === popover;
    if (!isOpener && !popover.contains(event.target)) popover.hidePopover();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  // The one with the focus; on some systems a clicked menu has none.
  const inside = event.target.closest?.("details.menu[open]");
  const menu = inside ?? (event.target === document.body && listFloating().at(-1));
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true });
