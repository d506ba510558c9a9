// @ts-check
import { announce } from "./words.js";

/**
 * One page of a pile, as the server renders it.
 * @param {DOMStringMap} gallery its url and pile
 * @param {number} after
 * @param {number | null} confidence null: the job's own
 * @returns {Promise<DocumentFragment>}
 */
export async function fetchPage({ url = "", pile = "" }, after, confidence) {
  const asked = new URLSearchParams({ pile, after: String(after) });
  if (confidence !== null) asked.set("confidence", String(confidence));
  const response = await fetch(`${url}?${asked}`).catch(() => null);
  if (!response?.ok) {
    const sentence = "The pictures could not be fetched. Is MonaSieve still running?";
    announce(sentence, true);
    throw new Error(sentence);
  }
  const holder = document.createElement("template");
  holder.innerHTML = await response.text();
  return holder.content;
}

/**
 * Show a page in place of what is there. What is there already stays itself, so nothing flickers.
 * @param {HTMLElement} section
 * @param {DocumentFragment} fresh
 */
export function replacePage(section, fresh) {
  for (const item of fresh.querySelectorAll("[data-number]")) {
    const old = section.querySelector(`[data-number="${item.getAttribute("data-number")}"]`);
    if (old?.outerHTML === item.outerHTML) item.replaceWith(old);
  }
  section.replaceChildren(fresh);
}

/**
 * Add a page after what is there.
 * @param {HTMLElement} section
 * @param {DocumentFragment} fresh
 */
export function appendPage(section, fresh) {
  for (const item of fresh.querySelectorAll("[data-number]")) {
    const there = section.querySelector(`[data-number="${item.getAttribute("data-number")}"]`);
    if (!there) section.querySelector("[data-items]")?.append(item);
  }
  section.querySelector(".more")?.replaceWith(...fresh.querySelectorAll(".more"));
}
