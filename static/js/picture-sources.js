// The pictures of an upload that the browser can read by itself, before a byte is sent.
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

/** At most `count` of a list, from all parts of it. */
export function spread(list, count) {
  const some = Math.min(count, list.length);
  return Array.from({ length: some }, (_, n) => list[Math.floor((n * list.length) / some)]);
}
