"""A target is measured on labelled folders, through the same sieve as any archive."""

import json
from pathlib import Path

import numpy as np
import pytest

from ml.cli import main
from ml.evaluation.chart import Chart, Line
from ml.evaluation.evaluation import Scored, as_json, evaluate
from ml.evaluation.metrics import PaperTable
from ml.evaluation.page import paper_rows, training_charts
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
    found = json.loads((out / "evaluation.json").read_text())
    table = found["paper_table"]
    assert (table["total"], table["actual"]) == (16, 8)
    assert found["unreadable"] == ["other/broken.png"]
    assert found["f1"]["value"] >= 0.9
    assert found["log_likelihood"] < found["constant_log_likelihood"]
    page = (out / "evaluation.html").read_text()
    assert "Single class accuracy" in page
    assert page.count("<svg") >= 1
    assert "broken.png" in page


def test_a_side_that_is_missing_is_said(
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
    found = evaluate(scored, find_target("red_circle", [red_circle]), 0.95)
    assert found.paper_table == PaperTable(10, 4, 4, unidentified=1, misidentified=1)
    assert found.precision.value == found.recall.value == found.f1.value == 0.75
    assert found.precision.low <= 0.75 <= found.precision.high
    assert found.missed == (("3.png", 0.2),)
    assert found.wrongly_kept == (("4.png", 0.98),)
    assert sum(row["count"] for row in found.reliability) == 10
    assert as_json(found)["paper_table"]["misclassified"] == 2


def test_the_papers_rows_are_all_there() -> None:
    rows = dict(paper_rows(PaperTable(2268, 156, 188, unidentified=25, misidentified=57)))
    assert rows["Single class accuracy"] == "83.97%"
    assert rows["Absolute accuracy"] == "96.38%"
    assert rows["Misclassified in all"] == "82"
    assert rows["The same, had all been rejected"] == "93.12%"


def test_the_papers_figure_shows_accuracy_and_loss_of_all_stages(tmp_path: Path) -> None:
    history = tmp_path / "history.csv"
    history.write_text(
        "stage,epoch,accuracy,val_accuracy,loss,val_loss\n"
        "gender,1,0.6,0.5,0.9,1.0\ngender,2,0.7,0.6,0.8,0.9\nmona,1,0.8,0.7,0.5,0.6\n"
    )
    accuracy, loss = training_charts(history)
    assert "Accuracy" in accuracy
    assert "Loss" in loss
    for drawn in (accuracy, loss):
        assert drawn.count("<polyline") == 2
        assert ">gender<" in drawn
        assert ">mona<" in drawn


def test_axes_have_round_values_and_shares_go_from_0_to_1() -> None:
    epochs = Chart("Loss", "epoch", "loss", [Line("training", [(1, 4.5), (17, 0.06)])]).svg()
    assert [f">{n}</text>" in epochs for n in (5, 10, 15, 4.2)] == [True, True, True, False]
    one_recall = Chart("", "recall", "precision", [Line("kept", [(1, 0.5)])], shares=True).svg()
    assert all(f">{n}</text>" in one_recall for n in ("0", "0.2", "0.8", "1"))
    assert ">1.2</text>" not in one_recall


def test_a_chart_escapes_its_words_and_refuses_to_be_empty() -> None:
    drawn = Chart("a < b", "x", "y", [Line("<script>", [(0, 1), (1, 1)])]).svg()
    assert "<script>" not in drawn
    assert "a &lt; b" in drawn
    with pytest.raises(ValueError, match="nothing to draw"):
        Chart("empty", "x", "y", [Line("none", [])]).svg()
