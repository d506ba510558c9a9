// The queue of a review. The wall hands over the pictures that it shows, in its order; otherwise the
// server lists the pile's pictures that have no verdict.

/**
 * Store the wall's pictures for the review that opens next, at `?queue=wall`.
 * @param {string} job the address of the job's page
 * @param {Iterable<number>} numbers
 */
export function storeQueue(job, numbers) {
  try {
    sessionStorage.setItem(`queue ${job}`, [...numbers].join(" "));
  } catch {
    sessionStorage.removeItem(`queue ${job}`); // too large for the browser: the server's queue it is
  }
}

/** @returns {Promise<number[]>} the queue of the review at this page's address */
export async function loadQueue(job, pile) {
  const stored = sessionStorage.getItem(`queue ${job}`);
  if (stored && new URLSearchParams(location.search).get("queue") === "wall") {
    return stored.split(" ").map(Number);
  }
  const response = await fetch(`${job}/review/queue.json?pile=${pile}`).catch(() => null);
  return response?.ok ? (await response.json()).numbers : [];
}

/** Remember the picture that a review ended at, so that the wall can show it. */
export function storePlace(job, number) {
  sessionStorage.setItem(`place ${job}`, String(number));
}

/** @returns {number | null} the picture that the last review ended at; it is told once */
export function takePlace(job) {
  const place = sessionStorage.getItem(`place ${job}`);
  sessionStorage.removeItem(`place ${job}`);
  return place === null ? null : Number(place);
}
