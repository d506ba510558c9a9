"""How fast is the sieve, beside the paper's loop and beside what the machine allows?

    python bench/throughput.py [ARCHIVE] [--json FILE] [--loop N] [--no-memory]

Without ARCHIVE, 300 drawn JPEGs and 100 PNGs of 1080p. ARCHIVE must be a zip of nothing but
pictures. Everything is measured in one run, so that load changes all ratios less;
let it do nothing else all the same.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # so that the file may be called as it is

from bench import limit, pictures
from bench.program import program
from ml.sieve.cores import count_cores
from ml.targets.catalog import find_target

JPEGS, PNGS = 300, 100
FEW, MANY = 1_000, 10_000  # pictures, for the memory
AIMS = {"times the paper's loop": 8.0, "of the limit": 0.85, "memory at 10,000 to 1,000": 1.2}


def main() -> int:
    """Measure and print; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("archive", nargs="?", type=Path, help="a zip of pictures")
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "throughput.json")
    parser.add_argument("--loop", type=int, default=100, help="pictures for the one-by-one loops")
    parser.add_argument("--no-memory", action="store_true", help="leave out the long last part")
    options = parser.parse_args()
    # Beside the checkout, not in the system's temporary folder: that may be kept in memory.
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ROOT / "build", prefix="bench-") as folder:
        work = Path(folder)
        archive = options.archive or drawn(work / "drawn.zip")
        figures = speed(archive, work, options.loop)
        if not options.no_memory:
            figures["memory"] = memory(work)
    figures["ratios"] = ratios(figures)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(table(figures))
    print(f"All figures: {options.json}")
    return 0


def drawn(file: Path) -> Path:
    """The default archive."""
    say("Drawing pictures")
    files = pictures.encoded(JPEGS, PNGS, pictures.FULL_HD)
    pictures.write_archive(file, files, JPEGS + PNGS)
    return file


def speed(archive: Path, work: Path, loop: int) -> dict[str, Any]:
    """Pictures a second of the loops, of the sieve and of the limit."""
    cores = count_cores()
    say("The paper's loop, then ours as such a loop")
    loops = {name: one_by_one(archive, name, loop) for name in ("mona_cnn", "mona_lite")}
    say("The paper's network as int8, for our pipeline")
    run_python("bench/paper_artifact.py", str(work / "data" / "targets"))
    say("The sieve")
    with program(work / "data") as running:
        running.sieve_archive(archive)  # warm: as a runner is that has been up for a while
        ours = running.pictures_per_second(archive)
        running.sieve_archive(archive, "paper")
        paper = running.pictures_per_second(archive, "paper")
    say("Each step alone, then on all cores at once")
    backbone = find_target("mona").backbone_folder
    steps = limit.measure(archive, backbone)
    together = limit.measure_together(archive, backbone, cores)
    return {
        "cores": cores,
        "loop": loops,
        "sieve": {"default": ours, "mona_cnn int8": paper},
        "steps": steps,
        "limit": {
            "median": limit.per_second(steps, cores),
            "mean": limit.per_second(steps, cores, "mean"),
            "together": sum(limit.per_second(one, 1, "mean") for one in together),
        },
    }


def memory(work: Path) -> dict[str, int]:
    """Peak PSS of runner and workers, in bytes, by the number of pictures of one job."""
    files = pictures.encoded(75, 25, pictures.QUARTER_HD)
    peaks = {}
    for members in (FEW, MANY):
        say(f"Memory at {members:,} pictures")
        archive = work / f"{members}.zip"
        pictures.write_archive(archive, files, members)
        with program(work / f"memory-{members}") as running:
            peaks[str(members)] = running.peak_memory(archive)
    return peaks


def one_by_one(archive: Path, network: str, count: int) -> dict[str, float]:
    """The loop in a process of its own: TensorFlow shall not weigh on what comes after."""
    answer = run_python("bench/one_by_one.py", str(archive), network, str(count))
    figures: dict[str, float] = json.loads(answer.strip().splitlines()[-1])
    return figures


def run_python(*command: str) -> str:
    """Run one of our own programs; what it wrote to its output. TensorFlow's chatter is dropped."""
    run = subprocess.run(
        [sys.executable, *command], cwd=ROOT, check=False, text=True, capture_output=True
    )
    if run.returncode != 0:
        raise RuntimeError(f"{command[0]} failed:\n{run.stderr}")
    return run.stdout


def ratios(figures: dict[str, Any]) -> dict[str, float]:
    """What the aims speak of, and the same like for like."""
    ours = figures["sieve"]["default"]
    loop = {name: run["per_second"] for name, run in figures["loop"].items()}
    found = {
        "times the paper's loop": ours / loop["mona_cnn"],
        "mona_cnn: our pipeline to its loop": figures["sieve"]["mona_cnn int8"] / loop["mona_cnn"],
        "default: our pipeline to its loop": ours / loop["mona_lite"],
        "of the limit": ours / figures["limit"]["median"],
        "of the limit by means": ours / figures["limit"]["mean"],
        "of what the cores do at once": ours / figures["limit"]["together"],
    }
    if "memory" in figures:
        few, many = figures["memory"][str(FEW)], figures["memory"][str(MANY)]
        found["memory at 10,000 to 1,000"] = many / few
    return found


def table(figures: dict[str, Any]) -> str:
    """The figures as a person reads them."""
    steps = figures["steps"]
    rows = [
        ("paper's loop: mona_cnn float32, one predict a picture", loop_rate(figures, "mona_cnn")),
        ("our default, one predict a picture", loop_rate(figures, "mona_lite")),
        ("mona_cnn int8 through the sieve", f"{figures['sieve']['mona_cnn int8']:.1f} /s"),
        ("our default through the sieve", f"{figures['sieve']['default']:.1f} /s"),
        *(
            (f"{name}, median on one thread", f"{1000 * steps[name]['median']:.1f} ms")
            for name in steps
        ),
        (
            f"limit: {figures['cores']} cores / sum of medians",
            f"{figures['limit']['median']:.1f} /s",
        ),
        (f"limit: {figures['cores']} cores / sum of means", f"{figures['limit']['mean']:.1f} /s"),
        ("limit: means on all cores at once", f"{figures['limit']['together']:.1f} /s"),
    ]
    for members, peak in figures.get("memory", {}).items():
        rows.append((f"peak memory at {int(members):,} pictures", f"{peak / 2**20:.0f} MiB"))
    for name, ratio in figures["ratios"].items():
        aim = f"  (aim {AIMS[name]:g})" if name in AIMS else ""
        rows.append((name, f"{ratio:.2f}{aim}"))
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)


def loop_rate(figures: dict[str, Any], network: str) -> str:
    """Pictures a second of a loop."""
    return f"{figures['loop'][network]['per_second']:.1f} /s"


def say(what: str) -> None:
    """Tell a waiting person what is going on."""
    print(f"{what} …", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
