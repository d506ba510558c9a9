"""A target is measured on labelled folders, through the same sieve as any archive."""

import json
from pathlib import Path

import numpy as np
import pytest

from ml.cli import main
from ml.evaluation.evaluation import Scored, evaluate, to_json
from ml.evaluation.metrics import PaperTable
from ml.targets.catalog import find_target
from tests.red_circle.drawing import drawings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, drawing in enumerate(drawings(77, 16)):
        side = tmp_path / "set" / ("red_circle" if drawing.is_red_circle else "other")
        side.mkdir(parents=True, exist_ok=True)
        drawing.image.save(side / f"{number}.png")
    (tmp_path / "set" / "other" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return tmp_path / "set"


@pytest.mark.slow
def test_the_command_writes_a_page_and_json(
    folder: Path, red_circle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    roots = ["--targets", str(red_circle), "--out", str(out), "--confidence", "0.5"]
    assert main(["evaluate", "red_circle", str(folder), *roots]) == 0
    assert "16 pictures, 8 of red_circle" in capsys.readouterr().out
    evaluation = json.loads((out / "evaluation.json").read_text())
    table = evaluation["paper_table"]
    assert (table["total"], table["actual"]) == (16, 8)
    assert evaluation["unreadable"] == ["other/broken.png"]
    assert evaluation["f1"]["value"] >= 0.9
    assert evaluation["log_likelihood"] < evaluation["constant_log_likelihood"]
    page = (out / "evaluation.html").read_text()
    assert "Single class accuracy" in page
    assert page.count("<svg") >= 1
    assert "broken.png" in page


def test_a_folder_without_positives_is_refused(
    folder: Path, red_circle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in (folder / "red_circle").iterdir():
        file.unlink()
    assert main(["evaluate", "red_circle", str(folder), "--targets", str(red_circle)]) == 1
    assert "holds 0 pictures of red_circle" in capsys.readouterr().err


def test_figures_are_those_of_the_counts_and_errors_are_named(red_circle: Path) -> None:
    labels = np.array([True] * 4 + [False] * 6)
    probabilities = np.array([0.99, 0.97, 0.96, 0.2, 0.98, *[0.01] * 5])
    paths = tuple(f"{n}.png" for n in range(10))
    scored = Scored(paths, labels, probabilities, np.array(paths))
    evaluation = evaluate(scored, find_target("red_circle", [red_circle]), 0.95)
    assert evaluation.paper_table == PaperTable(10, 4, 4, unidentified=1, misidentified=1)
    assert evaluation.precision.value == evaluation.recall.value == evaluation.f1.value == 0.75
    assert evaluation.precision.low <= 0.75 <= evaluation.precision.high
    assert evaluation.missed == (("3.png", 0.2),)
    assert evaluation.wrongly_kept == (("4.png", 0.98),)
    assert sum(row["count"] for row in evaluation.reliability) == 10
    assert to_json(evaluation)["paper_table"]["misclassified"] == 2
