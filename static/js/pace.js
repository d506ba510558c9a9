// The user's own pace: how long he looks at a picture, and what that means for the rest.

const LATEST = 20; // times that count
const PAUSE_MS = 60_000; // longer than this, the user was away
const ENOUGH = 3; // times from which a pace can be told

export class Pace {
  times = [];
  last = performance.now();

  /** Note that the user went on to another picture. */
  note() {
    const now = performance.now();
    const passed = now - this.last;
    this.last = now;
    if (passed > PAUSE_MS) return;
    this.times.push(passed);
    if (this.times.length > LATEST) this.times.shift();
  }

  /** "about 4 minutes left"; "" while too little is known */
  describe(left) {
    if (this.times.length < ENOUGH || left === 0) return "";
    const average = this.times.reduce((sum, time) => sum + time, 0) / this.times.length;
    const minutes = (left * average) / 60_000;
    if (minutes < 1) return "less than a minute left";
    if (minutes < 1.5) return "about a minute left";
    if (minutes < 90) return `about ${Math.round(minutes)} minutes left`;
    return `about ${Math.round(minutes / 60)} hours left`;
  }
}
