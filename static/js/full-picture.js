// @ts-check
const LARGEST = 4; // times its own size: a small picture can be judged, and is not taken for a large one
const SIZABLE = 640; // pixels of the long side, up to which a picture is scaled up

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
  layOut(image, Number(small.getAttribute("width")) || small.naturalWidth, Number(small.getAttribute("height")) || small.naturalHeight);
  image.alt = small.alt;
  image.src = small.src;
  const full = new Image();
  full.src = url;
  await full.decode().catch(() => undefined); // then the thumbnail has to do
  if (full.naturalWidth && image.dataset.url === url) image.src = url;
}

/**
 * Tell the style sheet the picture's shape and how wide it may become.
 * @param {HTMLImageElement} image
 * @param {number} width in pixels
 * @param {number} height in pixels
 */
function layOut(image, width, height) {
  const scale = Math.max(1, Math.min(LARGEST, SIZABLE / Math.max(width, height, 1)));
  image.style.setProperty("--ratio", String(width / height || 1));
  image.style.setProperty("--most", `${width * scale}px`);
}
