// What each bar of <score-plot> says in words: below the pointer, and for the arrow keys, which lead
// from bar to bar. For a screen reader the bars are the options of a list.
import { formatCount, formatPercent, pluralize } from "./format.js";
import { AXIS_END } from "./percent.js";

export const BARS = 96;
export const STEPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };

/** "90.2 % to 91.8 %: 12 pictures, about 10.6 of Mona, about 1.4 in the wrong pile" */
export function describeBar(bar, { counts, expected, found, refused }, pile, title) {
  const count = counts[bar];
  if (!count) return "";
  const target = expected[bar];
  const wrong = { kept: count - target - refused[bar], rejected: target - found[bar] }[pile];
  const parts = [pluralize(count, "picture"), `about ${formatExpected(target)} of ${title}`];
  if (wrong !== undefined) parts.push(`about ${formatExpected(wrong)} in the wrong pile`);
  return `${describeStretch(bar)}: ${parts.join(", ")}`;
}

/** Few pictures to a tenth, because those of many bars are added up: 0.42 -> "0.4", 14.2 -> "14" */
function formatExpected(count) {
  return formatCount(Math.abs(count) < 10 ? Number(count.toFixed(1)) : Math.round(count));
}

function describeStretch(bar) {
  if (bar === 0) return `Below ${formatEdge(1)}`;
  return bar === BARS - 1 ? `Above ${formatEdge(bar)}` : `${formatEdge(bar)} to ${formatEdge(bar + 1)}`;
}

/** The percentage at which a bar begins, with so many digits that the next one differs. */
function formatEdge(bar) {
  const logOdds = AXIS_END * ((2 * bar) / BARS - 1);
  const rarer = 100 / (1 + Math.exp(Math.abs(logOdds)));
  const digits = 1 - Math.floor(Math.log10(rarer));
  return formatPercent(Number((logOdds < 0 ? rarer : 100 - rarer).toFixed(digits)) / 100);
}

/** Give a bar its words; without words it is no option. */
export function nameBar(group, bar, words) {
  group.id = `bar-${bar}`;
  if (!words) return ["role", "aria-label", "aria-selected"].forEach((name) => group.removeAttribute(name));
  group.setAttribute("role", "option");
  group.setAttribute("aria-label", words);
  group.setAttribute("aria-selected", "false");
}

/** Show the words of the bar that is pointed at, by the pointer or by the keys. */
export class BarWords {
  constructor(svg, line) {
    this.svg = svg;
    this.line = line;
    svg.addEventListener("pointermove", ({ clientX }) => {
      const { left, width } = svg.getBoundingClientRect();
      this.show(Math.min(BARS - 1, Math.floor(((clientX - left) / width) * BARS)));
    });
    for (const end of ["pointerleave", "blur"]) svg.addEventListener(end, () => this.show(null));
    svg.addEventListener("focus", () => this.lead(0));
    svg.addEventListener("keydown", (event) => this.onKey(event));
  }

  onKey(event) {
    if (event.key === "Escape") return this.show(null);
    if (!STEPS[event.key]) return;
    event.preventDefault();
    event.stopPropagation(); // the wall has its own arrow keys
    this.lead(STEPS[event.key]);
  }

  /** Go on to the next bar that has pictures. */
  lead(step) {
    const filled = [...this.svg.querySelectorAll("[role=option]")];
    const now = filled.findIndex(({ id }) => id === this.svg.getAttribute("aria-activedescendant"));
    const group = filled[Math.min(filled.length - 1, Math.max(0, now + step))];
    if (!group) return;
    this.svg.setAttribute("aria-activedescendant", group.id);
    this.show(Number(group.id.slice("bar-".length)));
  }

  /** @param {number | null} bar null: none */
  show(bar) {
    this.bar = bar;
    for (const group of this.svg.querySelectorAll("[aria-selected=true]")) group.ariaSelected = "false";
    const group = bar === null ? null : this.svg.querySelector(`#bar-${bar}[role=option]`);
    this.line.hidden = !group;
    if (!group) return;
    group.ariaSelected = "true";
    this.line.textContent = group.getAttribute("aria-label");
    this.line.style.setProperty("--place", `${(100 * (bar + 0.5)) / BARS}%`);
  }

  /** Follow the bars, whose words have changed. */
  refresh() {
    this.show(this.bar ?? null);
  }
}
