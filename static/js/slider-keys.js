// @ts-check

const KEYS = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 });

/**
 * Hundredths by the arrow keys, thousandths with Shift: a thousand key presses are too many.
 * @param {KeyboardEvent} event
 * @param {number} from where the slider stands, 0..1
 * @returns {string | null} where it goes; null: another key was pressed
 */
export function stepped(event, from) {
  const direction = KEYS[event.key];
  if (!direction) return null;
  event.preventDefault();
  const value = from + direction * (event.shiftKey ? 0.001 : 0.01);
  return String(Number(Math.min(1, Math.max(0, value)).toFixed(3)));
}
