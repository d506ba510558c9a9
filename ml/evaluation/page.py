"""Render an evaluation as one self-contained page: tables, curves, errors as thumbnails."""

import base64
import csv
import html
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from PIL import Image

from ml.errors import MonaError
from ml.evaluation.chart import Chart, Line
from ml.evaluation.evaluation import Evaluation
from ml.evaluation.metrics import Estimate, PaperTable
from ml.targets.catalog import Target
from ml.vision.decode import decode

_THUMBNAIL = 160  # pixels
_MOST_ERRORS = 60  # of each kind; the JSON lists all
_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .75rem; text-align: right; border-bottom: 1px solid #8884; }
th:first-child, td:first-child { text-align: left; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1rem; }
.errors { display: flex; flex-wrap: wrap; gap: .75rem; }
figure { margin: 0; width: 10rem; font-size: .75rem; overflow-wrap: anywhere; }
img { width: 10rem; height: 10rem; object-fit: contain; background: #8882; }
"""


def render_page(evaluation: Evaluation, target: Target, folder: Path) -> str:
    """Return the page as HTML. Thumbnails are decoded from `folder`."""
    table = evaluation.paper_table
    title = f"{target.card.title}, version {evaluation.version}, on {table.total:,} pictures"
    body = [
        f"<h1>{html.escape(title)}</h1>",
        f"<p>{table.actual:,} of them show {html.escape(target.card.title)}, in "
        f"{evaluation.target_artworks:,} artworks; all pictures show {evaluation.artworks:,}. "
        "Intervals are 95 %, drawn over artworks.</p>",
        "<h2>As the paper counts</h2>",
        _render_table(("", f"at {evaluation.confidence:g}"), format_paper_table(table)),
        "<h2>Beyond the paper</h2>",
        _render_table(("", "value", "95 % interval"), _format_estimates(evaluation)),
        "<h2>Precision and recall at other confidences</h2>",
        _render_table(
            ("confidence", "kept", "precision", "recall", "F1"),
            [
                (f"{r['threshold']:g}", f"{r['kept']:,.0f}", *(f"{r[k]:.3f}" for k in _RATES))
                for r in evaluation.threshold_curve
            ],
        ),
        "<h2>Does 95 % mean 95 %?</h2>",
        _render_table(
            ("predicted", "pictures", "predicted on average", "observed"),
            [
                (
                    f"{r['low']:g} to {r['high']:g}",
                    f"{r['count']:,.0f}",
                    f"{r['mean_probability']:.3f}",
                    f"{r['observed']:.3f}",
                )
                for r in evaluation.reliability
            ],
        ),
        f'<div class="charts">{"".join(draw_charts(evaluation, target))}</div>',
        _render_errors("Missed", evaluation.missed, folder),
        _render_errors("Kept wrongly", evaluation.wrongly_kept, folder),
    ]
    if evaluation.unreadable:
        names = "".join(f"<li>{html.escape(name)}</li>" for name in evaluation.unreadable)
        body.append(f"<h2>Unreadable, in no figure above</h2><ul>{names}</ul>")
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<style>{_STYLE}</style><body>{''.join(body)}</body></html>\n"
    )


_RATES = ("precision", "recall", "f1")


def format_paper_table(table: PaperTable) -> list[tuple[str, str]]:
    """Return the rows of the paper's tables, in its order."""
    return [
        ("Pictures in all", f"{table.total:,}"),
        ("Of the target", f"{table.actual:,}"),
        ("Classified as the target", f"{table.classified:,}"),
        ("Of the target, not identified", f"{table.unidentified:,}"),
        ("Misidentified as the target", f"{table.misidentified:,}"),
        ("Misclassified in all", f"{table.misclassified:,}"),
        ("Single class accuracy", f"{table.single_class_accuracy:.2%}"),
        ("Absolute accuracy", f"{table.absolute_accuracy:.2%}"),
        ("The same, had all been rejected", f"{1 - table.actual / table.total:.2%}"),
    ]


def _format_estimates(evaluation: Evaluation) -> list[tuple[str, str, str]]:
    def row(name: str, estimate: Estimate) -> tuple[str, str, str]:
        return name, f"{estimate.value:.3f}", f"{estimate.low:.3f} to {estimate.high:.3f}"

    best, at = evaluation.best_f1
    return [
        row("Precision", evaluation.precision),
        row("Recall", evaluation.recall),
        row("F1", evaluation.f1),
        row("Average precision", evaluation.average_precision),
        ("Best F1, chosen on these pictures", f"{best:.3f}", f"at {at:.3f}"),
        ("Negative log-likelihood", f"{evaluation.log_likelihood:.4f}", ""),
        (
            "The same, always predicting the prevalence",
            f"{evaluation.constant_log_likelihood:.4f}",
            "",
        ),
    ]


def draw_charts(evaluation: Evaluation, target: Target) -> list[str]:
    """Return precision over recall and, if the target has its history, the paper's Figure 5."""
    kept = Line("kept", evaluation.curve)
    drawn = [Chart("Precision over recall", "recall", "precision", [kept], unit_axes=True).render()]
    history = target.folder / "history.csv"
    if history.is_file():
        drawn += draw_training_charts(history)
    return drawn


def draw_training_charts(history: Path) -> list[str]:
    """Return accuracy and loss, training and validation, over all epochs of all stages.

    Args:
        history: `history.csv`, a row an epoch; `stage` names the stage if there are several.
    """
    with history.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    stages = [row.get("stage", "") for row in rows]
    begins = [
        (n + 1.0, stage) for n, stage in enumerate(stages) if n == 0 or stages[n - 1] != stage
    ]
    drawn = []
    for measure in ("accuracy", "loss"):
        lines = [
            Line(name, points)
            for name, column in (("training", measure), ("validation", f"val_{measure}"))
            if (points := _read_points(rows, column))
        ]
        if lines:
            title = measure.capitalize()
            drawn.append(Chart(title, "epoch", measure, lines, marks=begins).render())
    return drawn


def _read_points(rows: Sequence[dict[str, str]], column: str) -> list[tuple[float, float]]:
    return [(n + 1.0, float(row[column])) for n, row in enumerate(rows) if row.get(column)]


def _render_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    def line(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    return f"<table>{line(head, 'th')}{''.join(line(row, 'td') for row in rows)}</table>"


def _render_errors(title: str, errors: Sequence[tuple[str, float]], folder: Path) -> str:
    shown = "".join(
        _render_tile(folder, path, probability) for path, probability in errors[:_MOST_ERRORS]
    )
    more = f"<p>The first {_MOST_ERRORS}.</p>" if len(errors) > _MOST_ERRORS else ""
    return f'<h2>{title}: {len(errors):,}</h2>{more}<div class="errors">{shown}</div>'


def _render_tile(folder: Path, path: str, probability: float) -> str:
    caption = f"{probability:.3f} {html.escape(path)}"
    try:
        image = decode((folder / path).read_bytes(), min_side=_THUMBNAIL, max_pixels=10**8).image
    except (MonaError, OSError):  # deleted since it was sieved
        return f"<figure><figcaption>{caption}</figcaption></figure>"
    image.thumbnail((_THUMBNAIL, _THUMBNAIL), Image.Resampling.BILINEAR)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    data = base64.b64encode(out.getvalue()).decode()
    source = f"data:image/jpeg;base64,{data}"
    return f'<figure><img alt="" src="{source}"><figcaption>{caption}</figcaption></figure>'
