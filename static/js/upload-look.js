// A look at some pictures of a large upload while it is sent: what the server says of them.
import { announce } from "./announce.js";
import { formatCount } from "./format.js";
import { listSources, sample } from "./picture-sources.js";

const LARGEST = 2 * 1024 * 1024; // bytes of a picture

/**
 * Show what some pictures of a plan are like. Without an answer the line stays empty, because the
 * job takes its own look later.
 * @param {HTMLElement} drop the <upload-drop>
 * @param {AbortSignal} signal the user's Cancel
 */
export async function showLook(drop, plan, picture, signal) {
  const line = drop.querySelector("[data-field=look]");
  const { lookFrom, lookPictures, lookBytes } = drop.dataset;
  const total = listSources(plan, picture, Infinity).length;
  const sources = choose(listSources(plan, picture, LARGEST), Number(lookPictures), Number(lookBytes));
  const isKnown = plan.archives.every(({ entries }) => entries);
  line.hidden = !isKnown || total < Number(lookFrom) || sources.length === 0;
  if (line.hidden) return;
  line.textContent = `Looking at some of the ${formatCount(total)} pictures…`;
  const body = new FormData();
  body.set("csrf_token", drop.querySelector("[name=csrf_token]").value);
  body.set("target", drop.querySelector("[name=target]").value);
  body.set("total", total);
  for (const blob of await readAll(sources, Number(lookBytes))) body.append("picture", blob);
  const sentence = await ask(drop.dataset.lookUrl, body, signal);
  if (drop.plan !== plan || signal.aborted) return;
  line.textContent = sentence;
  if (sentence) announce(sentence);
}

/** Some of the sources, so few that they have `most` bytes together. */
function choose(sources, count, most) {
  const some = sample(sources, count);
  const bytes = some.reduce((sum, { size }) => sum + size, 0);
  return bytes > most ? sample(some, Math.floor((some.length * most) / bytes)) : some;
}

/** The pictures that can be read here; unpacked, they may have more bytes than the zip says. */
async function readAll(sources, most) {
  const blobs = [];
  let left = most;
  for (const { read } of sources) {
    const blob = await read().catch(() => null);
    if (!blob || blob.size > left) continue;
    left -= blob.size;
    blobs.push(blob);
  }
  return blobs;
}

async function ask(url, body, signal) {
  const headers = { Accept: "application/json" };
  const answer = await fetch(url, { method: "POST", body, headers, signal })
    .then((response) => response.json())
    .catch(() => null);
  return answer?.ok ? answer.sentence : "";
}
