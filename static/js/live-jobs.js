// <live-jobs data-url data-look>: shows the jobs in it as they are now, while one of them is not
// over. It asks for all of them at once, and not while the page is hidden.

const INTERVAL = 2000; // milliseconds
const LONGEST_INTERVAL = 15_000;

class LiveJobs extends HTMLElement {
  interval = INTERVAL;

  connectedCallback() {
    this.onVisible = () => this.wait(0);
    document.addEventListener("visibilitychange", this.onVisible);
    this.wait(INTERVAL);
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.onVisible);
    clearTimeout(this.timer);
  }

  wait(milliseconds) {
    clearTimeout(this.timer);
    if (!document.hidden) this.timer = setTimeout(() => this.poll(), milliseconds);
  }

  async poll() {
    const parts = [...this.querySelectorAll("[data-live-job]:not([data-over])")];
    if (parts.length === 0) return;
    try {
      const ids = parts.map((part) => part.dataset.liveJob).join(",");
      const query = new URLSearchParams({ ids, look: this.dataset.look });
      const { jobs } = await (await fetch(`${this.dataset.url}?${query}`)).json();
      const fragments = new Map(jobs.map((job) => [job.id, job.html]));
      for (const part of parts) show(part, fragments.get(part.dataset.liveJob));
      this.interval = INTERVAL;
    } catch {
      this.interval = Math.min(2 * this.interval, LONGEST_INTERVAL); // it may be starting again
    }
    this.wait(this.interval);
  }
}

/** Replace a job's part if it has changed; remove the job if it was deleted. */
function show(part, html) {
  if (html === undefined) return part.closest("li").remove();
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  const fresh = template.content.firstElementChild;
  if (fresh.isEqualNode(part)) return;
  const hadFocus = part.contains(document.activeElement);
  part.replaceWith(fresh);
  if (hadFocus) fresh.querySelector("a").focus();
}

customElements.define("live-jobs", LiveJobs);
