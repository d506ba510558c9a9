// What a review changed: the piles of its pictures before and now.

const PILES = { kept: "Kept", unsure: "Unsure", rejected: "Rejected" };

export class ReviewChanges {
  before = new Map(); // the pile of each picture when the review first met it
  now = new Map(); // pile and verdict of each picture that a request changed

  /** @param {string} pile of the queue, for pictures that get a verdict before they are described */
  constructor(pile) {
    this.pile = pile;
  }

  meet(number, pile) {
    if (!this.before.has(number)) this.before.set(number, pile);
  }

  /** Take over the columns of an answer of the server. */
  apply({ number: numbers, pile, verdict }) {
    numbers.forEach((number, i) => {
      this.meet(number, this.pile);
      this.now.set(number, { pile: pile[i], verdict: verdict[i] ?? "none" });
    });
  }

  /** The verdict that a request set; undefined if none did. */
  getVerdict(number) {
    return this.now.get(number)?.verdict;
  }

  /** Numbers of the pictures that are in another pile now. */
  listMoved() {
    return [...this.now.keys()].filter(
      (number) => this.now.get(number).pile !== this.before.get(number),
    );
  }

  countAnswered() {
    return [...this.now.values()].filter(({ verdict }) => verdict !== "none").length;
  }

  /** "12 changed: 9 to Kept, 3 to Rejected." */
  describe() {
    const answered = this.countAnswered();
    const moved = this.listMoved();
    if (moved.length === 0) {
      return answered ? `${answered} answered; none changed its pile.` : "Nothing was changed.";
    }
    const parts = Object.entries(PILES)
      .map(([pile, name]) => [moved.filter((n) => this.now.get(n).pile === pile).length, name])
      .filter(([count]) => count > 0)
      .map(([count, name]) => `${count} to ${name}`);
    return `${answered} answered, ${moved.length} changed: ${parts.join(", ")}.`;
  }
}
