// <wall-tools>: tabs of the piles, chips, order and filters, and how tiles look.
import { formatCount } from "./format.js";
import { data, onColumns } from "./result-data.js";
import { countShown, listFolders } from "./wall-order.js";
import { setView, view } from "./wall-view.js";

const TYPING_MS = 200;
const SCORED = ["kept", "unsure", "rejected"];

class WallTools extends HTMLElement {
  connectedCallback() {
    this.tabs = document.querySelectorAll(".piles a");
    this.chips = this.querySelectorAll("[data-show]");
    this.shown = this.querySelector("[data-field=shown]");
    for (const link of [...this.tabs, ...this.chips]) {
      link.addEventListener("click", (event) => this.onLink(event, link));
    }
    this.watchScores();
    this.watchSizes();
    this.bind("sort", "change", 0);
    this.bind("folder", "change", 0);
    this.bind("name", "input", TYPING_MS);
    this.restoreLooks();
    for (const name of ["view", "thresholds", "verdict"]) {
      document.addEventListener(name, ({ detail }) => {
        if (detail?.isFinal !== false) this.update();
      });
    }
    onColumns(() => this.update());
    document.addEventListener("wall", ({ detail: numbers }) => tellNothing(numbers));
    document.addEventListener("view", () => this.fillFolders());
    document.addEventListener("names", ({ detail }) => {
      if (detail.isLast) this.fillFolders();
    });
  }

  onLink(event, link) {
    const { pile = view.pile, show = "review" } = link.dataset;
    const isElsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
    if (isElsewhere || !SCORED.includes(pile) || !data.isLoaded) return; // another page of the server
    event.preventDefault();
    if (link.dataset.pile) setView({ pile, show, folder: "", name: "" });
    else setView({ show });
  }

  /** Once the scores are scrolled away, a button opens them over the wall. Their place stays. */
  watchScores() {
    const scores = document.getElementById("scoring");
    const place = scores.parentElement;
    new IntersectionObserver(([{ isIntersecting }]) => {
      this.toggleAttribute("data-scrolled", !isIntersecting);
    }).observe(place);
    scores.addEventListener("beforetoggle", ({ newState }) => {
      place.style.minBlockSize = newState === "open" ? `${place.offsetHeight}px` : "";
    });
  }

  /** On a phone, Undo, Redo and the button of the scores move or cover the tabs when they appear. */
  watchSizes() {
    const sizes = new ResizeObserver(() => this.revealTab());
    for (const part of this.querySelectorAll(".piles, .tools-end, .scoring-button")) {
      sizes.observe(part);
    }
  }

  /** Scroll the line sideways, so that the open pile's tab is in the middle of what is not covered. */
  revealTab() {
    const tab = this.querySelector(".piles [aria-current]");
    const start = this.querySelector("[data-review]")?.offsetWidth ?? 0;
    const end = this.offsetWidth - this.querySelector(".tools-end").offsetWidth;
    this.scrollLeft = tab.offsetLeft + tab.offsetWidth / 2 - (start + end) / 2;
  }

  bind(name, event, delay) {
    const field = this.querySelector(`[data-view=${name}]`);
    field.addEventListener(event, () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => setView({ [name]: field.value }), delay);
    });
  }

  /** Show the view in tabs and chips. */
  update() {
    for (const tab of this.tabs) setCurrent(tab, tab.dataset.pile === view.pile);
    this.revealTab();
    const review = this.querySelector("[data-review]"); // none beside files without pictures
    if (review) review.href = `${data.url}/review?pile=${view.pile}`;
    const counts = countShown(view.pile);
    for (const chip of this.chips) {
      const { show } = chip.dataset;
      setCurrent(chip, show === view.show);
      if (show === view.show) this.shown.textContent = chip.firstChild.textContent.trim();
      chip.href = `?${new URLSearchParams({ pile: view.pile, show })}`;
      chip.querySelector("b").textContent = formatCount(counts[show]);
    }
  }

  fillFolders() {
    const folders = listFolders(view.pile);
    const select = this.querySelector("[data-view=folder]");
    const options = folders.map(makeOption);
    select.replaceChildren(new Option("All folders", ""), ...options);
    select.value = view.folder;
    for (const name of ["name", "sort"]) this.querySelector(`[data-view=${name}]`).value = view[name];
    select.hidden = folders.length < 2;
  }

  /** Size, names and blur are kept in this browser. */
  restoreLooks() {
    for (const input of this.querySelectorAll("[data-look]")) {
      const { look } = input.dataset;
      const key = `monasieve-${look}`;
      const saved = localStorage.getItem(key);
      if (saved !== null && input.type === "checkbox") input.checked = saved === "true";
      else if (saved !== null) input.value = saved;
      input.addEventListener("input", () => {
        localStorage.setItem(key, input.type === "checkbox" ? String(input.checked) : input.value);
        applyLook(look, input);
      });
      applyLook(look, input);
    }
  }
}

function applyLook(look, input) {
  const root = document.documentElement;
  if (input.type === "checkbox") root.toggleAttribute(`data-${look}`, input.checked);
  else root.style.setProperty("--row-scale", input.value);
  document.dispatchEvent(new CustomEvent("appearance", { detail: { look } }));
}

/** Say why the wall is empty, if it is. */
function tellNothing(numbers) {
  const reason = countShown(view.pile).all ? "filtered" : view.pile;
  for (const text of document.querySelectorAll("[data-reason]")) {
    text.hidden = numbers.length > 0 || text.dataset.reason !== reason;
  }
}

function makeOption([folder, count]) {
  return new Option(`${folder || "(no folder)"} ${formatCount(count)}`, folder);
}

function setCurrent(link, isCurrent) {
  if (isCurrent) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
}

customElements.define("wall-tools", WallTools);
