// The drawing of <score-plot>: a bar for each stretch of the axis, and a tick for each verdict.
import { findPlace } from "./percent.js";
import { data } from "./result-data.js";

const BARS = 92;
const WIDTH = 920; // of the viewBox
const HEIGHT = 40; // of the highest bar
const TICK = 5; // height of a verdict's tick
const GAP = 1;
const SVG = "http://www.w3.org/2000/svg";

/**
 * Draw all bars. Their heights are square roots, so that a thousand pictures at one end do not hide
 * three in the middle. The lower part of a bar is the part expected to show the target.
 */
export function drawScores(svg) {
  const counts = new Float64Array(BARS);
  const expected = new Float64Array(BARS);
  for (let index = 0; index < data.count; index += 1) {
    const logOdds = data.getLogOdds(index);
    const bar = Math.min(BARS - 1, Math.floor(findPlace(logOdds) * BARS));
    counts[bar] += 1;
    expected[bar] += 1 / (1 + Math.exp(-logOdds));
  }
  // All that lies beyond the axis is in the bars at its ends: they may be cut.
  const highest = Math.sqrt(Math.max(1, ...counts.subarray(1, -1)));
  const bars = [];
  counts.forEach((count, bar) => {
    const height = count && Math.min(HEIGHT, Math.max(1.5, (HEIGHT * Math.sqrt(count)) / highest));
    const lower = count && (height * expected[bar]) / count;
    bars.push(drawBar(bar, HEIGHT - height, height - lower, "others"));
    bars.push(drawBar(bar, HEIGHT - lower, lower, "expected"));
  });
  svg.replaceChildren(...bars, drawTicks(1, 0), drawTicks(-1, HEIGHT + GAP));
}

function drawBar(bar, top, height, kind) {
  const rect = document.createElementNS(SVG, "rect");
  const place = { x: (bar * WIDTH) / BARS + GAP / 2, y: TICK + GAP + top };
  const size = { width: WIDTH / BARS - GAP, height };
  for (const [name, value] of Object.entries({ ...place, ...size })) {
    rect.setAttribute(name, value.toFixed(2));
  }
  rect.classList.add(kind);
  return rect;
}

/** A tick for each picture with this verdict: above the bars it is the target, below it is not. */
function drawTicks(verdict, top) {
  const columns = new Set();
  for (const index of data.withVerdict) {
    if (data.verdict[index] === verdict) {
      columns.add(Math.round(findPlace(data.getLogOdds(index)) * WIDTH));
    }
  }
  const path = document.createElementNS(SVG, "path");
  const start = top + (verdict > 0 ? 0 : TICK + GAP);
  path.setAttribute("d", [...columns].map((x) => `M${x} ${start}v${TICK}`).join(""));
  path.classList.add("ticks", verdict > 0 ? "ticks-is" : "ticks-is_not");
  return path;
}

/** Colour the bars by the pile that most of their pictures are in. */
export function paintScores(svg) {
  const findBar = (evidence) => Math.round(findPlace(evidence + data.priorLogOdds) * BARS);
  const [kept, unsure] = [findBar(data.keptFrom), findBar(data.unsureFrom)];
  svg.querySelectorAll("rect").forEach((rect, number) => {
    const bar = number >> 1; // each one has two parts
    let pile = "rejected";
    if (bar >= kept) pile = "kept";
    else if (bar >= unsure) pile = "unsure";
    if (rect.dataset.pile !== pile) rect.dataset.pile = pile;
  });
}
