// Whether the wall flies by, because it is scrolled fast. Then its tiles are empty: the server would
// still be busy with the pictures passed by when the wall stands still.

const FAST = 0.75; // windows; a wall that moves further at once flies by
const CALM_MS = 60; // it flies until no such move happened for so long
const AHEAD = 0.6; // windows above and below the visible one in which tiles exist

export class Flight {
  isOn = false;
  reach = AHEAD;

  /** @param {() => void} render called when the flight ends, and once more for what lies ahead */
  constructor(render) {
    this.render = render;
  }

  /** Take note of where the window is, in pixels from the top of the wall. */
  follow(top) {
    if (Math.abs(top - (this.top ?? top)) > FAST * innerHeight) this.begin();
    this.top = top;
  }

  begin() {
    this.isOn = true;
    this.reach = 0;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.end(), CALM_MS);
  }

  /** The pictures in the window come first. */
  end() {
    this.isOn = false;
    this.render();
    requestIdleCallback(() => {
      if (this.isOn) return;
      this.reach = AHEAD;
      this.render();
    });
  }
}
