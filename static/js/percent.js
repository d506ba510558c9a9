// Percentages: as a person types them, and on the plot's axis of evidence.

export const AXIS_END = 9.21; // log-odds of 99.99 %; the axis begins at its negative
const NEARLY_ONE = 1 - 2 ** -53; // the largest double below 1
const AXIS_STEPS = 100; // steps of a handle in one unit of log-odds

/**
 * "95", "95 %", "0.95", "0,95" -> 0.95; null for what is no percentage. A whole number is one: "1" is
 * 1 %, "1.0" is 100 %. As parse_confidence.
 */
export function parsePercent(text) {
  const match = text.trim().replace(",", ".").match(/^(\d+\.?\d*|\.\d+)\s*(%?)$/);
  if (!match) return null;
  const isPercent = match[2] === "%" || Number(match[1]) > 1 || /^\d+$/.test(match[1]);
  const probability = isPercent ? Number((Number(match[1]) / 100).toPrecision(12)) : Number(match[1]);
  return probability <= 1 ? probability : null;
}

/** 0.95 -> "0.95", 1 -> "1.0": a probability as a form sends it, which reads "1" as 1 %. */
export function writeProbability(probability) {
  return probability === 1 ? "1.0" : String(probability);
}

/** As compute_evidence_at has it, for an archive of which one half shows the target. */
export function computeLogOdds(probability) {
  if (probability <= 0) return -Infinity;
  const bounded = Math.min(probability, NEARLY_ONE);
  return Math.log(bounded / (1 - bounded));
}

/** Returns the handle's value of a probability. */
export function toAxis(probability) {
  return Math.round(AXIS_STEPS * clamp(computeLogOdds(probability)));
}

/** Returns the probability at a handle's value, with few digits; its ends are 0 and 1. */
export function fromAxis(value) {
  const logOdds = value / AXIS_STEPS;
  if (logOdds <= -AXIS_END) return 0;
  if (logOdds >= AXIS_END) return 1;
  const probability = 1 / (1 + Math.exp(-logOdds));
  const digits = probability < 0.01 || probability > 0.99 ? 4 : 3;
  return Number(probability.toFixed(digits));
}

/** Returns a probability one percent on, or a tenth of one if `isFine` and near the ends. */
export function takeStep(probability, direction, isFine) {
  const next = probability + direction * 0.01;
  const step = isFine || next < 0.01 || next > 0.99 ? 0.001 : 0.01;
  return Math.min(1, Math.max(0, Number((probability + direction * step).toFixed(4))));
}

/** Returns where log-odds lie on the axis, 0..1. */
export function findPlace(logOdds) {
  return (clamp(logOdds) + AXIS_END) / (2 * AXIS_END);
}

function clamp(logOdds) {
  return Math.min(AXIS_END, Math.max(-AXIS_END, logOdds));
}
