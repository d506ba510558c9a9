// @ts-check
// How the probabilities of an archive lie, as bars above the slider.

const BARS = 50;
const HEIGHT = 24;
const WIDTH = 200;
const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {SVGElement} svg
 * @param {number[]} keptAt how many are kept at i/1000
 */
export function drawHistogram(svg, keptAt) {
  const step = (keptAt.length - 1) / BARS;
  const counts = Array.from({ length: BARS }, (_, i) => {
    const end = i === BARS - 1 ? 0 : keptAt[(i + 1) * step];
    return keptAt[i * step] - end;
  });
  counts[BARS - 1] -= keptAt.at(-1) ?? 0; // those that the user keeps at every confidence
  const most = Math.cbrt(Math.max(1, ...counts));
  svg.replaceChildren(
    ...counts.map((count, i) => {
      const bar = document.createElementNS(SVG, "rect");
      // The cube root: a heap of a thousand at one end does not hide the three in the middle.
      const height = count > 0 ? (Math.cbrt(count) / most) * HEIGHT : 0;
      bar.setAttribute("x", String((i * WIDTH) / BARS + 0.4));
      bar.setAttribute("width", String(WIDTH / BARS - 0.8));
      bar.setAttribute("y", String(HEIGHT - height));
      bar.setAttribute("height", String(height));
      return bar;
    }),
  );
}

/** @param {SVGElement} svg @param {number} confidence */
export function colourHistogram(svg, confidence) {
  [...svg.children].forEach((bar, i) => bar.classList.toggle("over", (i + 0.5) / BARS >= confidence));
}
