// The drawing of <score-plot>: a bar for each stretch of the axis, and a tick for each verdict. The
// lower part of a bar is the part expected to show the target; what is probably in the wrong pile is
// hatched. Pictures with a verdict are in the right one.
import { BARS, describeBar, nameBar } from "./bar-words.js";
import { findPlace } from "./percent.js";
import { data } from "./result-data.js";

const WIDTH = 960; // of the viewBox
const HEIGHT = 40; // of the highest bar
const TICK = 5; // height of a verdict's tick
const GAP = 1;
const SVG = "http://www.w3.org/2000/svg";

/**
 * @returns the pictures of each stretch of the axis, how many are expected to show the target, and how
 * many of those and of the others have a verdict
 */
export function countBars() {
  const [counts, expected, found, refused] = Array.from({ length: 4 }, () => new Float64Array(BARS));
  for (let index = 0; index < data.count; index += 1) {
    const bar = Math.min(BARS - 1, Math.floor(findPlace(data.getLogOdds(index)) * BARS));
    counts[bar] += 1;
    expected[bar] += getExpected(index);
    if (data.verdict[index]) (data.verdict[index] > 0 ? found : refused)[bar] += 1;
  }
  return { counts, expected, found, refused };
}

/** How likely a picture shows the target, as verdicts and the archive's own curve say: 0..1. */
function getExpected(index) {
  const { curve, verdict } = data;
  if (verdict[index]) return verdict[index] > 0 ? 1 : 0;
  if (!curve) return data.getProbability(index);
  const { values, end } = curve;
  const evidence = Math.min(end, Math.max(-end, data.evidence[index]));
  return values[Math.round(((evidence + end) / (2 * end)) * (values.length - 1))];
}

/**
 * Draw all bars. Their heights are square roots, so that a thousand pictures at one end do not hide
 * three in the middle.
 */
export function drawScores(svg, { counts, expected, found, refused }) {
  // All that lies beyond the axis is in the bars at its ends: they may be cut.
  const highest = Math.sqrt(Math.max(1, ...counts.subarray(1, -1)));
  const groups = findGroups(svg);
  counts.forEach((count, bar) => {
    const height = count && Math.min(HEIGHT, Math.max(1.5, (HEIGHT * Math.sqrt(count)) / highest));
    const one = count && height / count;
    const lower = one * expected[bar];
    const wrong = drawPart(bar, HEIGHT, 0, "wrong");
    wrong.dataset.kept = height - lower - one * refused[bar];
    wrong.dataset.rejected = lower - one * found[bar];
    delete groups[bar].dataset.pile;
    groups[bar].replaceChildren(
      drawPart(bar, HEIGHT - height, height - lower, "others"),
      drawPart(bar, HEIGHT - lower, lower, "expected"),
      wrong,
    );
  });
  for (const ticks of svg.querySelectorAll(".ticks")) ticks.remove();
  svg.append(drawTicks(1, 0), drawTicks(-1, HEIGHT + GAP));
}

/** The groups of all bars. They stay while their content changes, so that one can be pointed at. */
function findGroups(svg) {
  if (!svg.querySelector("g")) svg.append(...Array.from({ length: BARS }, () => create("g")));
  return svg.querySelectorAll("g");
}

function drawPart(bar, top, height, kind) {
  const rect = create("rect");
  const place = { x: (bar * WIDTH) / BARS + GAP / 2, y: TICK + GAP + top };
  const size = { width: WIDTH / BARS - GAP, height };
  for (const [name, value] of Object.entries({ ...place, ...size })) {
    rect.setAttribute(name, value.toFixed(2));
  }
  rect.classList.add(kind);
  return rect;
}

function create(name) {
  return document.createElementNS(SVG, name);
}

/** A tick for each picture with this verdict: above the bars it is the target, below it is not. */
function drawTicks(verdict, top) {
  const columns = new Set();
  for (const index of data.withVerdict) {
    if (data.verdict[index] === verdict) {
      columns.add(Math.round(findPlace(data.getLogOdds(index)) * WIDTH));
    }
  }
  const path = create("path");
  const start = top + (verdict > 0 ? 0 : TICK + GAP);
  path.setAttribute("d", [...columns].map((x) => `M${x} ${start}v${TICK}`).join(""));
  path.classList.add("ticks", verdict > 0 ? "ticks-is" : "ticks-is_not");
  return path;
}

/** Colour the bars by the pile that most of their pictures are in, and hatch what is wrong there. */
export function paintScores(svg, bars, title) {
  svg.querySelectorAll("g").forEach((group, bar) => {
    const pile = findPile(bar);
    if (group.dataset.pile === pile) return;
    group.dataset.pile = pile;
    nameBar(group, bar, describeBar(bar, bars, pile, title));
    const wrong = group.querySelector(".wrong");
    const height = Math.max(0, wrong.dataset[pile] ?? 0); // rounding may go below
    const top = group.querySelector(".others").getAttribute("y");
    wrong.setAttribute("y", pile === "kept" ? top : (TICK + GAP + HEIGHT - height).toFixed(2));
    wrong.setAttribute("height", height.toFixed(2));
  });
}

/** @returns the pile that most pictures of a bar are in */
export function findPile(bar) {
  const findBar = (evidence) => Math.round(findPlace(evidence + data.priorLogOdds) * BARS);
  if (bar >= findBar(data.keptFrom)) return "kept";
  return bar >= findBar(data.unsureFrom) ? "unsure" : "rejected";
}
