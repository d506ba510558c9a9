// <upload-drop data-max-bytes data-max-members data-pictures data-archives data-rate data-look-…>: the
// upload form. Chosen files are shown and checked before anything is sent, and sent so that a broken
// upload can continue.
import "./strictness-choice.js";
import { announce } from "./announce.js";
import { listChosen, listenToDrops } from "./dropped.js";
import { formatDuration } from "./format.js";
import { sendReport } from "./reports.js";
import { uploadResumable } from "./tus.js";
import { UploadBar } from "./upload-bar.js";
import { showLook } from "./upload-look.js";
import { describeEnd, listParts, sendParts } from "./upload-parts.js";
import { countPictures, describe, findError, planUpload } from "./upload-plan.js";
import { showPreviews } from "./upload-previews.js";

class UploadDrop extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.picture = new RegExp(this.dataset.pictures, "i");
    this.input = this.querySelector("input[type=file]");
    this.planned = this.querySelector(".upload-plan");
    this.bar = new UploadBar(this.querySelector(".upload-bar"));
    this.querySelector("[data-scriptless]").hidden = true;
    this.querySelector("[data-scripted]").hidden = false;
    if (matchMedia("(hover: hover)").matches) {
      this.querySelector("[data-field=title]").textContent = "Drop an archive or pictures here";
    }
    this.querySelector("[data-action=choose]").onclick = () => this.choose(false);
    this.querySelector("[data-action=choose-folder]").onclick = () => this.choose(true);
    this.querySelector("[data-action=discard-plan]").onclick = () => this.discard();
    this.input.onchange = () => this.receive(listChosen(this.input.files));
    this.form.onsubmit = (event) => {
      event.preventDefault();
      if (this.plan) this.send(this.plan);
    };
    listenToDrops(this, (files) => this.bar.isBusy || this.receive(files));
  }

  choose(isFolder) {
    this.input.webkitdirectory = isFolder;
    this.input.value = "";
    this.input.click();
  }

  /** Show what was chosen. @param {import("./dropped.js").SentFile[]} files */
  async receive(files) {
    if (files.length === 0) return;
    const { picture } = this;
    const archive = new RegExp(this.dataset.archives, "i");
    const plan = await planUpload(files, { picture, archive });
    const { maxBytes, maxMembers } = this.dataset;
    const error = findError(plan, { maxBytes: Number(maxBytes), maxMembers: Number(maxMembers) });
    this.showNote("error", error);
    if (error) return this.discard();
    this.plan = plan;
    this.showPlan(plan);
    const previews = this.planned.querySelector(".previews");
    showPreviews(previews, plan, picture, () => this.plan === plan);
  }

  showPlan(plan) {
    const list = this.planned.querySelector(".planned");
    const items = describe(plan).map(({ name, facts }) => {
      const item = document.createElement("li");
      const bold = document.createElement("bdi");
      bold.textContent = name;
      item.append(bold, ` ${facts}`);
      return item;
    });
    list.replaceChildren(...items);
    const seconds = countPictures(plan) / Number(this.dataset.rate);
    const time = Number.isFinite(seconds) ? `About ${formatDuration(Math.max(1, seconds))} here.` : "";
    this.planned.querySelector("[data-field=time]").textContent = time;
    this.showNote("done", "");
    this.planned.hidden = false;
    this.querySelector(".drop").hidden = true;
    this.planned.querySelector("[data-action=start]").focus();
  }

  discard() {
    this.plan = undefined;
    this.planned.hidden = true;
    this.querySelector(".drop").hidden = false;
  }

  /** Upload everything, and go to the new job or to the list. */
  async send(plan) {
    const signal = this.bar.start(plan.archives[0]?.path ?? describe(plan)[0].name);
    const parts = listParts(plan);
    showLook(this, plan, this.picture, signal);
    const sendPart = async (part, jobs) => {
      const job = await this.sendArchive(part, signal);
      jobs.push(job);
      const token = this.form.elements.csrf_token.value;
      for (const report of plan.reports) await sendReport(report, job, token);
    };
    const end = await sendParts(parts, sendPart, signal);
    if (end.refusals.length === 0 && !end.isCancelled) {
      return location.assign(end.jobs.length === 1 ? end.jobs[0] : "/jobs");
    }
    this.bar.stop();
    this.discard();
    const sentence = describeEnd(end, parts.length);
    if (end.refusals.length > 0) return this.showNote("error", sentence);
    this.showNote("done", sentence);
    announce(sentence);
  }

  /** Send one file; `modified` and the number of `files` in it come from `packLoose`. */
  sendArchive({ file, path, modified = String(file.lastModified), files }, signal) {
    this.bar.name(path);
    const known = [...this.querySelectorAll("[data-unfinished]")].find(
      ({ dataset }) =>
        dataset.name === path && dataset.length === String(file.size) && dataset.modified === modified,
    );
    if (known) known.hidden = true; // it offers to discard what is being sent
    const { values } = this.querySelector("strictness-choice");
    const about = files ? { files: String(files) } : {};
    return uploadResumable(file, {
      url: known?.dataset.unfinished,
      metadata: { filename: path, modified, ...values, ...about },
      signal,
      onBytes: (sent, total) => this.bar.showSent(sent, total),
      onTrouble: (sentence, delay) => this.bar.showTrouble(sentence, delay),
    });
  }

  showNote(field, sentence) {
    const element = this.querySelector(`[data-field=${field}]`);
    element.textContent = sentence;
    element.hidden = !sentence;
    if (sentence) element.scrollIntoView({ block: "nearest" }); // on a phone it is below the window
  }
}

customElements.define("upload-drop", UploadDrop);
