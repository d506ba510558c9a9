"""How fast a large result is in Chromium: the first screen, a moving handle, scrolling to the end.

    python -m bench.gallery [PICTURES …]

Jobs of 20,000 and 100,000 drawn pictures, if no numbers are given. The machine's own load is in the
figures, so run it alone. Tasks below 50 ms count as 0.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from bench.large_job import make_job
from tests.browser.conftest import chromium_options
from tests.running import Running, until
from webapp.config import Settings
from webapp.storage import Stores

SIZES = (20_000, 100_000)
START_SECONDS = 60
EVENTS = 100  # of the slider, and steps of the wheel

WATCH = """() => {
  window.measured = { shift: 0, longest: 0 };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (!entry.hadRecentInput) measured.shift += entry.value;
    }
  }).observe({ type: "layout-shift", buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      measured.longest = Math.max(measured.longest, entry.duration);
    }
  }).observe({ type: "longtask", buffered: false });
}"""
MOVE = """async (events) => {
  const handle = document.querySelector("[data-range=kept]");
  const times = [];
  measured.longest = 0;
  for (let n = 0; n < events; n += 1) {
    handle.value = String(-600 + 12 * n);
    const begun = performance.now();
    handle.dispatchEvent(new Event("input", { bubbles: true }));
    times.push(performance.now() - begun);
    await new Promise(requestAnimationFrame);
  }
  times.sort((a, b) => a - b);
  return { median: times[events / 2], longest: measured.longest };
}"""
SCROLL = """async (steps) => {
  measured.longest = 0;
  for (let n = 1; n <= steps; n += 1) {
    scrollTo(0, (document.documentElement.scrollHeight * n) / steps);
    await new Promise(requestAnimationFrame);
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  return {
    longest: measured.longest,
    tiles: document.querySelectorAll(".tile").length,
    nodes: document.querySelectorAll("*").length,
    heap: performance.memory.usedJSHeapSize,
    last: Math.round(scrollY + innerHeight) >= document.documentElement.scrollHeight - 2,
  };
}"""


def main() -> int:
    """Print a table in Markdown, a column for each size."""
    sizes = [int(text) for text in sys.argv[1:]] or list(SIZES)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        data = Path(folder) / "data"
        running = Running(data)
        try:
            if not until(running.answers, START_SECONDS):
                print(running.log.read_text(), file=sys.stderr)
                return 1
            stores = Stores.open(Settings(data_dir=data))
            browser = playwright.chromium.launch(**chromium_options())
            columns = []
            for size in sizes:
                job = make_job(stores, size)
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                columns.append(measure(page, f"{running.url}/jobs/{job.id}?pile=rejected&show=all"))
                page.close()
            browser.close()
        finally:
            running.kill()
    print("| | " + " | ".join(f"{size:,} pictures" for size in sizes) + " |")
    print("| --- |" + " --- |" * len(sizes))
    for name in columns[0]:
        print(f"| {name} | " + " | ".join(column[name] for column in columns) + " |")
    return 0


def measure(page: Page, address: str) -> dict[str, str]:
    """Return the figures of one result page, by name."""
    page.goto(address, wait_until="commit")
    page.evaluate(WATCH)
    page.wait_for_function("() => document.querySelectorAll('.tile img').length > 0")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.tile img')]"
        ".filter((image) => image.getBoundingClientRect().top < innerHeight)"
        ".every((image) => image.complete)"
    )
    screen = page.evaluate(
        "() => performance.now() - performance.getEntriesByType('navigation')[0].responseEnd"
    )
    page.wait_for_load_state("networkidle")
    shift = page.evaluate("() => measured.shift")
    moved: dict[str, Any] = page.evaluate(MOVE, EVENTS)
    scrolled: dict[str, Any] = page.evaluate(SCROLL, EVENTS)
    return {
        "first screen after the HTML": f"{screen:.0f} ms",
        "layout shift (CLS)": f"{shift:.3f}",
        "script per slider event, median": f"{moved['median']:.1f} ms",
        "longest task while the handle moves": f"{moved['longest']:.0f} ms",
        "longest task while scrolling to the end": f"{scrolled['longest']:.0f} ms",
        "the end is reached": "yes" if scrolled["last"] else "no",
        "tiles in the page": f"{scrolled['tiles']:,}",
        "elements in the page": f"{scrolled['nodes']:,}",
        "script heap": f"{scrolled['heap'] / 1e6:.0f} MB",
    }


if __name__ == "__main__":
    sys.exit(main())
