// Numbers as a person reads them; webapp/pages/filters.py does the same on the server.

const BYTE_UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"];

const COUNTS = new Intl.NumberFormat("en"); // made once: toLocaleString takes many times as long

/** 1200 -> "1,200" */
export function formatCount(count) {
  return COUNTS.format(count);
}

/** 1 -> "1 picture", 1200 -> "1,200 pictures" */
export function pluralize(count, noun) {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** 1536 -> "1.5 KiB" */
export function formatBytes(count) {
  let unit = 0;
  while (count >= 1024 && unit < BYTE_UNITS.length - 1) {
    count /= 1024;
    unit += 1;
  }
  const digits = count >= 10 || unit === 0 ? 0 : 1;
  return `${count.toFixed(digits)} ${BYTE_UNITS[unit]}`;
}

/** 125 -> "2 min 5 s" */
export function formatDuration(seconds) {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

const NARROW_SPACE = "\u202f"; // between a number and its unit, without a line break

/** 0.9612 -> "96.1 %", never rounded to certainty */
export function formatProbability(probability) {
  if (probability < 0.001) return `< 0.1${NARROW_SPACE}%`;
  if (probability > 0.999) return `> 99.9${NARROW_SPACE}%`;
  return `${(100 * probability).toFixed(1)}${NARROW_SPACE}%`;
}

/** 0.95 -> "95 %", 0.9755 -> "97.55 %" */
export function formatPercent(fraction) {
  return `${Number((100 * fraction).toPrecision(6))}${NARROW_SPACE}%`;
}
