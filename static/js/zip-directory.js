// Counts the members of a zip by its directory, at the end of the file, without reading the rest.

const END = 0x06054b50; // the signature of the end record, as all numbers here little-endian
const MEMBER = 0x02014b50;
const END_BYTES = 22;
const LONGEST_COMMENT = 65_535;
const LONGEST_DIRECTORY = 64 * 1024 * 1024;

/**
 * List the names in a zip.
 * @returns {Promise<string[] | null>} null if it is no zip, or one that only the server can read
 */
export async function listNames(file) {
  const start = Math.max(0, file.size - END_BYTES - LONGEST_COMMENT);
  const tail = new DataView(await file.slice(start).arrayBuffer());
  const end = findEnd(tail);
  if (end < 0) return null;
  const size = tail.getUint32(end + 12, true);
  const at = tail.getUint32(end + 16, true);
  if (at + size > file.size || size > LONGEST_DIRECTORY) return null; // damaged, or Zip64
  return readNames(new DataView(await file.slice(at, at + size).arrayBuffer()));
}

function findEnd(view) {
  for (let at = view.byteLength - END_BYTES; at >= 0; at -= 1) {
    if (view.getUint32(at, true) === END) return at;
  }
  return -1;
}

function readNames(view) {
  const decoder = new TextDecoder();
  const names = [];
  for (let at = 0; at + 46 <= view.byteLength && view.getUint32(at, true) === MEMBER; ) {
    const length = view.getUint16(at + 28, true);
    const name = decoder.decode(view.buffer.slice(at + 46, at + 46 + length));
    if (!name.endsWith("/")) names.push(name);
    at += 46 + length + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return names;
}
