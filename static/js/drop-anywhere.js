// Files that are dropped on a page without an upload form: the form opens over the page.
import { listenToDrops } from "./dropped.js";

if (!document.querySelector("upload-drop")) listenToDrops(document.body, open);

/** @param {import("./dropped.js").SentFile[]} files */
async function open(files) {
  const [response] = await Promise.all([fetch("/uploads/new"), import("./upload-drop.js")]);
  const dialog = document.createElement("dialog");
  dialog.className = "sheet upload-dialog";
  dialog.setAttribute("aria-label", "New upload");
  dialog.innerHTML = await response.text();
  dialog.onclose = () => location.reload(); // the page listens to its own drops again
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector("upload-drop").receive(files);
}
