// The scored pictures of a result as columns, rising by evidence, and the thresholds that sort them
// into piles. It dispatches on document: "columns" (all may have changed), "thresholds" (with
// `isFinal`: false while a handle is held) and "verdict" (with the `numbers` that changed).
import { announceError } from "./announce.js";
import { computeLogOdds } from "./percent.js";
import { onOtherState, tellOthers } from "./windows.js";

const VERDICTS = { is: 1, is_not: -1 };
const COLUMN_TYPES = {
  "<i4": Int32Array,
  "<f4": Float32Array,
  "<u4": Uint32Array,
  "<u2": Uint16Array,
  "|i1": Int8Array,
};

class ResultData {
  /** The address of the job's page. */
  url = document.querySelector("[data-result]").dataset.result;
  count = 0;
  state = ""; // changes with every change of a pile; the server compares it
  withVerdict = new Set(); // indices

  curve = null; // of threshold-cost.js: probabilities at even steps of evidence, -end to end

  isLoaded = false;

  async load() {
    const response = await fetch(`${this.url}/columns.bin`).catch(() => null);
    if (!response?.ok) {
      announceError("The pictures could not be fetched. Is MonaSieve still running?");
      return;
    }
    this.read(await response.arrayBuffer());
    this.isLoaded = true;
    dispatch("columns");
  }

  /** Read the header and the columns; webapp/pages/columns.py packs them. */
  read(buffer) {
    const length = new DataView(buffer).getUint32(0, true);
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
    let offset = 4 + length;
    for (const [name, kind] of Object.entries(header.columns)) {
      const Column = COLUMN_TYPES[kind];
      this[name] = new Column(buffer, offset, header.count);
      offset += header.count * Column.BYTES_PER_ELEMENT;
    }
    this.count = header.count;
    this.state = header.state;
    this.priorLogOdds = Math.log(header.prevalence / (1 - header.prevalence));
    this.saved = { kept: header.kept, unsure: header.unsure };
    this.setThresholds(this.saved);
    this.withVerdict = new Set();
    this.bytesBefore = new Float64Array(this.count + 1);
    this.size.forEach((size, index) => {
      this.bytesBefore[index + 1] = this.bytesBefore[index] + size;
    });
    this.indices = new Map();
    this.number.forEach((number, index) => {
      this.indices.set(number, index);
      if (this.verdict[index]) this.withVerdict.add(index);
    });
  }

  setThresholds({ kept, unsure }) {
    this.thresholds = { kept, unsure: Math.min(kept, unsure) };
    this.keptFrom = computeLogOdds(kept) - this.priorLogOdds;
    this.unsureFrom = computeLogOdds(this.thresholds.unsure) - this.priorLogOdds;
  }

  /** Show the piles at other thresholds, before they are saved. */
  preview(thresholds) {
    this.setThresholds(thresholds);
    dispatch("thresholds", { isFinal: false });
  }

  /** Sort the pictures by saved thresholds. */
  settle(thresholds, state) {
    this.saved = thresholds;
    if (state !== this.state) tellOthers(this.url, state);
    this.state = state;
    this.setThresholds(thresholds);
    dispatch("thresholds", { isFinal: true });
  }

  getLogOdds(index) {
    return this.evidence[index] + this.priorLogOdds;
  }

  getProbability(index) {
    return 1 / (1 + Math.exp(-this.getLogOdds(index)));
  }

  getRatio(index) {
    return this.width[index] / this.height[index] || 1; // 0 / 0 where the size is not known
  }

  getPile(index) {
    if (this.verdict[index]) return this.verdict[index] > 0 ? "kept" : "rejected";
    if (this.evidence[index] >= this.keptFrom) return "kept";
    return this.evidence[index] >= this.unsureFrom ? "unsure" : "rejected";
  }

  /** Returns the index of the first picture with at least this evidence. */
  findFirst(evidence) {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.evidence[middle] < evidence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Take over what a request about verdicts changed. */
  applyChanges({ number: numbers, verdict: verdicts, verdict_from: sources }, state) {
    this.state = state;
    numbers.forEach((number, position) => {
      const index = this.indices.get(number);
      if (index === undefined) return; // scored since the columns were fetched
      this.verdict[index] = VERDICTS[verdicts[position]] ?? 0;
      this.earlier[index] = Number(Boolean(sources[position]));
      if (this.verdict[index]) this.withVerdict.add(index);
      else this.withVerdict.delete(index);
    });
    dispatch("verdict", { numbers });
  }
}

/** Call back if the columns are there, and whenever they come again, each time in a task of its own:
 * all parts of the page together would hold it up. */
export function onColumns(callback) {
  const schedule = () => setTimeout(callback);
  document.addEventListener("columns", schedule);
  if (data.isLoaded) schedule();
}

function dispatch(name, detail = {}) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

export const data = new ResultData();
data.load();
document.addEventListener("verdicts", ({ detail }) =>
  data.applyChanges(detail.changes, detail.state),
);
onOtherState(data.url, (state) => {
  if (state !== data.state) data.load();
});
