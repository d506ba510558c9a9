// What will be uploaded, and what the server would refuse of it, before a byte is sent.
import { formatBytes, formatCount, pluralize } from "./format.js";
import { findFolder } from "./loose-files.js";
import { isReport } from "./reports.js";
import { listEntries } from "./zip-directory.js";

/** @typedef {{file: File, path: string, entries: import("./zip-directory.js").Entry[] | null, pictures: number}} Archive */

/**
 * Sort files into archives, of which each becomes a job, loose pictures, which become one job, and
 * reports of earlier jobs.
 * @param {import("./dropped.js").SentFile[]} files
 * @param {{picture: RegExp, archive: RegExp}} names match the names of pictures and of archives
 * @returns {Promise<{
 *   archives: Archive[],
 *   loose: import("./dropped.js").SentFile[],
 *   reports: import("./dropped.js").SentFile[],
 * }>}
 */
export async function planUpload(files, { picture, archive }) {
  const archives = [];
  for (const { file, path } of files.filter(({ path }) => archive.test(path))) {
    const entries = await listEntries(file).catch(() => null);
    const pictures = entries?.filter(({ name }) => picture.test(name)).length ?? 0;
    archives.push({ file, path, entries, pictures });
  }
  const loose = [];
  const reports = [];
  for (const one of files.filter(({ path }) => !archive.test(path))) {
    ((await isReport(one)) ? reports : loose).push(one);
  }
  return { archives, loose, reports };
}

/** Returns a sentence about the limit that the files break; the server checks it as well. */
export function findError(plan, { maxBytes, maxMembers }) {
  if (plan.reports.length > 1) {
    return `Choose one report beside the archive; these are ${plan.reports.length}.`;
  }
  if (plan.reports.length === 1 && plan.archives.length + plan.loose.length === 0) {
    return (
      `${plan.reports[0].path} is a report of an earlier job. Choose its archive together with it, ` +
      "or restore it on the page of a result, under ⋯."
    );
  }
  const loose = plan.loose.reduce((sum, { file }) => sum + file.size, 0);
  const sizes = [...plan.archives.map(({ file }) => file.size), loose];
  const largest = Math.max(...sizes);
  if (largest > maxBytes) {
    const limit = formatBytes(maxBytes);
    return `These files have ${formatBytes(largest)}; one upload may have ${limit}. Split them.`;
  }
  if (plan.loose.length > maxMembers) {
    const limit = formatCount(maxMembers);
    return `These are ${formatCount(plan.loose.length)} files; one upload may have ${limit}.`;
  }
  for (const { path, entries } of plan.archives) {
    if (entries && entries.length > maxMembers) {
      return `${path} has ${formatCount(entries.length)} files; an archive may have ${formatCount(maxMembers)}.`;
    }
  }
  return Math.min(...sizes.slice(0, plan.archives.length), largest) === 0
    ? "There is nothing to upload: 0 bytes."
    : "";
}

/** The lines of the plan: what each part is, and how much. */
export function describe(plan) {
  const lines = plan.archives.map(({ file, path, entries, pictures }) => {
    const others = entries ? entries.length - pictures : 0;
    const contents = entries ? [pluralize(pictures, "picture")] : [];
    if (others) contents.push(pluralize(others, "other file"));
    return { name: path, facts: [...contents, formatBytes(file.size)].join(", ") };
  });
  if (plan.loose.length > 0) {
    const bytes = plan.loose.reduce((sum, { file }) => sum + file.size, 0);
    const several = findFolder(plan.loose) ?? "Single files";
    const name = plan.loose.length === 1 ? plan.loose[0].path : several;
    lines.push({ name, facts: `${pluralize(plan.loose.length, "file")}, ${formatBytes(bytes)}` });
  }
  for (const { path } of plan.reports) {
    lines.push({ name: path, facts: "has your answers of an earlier job, which are restored." });
  }
  return lines;
}

/** The pictures in the plan, as far as they are known. */
export function countPictures(plan) {
  return plan.archives.reduce((sum, { pictures }) => sum + pictures, plan.loose.length);
}
