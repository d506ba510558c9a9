// The files of a drop or of a file field, each with the path to send it under.

/** @typedef {{file: File, path: string}} SentFile */

/**
 * List the files of a drop, including those in folders.
 * @returns {Promise<SentFile[]>}
 */
export async function listDropped(transfer) {
  // The browser empties the list of items at the first await, so take the entries first.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.length === 0) return listChosen(transfer.files);
  const files = [];
  for (const entry of entries) await addEntry(entry, files);
  return files;
}

/** @returns {SentFile[]} */
export function listChosen(files) {
  return [...files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

async function addEntry(entry, files) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    files.push({ file, path: entry.fullPath.replace(/^\//, "") });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const entries = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (entries.length === 0) return; // it returns at most a hundred at a time
    for (const inner of entries) await addEntry(inner, files);
  }
}
