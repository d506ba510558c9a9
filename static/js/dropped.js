// @ts-check
// What was dropped, as files: folders are walked.

/**
 * A file and the path it is sent under.
 * @typedef {{file: File, path: string}} Sent
 */

/**
 * @param {DataTransfer} transfer
 * @returns {Promise<Sent[]>}
 */
export async function droppedFiles(transfer) {
  // The list of items is emptied as soon as this handler gives way: take the entries first.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry !== null);
  if (entries.length === 0) return chosenFiles(transfer.files);
  /** @type {Sent[]} */
  const found = [];
  for (const entry of entries) await walk(/** @type {FileSystemEntry} */ (entry), found);
  return found;
}

/**
 * @param {FileList} files
 * @returns {Sent[]}
 */
export function chosenFiles(files) {
  return [...files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

/**
 * @param {FileSystemEntry} entry
 * @param {Sent[]} found
 */
async function walk(entry, found) {
  const path = entry.fullPath.replace(/^\//, "");
  if (entry.isFile) {
    const one = /** @type {FileSystemFileEntry} */ (entry);
    found.push({ file: await new Promise((resolve, reject) => one.file(resolve, reject)), path });
    return;
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return; // it gives a hundred at a time
    for (const inner of some) await walk(inner, found);
  }
}
