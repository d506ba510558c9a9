// <selection-bar>: how many pictures are selected, and what can be done with all of them. The page
// works without it, too: its buttons send the form of the wall with the boxes that are ticked.
import { announce } from "./announce.js";
import { formatBytes, formatCount, pluralize } from "./format.js";
import { data } from "./result-data.js";
import { selection, writeRanges } from "./selection.js";
import { unfold } from "./wall-variants.js";
import { setVerdicts } from "./verdicts.js";

class SelectionBar extends HTMLElement {
  connectedCallback() {
    document.addEventListener("selection", () => this.show());
    for (const button of this.querySelectorAll("[data-verdict]")) {
      button.addEventListener("click", (event) => {
        event.preventDefault();
        setSelectionVerdict(button.value);
      });
    }
    this.querySelector("[data-clear]").addEventListener("click", () => {
      document.querySelector("picture-wall").focus({ preventScroll: true }); // the bar goes away
      selection.clear();
    });
    // Most of the selected pictures have no tile whose box could be sent.
    document.getElementById("verdicts").addEventListener("formdata", ({ formData }) => {
      formData.set("numbers", writeRanges(selection.list()));
    });
  }

  show() {
    const { size } = selection;
    this.toggleAttribute("data-filled", size > 0);
    document.querySelector("picture-wall").toggleAttribute("data-selecting", size > 0);
    const sum = selection.list().reduce((bytes, number) => bytes + measure(number), 0);
    const texts = {
      count: `${formatCount(size)} selected`,
      pictures: pluralize(size, "picture"),
      bytes: formatBytes(sum),
    };
    for (const field of document.querySelectorAll("[data-selection]")) {
      field.textContent = texts[field.dataset.selection];
    }
    for (const link of document.querySelectorAll("[data-needs-selection]")) link.hidden = size === 0;
    announce(texts.count);
  }
}

/** The bytes of a picture; 0 until the columns are there. */
function measure(number) {
  return data.size?.[data.indices.get(number)] ?? 0;
}

/** Set one verdict on all selected pictures, as one step of undo, and clear the selection. */
export async function setSelectionVerdict(verdict) {
  if (await setVerdicts(unfold(selection.list()), verdict)) selection.clear();
}

customElements.define("selection-bar", SelectionBar);
