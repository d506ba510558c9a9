// Many files as one upload that can continue: a tar, whose parts stay on the disk until they are sent.
import { pluralize } from "./format.js";
import { hash } from "./random.js";

const BLOCK = 512;
const encoder = new TextEncoder();

/**
 * Make one file of several. The same files make the same bytes, in whatever order they are chosen.
 * @param {import("./dropped.js").SentFile[]} files
 * @returns {import("./upload-plan.js").Archive & {modified: string, files: number}} `modified` differs
 *   as soon as one of the files has another path, size or time
 */
export function packLoose(files) {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const parts = [];
  const facts = [];
  for (const { file, path } of sorted) {
    parts.push(...makeHeaders(path, file), file, new Uint8Array(padding(file.size)));
    facts.push(path, file.size, file.lastModified);
  }
  parts.push(new Uint8Array(2 * BLOCK));
  const path = findFolder(sorted) ?? pluralize(files.length, "picture");
  return { file: new Blob(parts), path, modified: fingerprint(facts.join("\0")), files: files.length };
}

/** The folder that holds all files, if there is one. */
export function findFolder(files) {
  const [folder, ...rest] = files[0].path.split("/");
  const isShared = rest.length > 0 && files.every(({ path }) => path.startsWith(`${folder}/`));
  return isShared ? folder : undefined;
}

/** POSIX.1-2001: a name that the header has no room for stands in a record before it. */
function makeHeaders(path, { size, lastModified }) {
  const name = encoder.encode(path);
  const seconds = Math.max(0, Math.floor(lastModified / 1000));
  const record = encoder.encode(makeRecord("path", path));
  return [
    makeHeader(encoder.encode("name"), record.length, 0, "x"),
    record,
    new Uint8Array(padding(record.length)),
    makeHeader(name.subarray(0, 100), size, seconds, "0"),
  ];
}

/** "30 path=a/b.png\n": a length that counts its own digits. */
function makeRecord(key, value) {
  const rest = ` ${key}=${value}\n`;
  const bytes = encoder.encode(rest).length;
  let length = bytes + String(bytes).length;
  if (String(length).length > String(bytes).length) length += 1;
  return length + rest;
}

function makeHeader(name, size, seconds, kind) {
  const header = new Uint8Array(BLOCK);
  const write = (text, offset) => header.set(encoder.encode(text), offset);
  const octal = (number, digits) => number.toString(8).padStart(digits, "0");
  header.set(name);
  write("0000644\0" + "0000000\0" + "0000000\0", 100);
  write(`${octal(size, 11)}\0${octal(seconds, 11)}\0`, 124);
  write(" ".repeat(8), 148); // as it counts in the checksum
  write(kind, 156);
  write("ustar\0" + "00", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  write(`${octal(sum, 6)}\0 `, 148);
  return header;
}

function padding(size) {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

function fingerprint(text) {
  return [0x811c9dc5, 0x01000193].map((seed) => hash(text, seed).toString(16).padStart(8, "0")).join("");
}
