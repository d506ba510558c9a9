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

/**
 * Take the files that are dropped anywhere on the page. While they are over it, `element` has the
 * attribute data-over.
 * @param {(files: SentFile[]) => void} receive
 */
export function listenToDrops(element, receive) {
  const hasFiles = (event) => event.dataTransfer.types.includes("Files");
  document.ondragover = (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault(); // allows the drop
    element.toggleAttribute("data-over", true);
  };
  document.ondragleave = (event) => {
    element.toggleAttribute("data-over", event.relatedTarget !== null);
  };
  document.ondrop = async (event) => {
    element.toggleAttribute("data-over", false);
    if (!hasFiles(event)) return;
    event.preventDefault(); // or the browser leaves the page for the file
    receive(await listDropped(event.dataTransfer));
  };
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
