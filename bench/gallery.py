"""How fast a large result is in Chromium: the first screen, a moving handle, scrolling to the end.

    python -m bench.gallery [PICTURES …]

Jobs of 20,000 and 100,000 drawn pictures, if no numbers are given, each with the processor as it is
and made 4 times slower. Times of the clock depend on the machine's load, so that is printed, too.
A task's processor time is without what other programs take.
"""

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from bench.large_job import make_job
from tests.browser.conftest import chromium_options
from tests.running import Running, until
from webapp.config import Settings
from webapp.services.columns import NAMES
from webapp.storage import Stores

SIZES = (20_000, 100_000)
START_SECONDS = 60
EVENTS = 100  # of the slider, and steps of the wheel
RATES = (1, 4)  # how many times slower the processor is made
DRAG_SECONDS = 6
EMPTY_MS = 300  # a tile in view without its picture for longer is seen as empty

WATCH = """() => {
  window.measured = { shift: 0 };
  performance.setResourceTimingBufferSize(2000);
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (!entry.hadRecentInput) measured.shift += entry.value;
    }
  }).observe({ type: "layout-shift", buffered: true });
}"""
TASKS = "disabled-by-default-devtools.timeline"  # the category of a trace that lists all tasks
MOVE = """async (events) => {
  const handle = document.querySelector("[data-range=kept]");
  const times = [];
  for (let n = 0; n < events; n += 1) {
    handle.value = String(-600 + 12 * n);
    const begun = performance.now();
    handle.dispatchEvent(new Event("input", { bubbles: true }));
    times.push(performance.now() - begun);
    await new Promise(requestAnimationFrame);
  }
  times.sort((a, b) => a - b);
  return { median: times[events / 2] };
}"""
HAS_NAMES = """(parts) => performance.getEntriesByType("resource")
  .filter(({ name }) => name.includes("names.json")).length >= parts"""
PATIENCE_MS = 120_000  # until all names are there, on a busy machine
DRAG = """async ([selector, seconds, limit]) => {
  const slider = document.querySelector(selector);
  const [least, most] = [Number(slider.min), Number(slider.max)];
  const since = new Map(); // when a picture's tile was first seen without it
  let longest = 0;
  const empty = new Set();
  const look = () => {
    const bar = document.querySelector("wall-tools").getBoundingClientRect().bottom;
    const waiting = new Set();
    for (const tile of document.querySelectorAll(".tile")) {
      const { top, bottom } = tile.getBoundingClientRect();
      const isSeen = bottom > bar && top < innerHeight;
      if (isSeen && !tile.classList.contains("tile-loaded")) waiting.add(tile.id);
    }
    for (const id of since.keys()) if (!waiting.has(id)) since.delete(id);
    for (const id of waiting) {
      if (!since.has(id)) since.set(id, performance.now());
      const time = performance.now() - since.get(id);
      if (time > limit) empty.add(id);
      longest = Math.max(longest, time);
    }
  };
  const begun = performance.now();
  while (performance.now() - begun < 1000 * (seconds + 2)) {
    const part = Math.min(1, (performance.now() - begun) / (1000 * seconds));
    if (part < 1) {
      slider.value = String(Math.round(least + (0.1 + 0.8 * part) * (most - least)));
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    }
    await new Promise(requestAnimationFrame);
    look();
  }
  return { empty: empty.size, longest };
}"""
SIZES_OF = """() => {
  const of = (test) => performance.getEntriesByType("resource")
    .filter(({ name }) => test.test(name))
    .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
  return {
    html: performance.getEntriesByType("navigation")[0].encodedBodySize,
    code: of(/\\.(js|css)$/),
    columns: of(/columns\\.bin/),
    names: of(/names\\.json/),
  };
}"""
SCROLL = """async (steps) => {
  for (let n = 1; n <= steps; n += 1) {
    scrollTo(0, (document.documentElement.scrollHeight * n) / steps);
    await new Promise(requestAnimationFrame);
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  return {
    tiles: document.querySelectorAll(".tile").length,
    nodes: document.querySelectorAll("*").length,
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
            columns = {}
            for size in sizes:
                job = make_job(stores, size)
                address = f"{running.url}/jobs/{job.id}?pile=rejected&show=all"
                for rate in RATES:
                    page = browser.new_page(viewport={"width": 1440, "height": 900})
                    slow_down(page, rate)
                    columns[name_column(size, rate)] = measure(
                        page, address, parts=-(-size // NAMES)
                    )
                    page.close()
            browser.close()
        finally:
            running.kill()
    print("| | " + " | ".join(columns) + " |")
    print("| --- |" + " --- |" * len(columns))
    for name in next(iter(columns.values())):
        print(f"| {name} | " + " | ".join(column[name] for column in columns.values()) + " |")
    print(f"\n{os.cpu_count()} cores, load {os.getloadavg()[1]:.1f}")
    return 0


def name_column(size: int, rate: int) -> str:
    return f"{size:,} pictures" + (f", CPU {rate}x slower" if rate > 1 else "")


def slow_down(page: Page, rate: int) -> None:
    """Let the page's scripts, layout and painting take so many times longer."""
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": rate})


