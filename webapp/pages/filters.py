"""The filters of the templates: figures, times and names as a person reads them."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime

from flask import Flask

from ml.archive.limits import format_bytes
from ml.scoring.piles import logistic
from webapp.pages.target_figures import (
    describe_threshold,
    format_value,
    group_figures,
    list_single_figures,
)
from webapp.safe_names import mask_hostile

TIME_SPANS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))
NARROW_SPACE = "\u202f"
"""Between a number and its unit, without a line break."""


def split_path(path: str) -> tuple[str, str]:
    """Split a member's path into its folder, with the slash, and its name; both safe to show."""
    folder, slash, name = mask_hostile(path).rpartition("/")
    return folder + slash, name


def format_count(count: int) -> str:
    """1200 -> "1,200"."""
    return f"{count:,}"


def pluralize(count: int, noun: str) -> str:
    """1 -> "1 file", 1200 -> "1,200 files"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def format_probability(probability: float | None) -> str:
    """A picture's probability with one decimal, never rounded to certainty."""
    if probability is None:
        return ""
    if probability < 0.001:
        return f"< 0.1{NARROW_SPACE}%"
    if probability > 0.999:
        return f"> 99.9{NARROW_SPACE}%"
    return f"{100 * probability:.1f}{NARROW_SPACE}%"


def format_percent(fraction: float) -> str:
    """0.95 -> "95 %", 0.9755 -> "97.55 %"."""
    return f"{100 * fraction:.6g}{NARROW_SPACE}%"


def round_percent(fraction: float) -> str:
    """0.2385 -> "24 %": a value that was measured on few pictures has no more digits."""
    return f"{100 * fraction:.0f}{NARROW_SPACE}%"


def pick_hue(name: str) -> int:
    """A hue for a name, in degrees: the same one on every page."""
    return zlib.crc32(name.encode()) % 360


def format_duration(seconds: float) -> str:
    """The time of a picture or of a job: "27 ms", "3.2 s", "2 min 5 s", "1 h 4 min"."""
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def format_time_left(seconds: float) -> str:
    """An estimate, so without tenths: "5 s left", "2 min 5 s left", "almost done"."""
    whole = round(seconds)
    if whole <= 1:
        return "almost done"
    return f"{whole} s left" if whole < 60 else f"{format_duration(whole)} left"


def format_age(moment: datetime) -> str:
    """How long ago, in the largest unit that fits; the date after two weeks."""
    passed = (datetime.now(UTC) - moment).total_seconds()
    if passed > 14 * 86_400:
        return f"{moment:%Y-%m-%d}"
    for span, noun in TIME_SPANS:
        if passed >= span:
            return f"{pluralize(int(passed // span), noun)} ago"
    return "just now"


def register_filters(app: Flask) -> None:
    """Make these the templates' filters, by their own names."""
    for function in (
        mask_hostile,
        split_path,
        format_bytes,
        format_count,
        pluralize,
        format_probability,
        logistic,
        format_percent,
        round_percent,
        pick_hue,
        format_duration,
        format_time_left,
        format_age,
        describe_threshold,
        format_value,
        list_single_figures,
        group_figures,
    ):
        app.add_template_filter(function)
