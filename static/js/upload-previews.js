// A few pictures of an upload, read and drawn in the browser before a byte is sent.
import { listSources, sample } from "./picture-sources.js";

const SHOWN = 6;
const TRIED = 12; // some are damaged, or of a kind that no browser shows
const LARGEST = 32 * 1024 * 1024; // bytes of a picture
const HEIGHT = 160; // CSS pixels are half as many, for sharp screens

/**
 * Draw some pictures of a plan into a list.
 * @param {RegExp} picture matches the name of a picture
 * @param {() => boolean} isCurrent false once other files were chosen
 */
export async function showPreviews(list, plan, picture, isCurrent) {
  list.replaceChildren();
  list.hidden = true;
  for (const { read } of pickSome(listSources(plan, picture, LARGEST))) {
    if (list.children.length === SHOWN) return;
    const canvas = await draw(read).catch(() => null);
    if (!isCurrent()) return;
    if (!canvas) continue;
    const item = document.createElement("li");
    item.append(canvas);
    list.append(item);
    list.hidden = false;
  }
}

/** Some of the sources from all parts of the archive; every second one comes later, as a spare. */
function pickSome(sources) {
  const some = sample(sources, TRIED);
  return [...some.filter((_, n) => n % 2 === 0), ...some.filter((_, n) => n % 2 === 1)];
}

async function draw(read) {
  const bitmap = await createImageBitmap(await read(), { resizeHeight: HEIGHT, resizeQuality: "medium" });
  const canvas = document.createElement("canvas");
  canvas.width = Math.min(bitmap.width, 3 * HEIGHT);
  canvas.height = bitmap.height;
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  bitmap.close();
  return canvas;
}
