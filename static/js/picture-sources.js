// The pictures of an upload that the browser can read by itself, before a byte is sent.
import { makeDraw } from "./random.js";
import { readMember } from "./zip-directory.js";

/** @typedef {{size: number, read: () => Promise<Blob>}} Source size: bytes to read from the file */

/**
 * List the pictures of a plan.
 * @param {RegExp} picture matches the name of a picture
 * @param {number} largest bytes of a picture; larger ones are left out
 * @returns {Source[]}
 */
export function listSources(plan, picture, largest) {
  const loose = plan.loose
    .filter(({ path }) => picture.test(path))
    .map(({ file }) => ({ size: file.size, read: async () => file }));
  const members = plan.archives.flatMap(({ file, entries }) =>
    (entries ?? [])
      .filter(({ name }) => picture.test(name) && !name.startsWith("__MACOSX/"))
      .map((entry) => ({ size: entry.packed, read: () => readMember(file, entry, largest) })),
  );
  return [...loose, ...members].filter(({ size }) => size <= largest);
}

/**
 * Take at most `count`: one at random from each of so many equal stretches, because every n-th one
 * would be of one kind where a thumbnail follows every picture. The same sources give the same ones.
 * @param {Source[]} sources
 */
export function sample(sources, count) {
  const some = Math.min(count, sources.length);
  const draw = makeDraw(sources.map(({ size }) => size).join());
  const edge = (n) => Math.floor((n * sources.length) / some);
  return Array.from(
    { length: some },
    (_, n) => sources[edge(n) + Math.floor(draw() * (edge(n + 1) - edge(n)))],
  );
}
