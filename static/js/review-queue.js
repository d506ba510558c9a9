// The queue of a review. The wall hands over the pictures that it shows, in its order; otherwise the
// server lists the pile's pictures that have no verdict, or those that were left behind.

export const LEFT_BEHIND = "left-behind";

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
export async function loadQueue(job, pile, queue = "") {
  const stored = sessionStorage.getItem(`queue ${job}`);
  if (stored && new URLSearchParams(location.search).get("queue") === "wall") {
    return stored.split(" ").map(Number);
  }
  return (await fetchQueue(`${job}/review/queue.json?pile=${pile}&queue=${queue}`)) ?? [];
}

/** @returns {Promise<number[] | null>} what is still to be looked at of the pictures left behind */
export function loadLeftBehind(job) {
  return fetchQueue(`${job}/review/queue.json?queue=${LEFT_BEHIND}`);
}

async function fetchQueue(address) {
  const response = await fetch(address).catch(() => null);
  return response?.ok ? (await response.json()).numbers : null;
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
