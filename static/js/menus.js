// Escape closes the menu (<details class="menu">) that has the focus, and nothing else then.
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true });
