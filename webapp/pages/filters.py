"""Figures, times and names as a person reads them: the filters of the templates."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask

from webapp.pages.target_figures import advice, facts, groups
from webapp.safe_names import plain

UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")
SPANS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def path_parts(path: str) -> tuple[str, str]:
    """A member's path as its folder, with the slash, and its name."""
    folder, slash, name = plain(path).rpartition("/")
    return folder + slash, name


def size(count: float) -> str:
    """1536 -> 1.5 KiB."""
    power = 0
    while count >= 1024 and power < len(UNITS) - 1:
        count /= 1024
        power += 1
    digits = 0 if count >= 10 or count == int(count) else 1
    return f"{count:.{digits}f} {UNITS[power]}"


def many(count: int, noun: str) -> str:
    """1 -> "1 file", 1200 -> "1,200 files"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def percent(probability: float | None) -> str:
    """A probability with one decimal, and never rounded up to certainty."""
    if probability is None:
        return ""
    if probability < 0.001:
        return "< 0.1 %"
    if probability > 0.999:
        return "> 99.9 %"
    return f"{probability:.1%}".replace("%", "\u202f%")


def confidence(value: float) -> str:
    """0.95 -> "0.95", 0.9755 -> "0.9755": as exact as it was set."""
    return f"{value:.6g}"


def seconds(value: float) -> str:
    """The time of one picture: 0.0612 -> "0.061 s"."""
    return f"{value:.3f}\u202fs"


def duration(value: float) -> str:
    """The time of a job: "3.2 seconds", "2 min 5 s", "1 h 4 min"."""
    if value < 60:
        return f"{value:.1f} seconds" if value < 10 else f"{value:.0f} seconds"
    whole = round(value)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def ago(moment: datetime) -> str:
    """How long ago, in the largest unit that fits; the date after two weeks."""
    passed = (datetime.now(UTC) - moment).total_seconds()
    if passed > 14 * 86_400:
        return f"{moment:%Y-%m-%d}"
    for span, noun in SPANS:
        if passed >= span:
            return f"{many(int(passed // span), noun)} ago"
    return "just now"


def register_words(app: Flask) -> None:
    """Make these the templates' filters, by their own names."""
    for word in (
        plain,
        path_parts,
        size,
        many,
        percent,
        confidence,
        seconds,
        duration,
        ago,
        advice,
        facts,
        groups,
    ):
        app.add_template_filter(word)