def read_cpu_seconds(page: Page) -> float:
    """Return the processor time that the page's process has taken, in all its threads."""
    assert page.context.browser is not None
    session = page.context.browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    return sum(float(one["cpuTime"]) for one in processes if one["type"] == "renderer")


def trace(page: Page, script: str, argument: object) -> tuple[dict[str, Any], str]:
    """Run a script; return its result and the longest task of the page's main thread meanwhile.

    Both times are those of the longest task by that time: of the clock, and of the thread.
    """
    assert page.context.browser is not None
    page.context.browser.start_tracing(page=page, categories=[TASKS])
    result: dict[str, Any] = page.evaluate(script, argument)
    events = json.loads(page.context.browser.stop_tracing())["traceEvents"]
    mains = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    tasks = [
        event
        for event in events
        if event["name"] == "RunTask" and (event["pid"], event["tid"]) in mains
    ]
    clock, thread = (max(task.get(kind, 0) for task in tasks) for kind in ("dur", "tdur"))
    return result, f"{clock / 1000:.0f} ms, {thread / 1000:.0f} ms"


def read_heap_bytes(page: Page) -> float:
    """Return the size of all script objects and arrays after a collection."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")
    return float(used["usedSize"] + used["backingStorageSize"])


def measure(page: Page, address: str, *, parts: int) -> dict[str, str]:
    """Return the figures of one result page, by name. Its names come in so many parts."""
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
    page.wait_for_function(HAS_NAMES, arg=parts, timeout=PATIENCE_MS)
    page.wait_for_load_state("networkidle")
    shift = page.evaluate("() => measured.shift")
    sizes: dict[str, int] = page.evaluate(SIZES_OF)
    moved, handle_task = trace(page, MOVE, EVENTS)
    handle: dict[str, Any] = page.evaluate(DRAG, ["[data-range=kept]", DRAG_SECONDS, EMPTY_MS])
    flown, drag_task = trace(page, DRAG, ["wall-scrubber input", DRAG_SECONDS, EMPTY_MS])
    page.evaluate("scrollTo(0, 0)")
    begun = read_cpu_seconds(page)
    scrolled, scroll_task = trace(page, SCROLL, EVENTS)
    scroll_seconds = read_cpu_seconds(page) - begun
    return {
        "first screen after the HTML": f"{screen:.0f} ms",
        "layout shift (CLS)": f"{shift:.3f}",
        "script per slider event, median": f"{moved['median']:.1f} ms",
        "longest task while the handle moves: clock, processor": handle_task,
        "longest task while the scrubber moves: clock, processor": drag_task,
        "longest task while scrolling to the end: clock, processor": scroll_task,
        "processor time of a step to the end": f"{1000 * scroll_seconds / EVENTS:.0f} ms",
        "tiles empty for over 300 ms: handle, scrubber": f"{handle['empty']}, {flown['empty']}",
        "longest time of an empty tile, scrubber": f"{flown['longest']:.0f} ms",
        "the end is reached": "yes" if scrolled["last"] else "no",
        "tiles in the page": f"{scrolled['tiles']:,}",
        "elements in the page": f"{scrolled['nodes']:,}",
        "script heap with its columns": f"{read_heap_bytes(page) / 1e6:.0f} MB",
        "compressed: page, scripts and styles": f"{sizes['html'] / 1e3:.0f} KB, "
        f"{sizes['code'] / 1e3:.0f} KB",
        "compressed: columns, names": f"{sizes['columns'] / 1e6:.2f} MB, "
        f"{sizes['names'] / 1e6:.2f} MB",
    }


if __name__ == "__main__":
    sys.exit(main())
