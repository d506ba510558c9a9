// Whether the wall flies by, because it is scrolled fast. Then its tiles are empty: the server would
// still be busy with the pictures passed by when the wall stands still.

const FAST = 0.75; // windows; a wall that moves further at once flies by
const CALM_MS = 30; // it flies until no such move happened for so long
const AHEAD = 0.6; // windows above and below the visible one in which tiles exist

export class Flight {
  isOn = false;
  reach = AHEAD;
  moves = 0; // so far

  /** @param {HTMLElement} wall rendered when the flight ends, and once more for what lies ahead */
  constructor(wall) {
    this.wall = wall;
  }

  /** Take note of where the window is, in pixels from the top of the wall. */
  follow(top) {
    if (Math.abs(top - (this.top ?? top)) > FAST * innerHeight) this.begin();
    this.top = top;
  }

  begin() {
    this.isOn = true;
    this.reach = 0;
    this.moves += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.land(), CALM_MS);
  }

  /** A busy page is late, and its next move waits for the next frame: only then is it calm. */
  land() {
    const { moves } = this;
    requestAnimationFrame(() => setTimeout(() => this.moves === moves && this.end()));
  }

  /** The pictures in the window come first. */
  end() {
    this.isOn = false;
    this.wall.render();
    this.lookAhead();
  }

  /** Let tiles exist ahead again, once all pictures in the window are there. */
  lookAhead() {
    if (this.isOn || this.reach === AHEAD || this.wall.tiles.waiting.size) return;
    requestIdleCallback(() => {
      if (this.isOn || this.reach === AHEAD) return;
      this.reach = AHEAD;
      this.wall.render();
    });
  }
}
