// <upload-drop data-max-bytes data-max-members>: the upload form. Files can be dropped anywhere on
// the page; limits are checked before anything is sent; a bar counts the bytes.
import { announce } from "./announce.js";
import { listChosen, listDropped } from "./dropped.js";
import { formatBytes, formatCount } from "./format.js";
import { upload } from "./send.js";
import { UploadBar } from "./upload-bar.js";

class UploadDrop extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.input = this.querySelector("input[type=file]");
    this.bar = new UploadBar(this.querySelector(".upload-bar"));
    this.querySelector("[data-scriptless]").hidden = true;
    this.querySelector("[data-scripted]").hidden = false;
    if (matchMedia("(hover: hover)").matches) {
      this.querySelector("[data-field=title]").textContent = "Drop an archive or pictures here";
    }
    this.querySelector("[data-action=choose]").onclick = () => this.choose(false);
    this.querySelector("[data-action=choose-folder]").onclick = () => this.choose(true);
    this.input.onchange = () => this.send(listChosen(this.input.files));
    this.listenToDrops();
  }

  listenToDrops() {
    document.ondragover = (event) => {
      event.preventDefault(); // allows the drop
      this.toggleAttribute("data-over", true);
    };
    document.ondragleave = (event) => {
      this.toggleAttribute("data-over", event.relatedTarget !== null);
    };
    document.ondrop = async (event) => {
      event.preventDefault(); // or the browser leaves the page for the file
      this.toggleAttribute("data-over", false);
      if (!this.bar.isBusy) this.send(await listDropped(event.dataTransfer));
    };
  }

  choose(isFolder) {
    this.input.webkitdirectory = isFolder;
    this.input.value = "";
    this.input.click();
  }

  /** @param {import("./dropped.js").SentFile[]} files */
  async send(files) {
    if (files.length === 0) return;
    const error = this.findError(files);
    this.showError(error);
    if (error) return;
    const data = new FormData(this.form);
    data.delete("archive");
    for (const { file, path } of files) data.append("archive", file, path);
    const name = files.length === 1 ? files[0].path : `${formatCount(files.length)} files`;
    const signal = this.bar.start(name);
    const onBytes = (sent, total) => this.bar.showSent(sent, total);
    try {
      location.assign(await upload(this.form.action, data, onBytes, signal));
    } catch (failure) {
      this.bar.stop();
      if (signal.aborted) announce("Upload cancelled. Nothing was saved.");
      else this.showError(failure.message);
    }
  }

  /** Returns a sentence about the limit that the files break; the server checks it as well. */
  findError(files) {
    const bytes = files.reduce((sum, { file }) => sum + file.size, 0);
    const maxBytes = Number(this.dataset.maxBytes);
    const maxFiles = Number(this.dataset.maxMembers);
    if (bytes > maxBytes) {
      const limit = formatBytes(maxBytes);
      return `These files have ${formatBytes(bytes)}; one upload may have ${limit}. Split them.`;
    }
    if (files.length > maxFiles) {
      const limit = formatCount(maxFiles);
      return `These are ${formatCount(files.length)} files; one upload may have ${limit}.`;
    }
    return bytes === 0 ? "There is nothing to upload: 0 bytes." : "";
  }

  showError(sentence) {
    const element = this.querySelector("[data-field=error]");
    element.textContent = sentence;
    element.hidden = !sentence;
  }
}

customElements.define("upload-drop", UploadDrop);
