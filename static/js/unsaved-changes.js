// <unsaved-changes>: asks before the page is left while its form has changes that are not saved.

class UnsavedChanges extends HTMLElement {
  connectedCallback() {
    this.onLeave = (event) => event.preventDefault(); // the browser then asks in its own words
    this.addEventListener("input", () => addEventListener("beforeunload", this.onLeave));
    this.addEventListener("submit", () => this.release());
    this.querySelector("a.button").addEventListener("click", () => this.release());
  }

  disconnectedCallback() {
    this.release();
  }

  release() {
    removeEventListener("beforeunload", this.onLeave);
  }
}

customElements.define("unsaved-changes", UnsavedChanges);
