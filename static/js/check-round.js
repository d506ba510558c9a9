// Keys for a round of pictures to check: arrows move, P marks. Space works without script.

customElements.define("check-round", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("keydown", (event) => this.handleKey(event));
    this.listBoxes()[0]?.focus({ preventScroll: true });
  }

  listBoxes() {
    return [...this.querySelectorAll("input[type=checkbox]")];
  }

  handleKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !event.target.matches("input")) return;
    if (event.key.toLowerCase() === "p") event.target.click();
    const neighbour = this.findNeighbour(event.target, event.key);
    if (!neighbour) return;
    event.preventDefault();
    neighbour.focus();
    neighbour.scrollIntoView({ block: "nearest" });
  }

  /** Returns the box to which an arrow key leads, if there is one. */
  findNeighbour(box, key) {
    const boxes = this.listBoxes();
    const tops = boxes.map((other) => other.closest("li").offsetTop);
    const columns = tops.filter((top) => top === tops[0]).length;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[key];
    return step && boxes[boxes.indexOf(box) + step];
  }
});
