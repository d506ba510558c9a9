// <folder-preview data-url data-field>: shows where a copy would be while a folder's name is typed.

const ASK_AFTER_MS = 250; // after the last letter

class FolderPreview extends HTMLElement {
  connectedCallback() {
    this.field = document.getElementById(this.dataset.field);
    this.field.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.load(), ASK_AFTER_MS);
    });
  }

  async load() {
    const wanted = this.field.value;
    const query = new URLSearchParams({ [this.field.name]: wanted });
    const response = await fetch(`${this.dataset.url}?${query}`).catch(() => null);
    if (response?.ok && this.field.value === wanted) this.innerHTML = await response.text();
  }
}

customElements.define("folder-preview", FolderPreview);
