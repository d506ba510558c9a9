// @ts-check
// <upload-drop data-max-bytes data-max-members>: its form, with dropping anywhere on the page, a
// check of the limits before anything is sent, a bar that counts bytes, and cancel.
import { chosenFiles, droppedFiles } from "./dropped.js";
import { upload } from "./send.js";
import { SendingBar } from "./sending-bar.js";
import { announce, number, size } from "./words.js";

/** @typedef {import("./dropped.js").Sent} Sent */

class UploadDrop extends HTMLElement {
  connectedCallback() {
    this.form = /** @type {HTMLFormElement} */ (this.querySelector("form"));
    this.input = /** @type {HTMLInputElement} */ (this.querySelector("input[type=file]"));
    this.bar = new SendingBar(this.piece("sending"));
    if (matchMedia("(hover: hover)").matches) this.piece("title").textContent = "Drop an archive or pictures here";
    this.piece("plain").hidden = true;
    this.piece("rich").hidden = false;
    this.piece("choose").onclick = () => this.choose(false);
    this.piece("choose-folder").onclick = () => this.choose(true);
    this.input.onchange = () => this.send(chosenFiles(/** @type {FileList} */ (this.input?.files)));
    document.ondragover = (event) => (event.preventDefault(), this.toggleAttribute("data-over", true));
    document.ondragleave = (event) => this.toggleAttribute("data-over", event.relatedTarget !== null);
    document.ondrop = async (event) => {
      event.preventDefault(); // or the browser leaves the page for the file
      this.toggleAttribute("data-over", false);
      if (event.dataTransfer && !this.bar?.busy) this.send(await droppedFiles(event.dataTransfer));
    };
  }

  /** @param {string} name @returns {HTMLElement} */
  piece(name) {
    return /** @type {HTMLElement} */ (this.querySelector(`[data-${name}]`));
  }

  /** @param {boolean} folder */
  choose(folder) {
    if (!this.input) return;
    this.input.webkitdirectory = folder;
    this.input.value = "";
    this.input.click();
  }

  /** @param {Sent[]} files */
  async send(files) {
    if (!this.form || !this.bar || files.length === 0) return;
    const wrong = this.wrong(files);
    this.refuse(wrong);
    if (wrong) return;
    const data = new FormData(this.form);
    data.delete("archive");
    for (const { file, path } of files) data.append("archive", file, path);
    const signal = this.bar.start(files.length === 1 ? files[0].path : `${number(files.length)} files`);
    try {
      location.assign(await upload(this.form.action, data, (sent, total) => this.bar?.count(sent, total), signal));
    } catch (error) {
      this.bar.stop();
      if (signal.aborted) announce("The upload was cancelled. Nothing was kept.");
      else this.refuse(/** @type {Error} */ (error).message);
    }
  }

  /** What is wrong with the files, by the limits that the server will hold to as well.
   * @param {Sent[]} files */
  wrong(files) {
    const bytes = files.reduce((sum, { file }) => sum + file.size, 0);
    const [most, members] = [Number(this.dataset.maxBytes), Number(this.dataset.maxMembers)];
    if (bytes > most) return `That is ${size(bytes)}; one upload may have ${size(most)}. Split it into smaller ones.`;
    if (files.length > members) return `That is ${number(files.length)} files; one upload may have ${number(members)}.`;
    return bytes === 0 ? "There is nothing in that: 0 bytes." : "";
  }

  /** @param {string} sentence empty: all is well */
  refuse(sentence) {
    this.piece("error").textContent = sentence;
    this.piece("error").hidden = !sentence;
  }
}

customElements.define("upload-drop", UploadDrop);
