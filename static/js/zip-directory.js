// Reads a zip in the browser: its directory, at the end of the file, and single members.

const END = 0x06054b50; // the signature of the end record, as all numbers here little-endian
const MEMBER = 0x02014b50;
const END_BYTES = 22;
const LOCAL_BYTES = 30; // of a member's own header, before its name and extra fields
const LONGEST_COMMENT = 65_535;
const LONGEST_DIRECTORY = 64 * 1024 * 1024;
const STORED = 0;
const DEFLATED = 8;

/** @typedef {{name: string, method: number, packed: number, at: number}} Entry */

/**
 * List the files in a zip.
 * @returns {Promise<Entry[] | null>} null if it is no zip, or one that only the server can read
 */
export async function listEntries(file) {
  const start = Math.max(0, file.size - END_BYTES - LONGEST_COMMENT);
  const tail = new DataView(await file.slice(start).arrayBuffer());
  const end = findEnd(tail);
  if (end < 0) return null;
  const size = tail.getUint32(end + 12, true);
  const at = tail.getUint32(end + 16, true);
  if (at + size > file.size || size > LONGEST_DIRECTORY) return null; // damaged, or Zip64
  const entries = readEntries(new DataView(await file.slice(at, at + size).arrayBuffer()));
  return entries.length > 0 ? entries : null; // offsets do not count what stands before the zip
}

/**
 * Read one member.
 * @param {Entry} entry
 * @param {number} most bytes; a larger member is refused, whatever the zip claims
 * @returns {Promise<Blob>}
 */
export async function readMember(file, entry, most) {
  if (entry.packed > most) throw new RangeError("too large");
  const header = new DataView(await file.slice(entry.at, entry.at + LOCAL_BYTES).arrayBuffer());
  const start = entry.at + LOCAL_BYTES + header.getUint16(26, true) + header.getUint16(28, true);
  const packed = file.slice(start, start + entry.packed);
  if (entry.method === STORED) return packed;
  if (entry.method !== DEFLATED) throw new TypeError("only the server can unpack it");
  return readAll(packed.stream().pipeThrough(new DecompressionStream("deflate-raw")), most);
}

async function readAll(stream, most) {
  const pieces = [];
  let size = 0;
  for (const reader = stream.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return new Blob(pieces);
    size += value.length;
    if (size > most) {
      await reader.cancel();
      throw new RangeError("too large");
    }
    pieces.push(value);
  }
}

function findEnd(view) {
  for (let at = view.byteLength - END_BYTES; at >= 0; at -= 1) {
    if (view.getUint32(at, true) === END) return at;
  }
  return -1;
}

function readEntries(view) {
  const decoder = new TextDecoder();
  const entries = [];
  for (let at = 0; at + 46 <= view.byteLength && view.getUint32(at, true) === MEMBER; ) {
    const length = view.getUint16(at + 28, true);
    const name = decoder.decode(view.buffer.slice(at + 46, at + 46 + length));
    const entry = {
      name,
      method: view.getUint16(at + 10, true),
      packed: view.getUint32(at + 20, true),
      at: view.getUint32(at + 42, true),
    };
    if (!name.endsWith("/")) entries.push(entry);
    at += 46 + length + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}
