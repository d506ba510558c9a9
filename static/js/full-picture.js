// @ts-check

/**
 * Show a picture in full: its thumbnail at once, laid out in the picture's own size, and the
 * picture itself as soon as it is decoded.
 * @param {HTMLImageElement} image the large one
 * @param {HTMLImageElement} small the thumbnail
 * @param {string} url of the picture
 */
export async function showFull(image, small, url) {
  if (image.dataset.url === url) return;
  image.dataset.url = url;
  for (const name of ["width", "height", "alt"]) image.setAttribute(name, small.getAttribute(name) ?? "");
  image.src = small.src;
  const full = new Image();
  full.src = url;
  await full.decode().catch(() => undefined); // then the thumbnail has to do
  if (full.naturalWidth && image.dataset.url === url) image.src = url;
}
