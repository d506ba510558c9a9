// <download-links>: its links [data-piles] say and ask for what the page shows at the moment.
import { formatBytes, formatCount, pluralize } from "./format.js";
import { countPiles, measurePiles } from "./pile-sums.js";
import { data, onColumns } from "./result-data.js";

class DownloadLinks extends HTMLElement {
  connectedCallback() {
    this.probability = this.querySelector("[data-action=probability]");
    this.probability.onchange = () => this.setWish("names", this.probability.checked && "probability");
    const sidecars = this.querySelector("[data-action=sidecars]");
    sidecars.onchange = () => this.setWish("sidecars", sidecars.value);
    onColumns(() => this.show());
    for (const name of ["thresholds", "verdict"]) {
      document.addEventListener(name, () => this.show());
    }
  }

  /** Ask for names such as 0.9731_name.png, or for sidecars; without a value for neither. */
  setWish(name, value) {
    for (const link of this.querySelectorAll("[data-piles]:not([data-scriptless] *)")) {
      const url = new URL(link.href);
      if (value) url.searchParams.set(name, value);
      else url.searchParams.delete(name);
      link.href = url.href;
    }
  }

  show() {
    const [counts, bytes] = [countPiles(data), measurePiles(data)];
    for (const link of this.querySelectorAll("[data-piles]")) {
      const piles = link.dataset.piles.split(" ");
      const count = piles.reduce((sum, pile) => sum + counts[pile], 0);
      const size = piles.reduce((sum, pile) => sum + bytes[pile], 0);
      const texts = {
        count: formatCount(count), // on the button
        pictures: pluralize(count, "picture"), // in the menu
        bytes: formatBytes(size),
      };
      for (const field of link.querySelectorAll("[data-field]")) {
        field.textContent = texts[field.dataset.field];
      }
      link.toggleAttribute("data-empty", count === 0);
      const url = new URL(link.href);
      if (!url.searchParams.has("state")) continue; // the job runs, and changes all the time
      url.searchParams.set("state", data.state);
      url.searchParams.set("count", String(count));
      link.href = url.href;
    }
  }
}

customElements.define("download-links", DownloadLinks);
