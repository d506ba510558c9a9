// What the server knows of each picture, as a part of the page (templates/review/_facts.html).

/** Facts by picture. They are fetched once, and again after a verdict. */
export class Facts {
  fetched = new Map(); // promises, by number

  constructor(job) {
    this.job = job;
  }

  /** @returns {Promise<HTMLElement | null>} null if the server does not answer */
  get(number) {
    if (!this.fetched.has(number)) this.fetched.set(number, this.fetch(number));
    return this.fetched.get(number);
  }

  async fetch(number) {
    const response = await fetch(`${this.job}/review/${number}/facts`).catch(() => null);
    if (!response?.ok) {
      this.fetched.delete(number); // the next call tries again
      return null;
    }
    const holder = document.createElement("template");
    holder.innerHTML = await response.text();
    return holder.content.firstElementChild;
  }

  forget(numbers) {
    for (const number of numbers) this.fetched.delete(number);
  }
}
