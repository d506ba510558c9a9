// Numbers that a text decides: the same text gives them again.
const encoder = new TextEncoder();

/** FNV-1a, 32 bits: crypto.subtle is missing on plain http. */
export function hash(text, seed = 0x811c9dc5) {
  let sum = seed;
  for (const byte of encoder.encode(text)) sum = Math.imul(sum ^ byte, 0x01000193);
  return sum >>> 0;
}

/**
 * Marsaglia's xorshift with 32 bits (2003).
 * @returns {() => number} draws random numbers from 0 to below 1
 */
export function makeDraw(text) {
  let state = hash(text) || 1; // 0 would stay 0
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
