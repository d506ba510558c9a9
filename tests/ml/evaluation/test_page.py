"""The page of an evaluation: the paper's rows and its figure."""

from pathlib import Path

from ml.evaluation.metrics import PaperTable
from ml.evaluation.page import draw_training_charts, format_paper_table


def test_the_papers_rows_are_all_there() -> None:
    rows = dict(format_paper_table(PaperTable(2268, 156, 188, unidentified=25, misidentified=57)))
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
    accuracy, loss = draw_training_charts(history)
    assert "Accuracy" in accuracy
    assert "Loss" in loss
    for drawn in (accuracy, loss):
        assert drawn.count("<polyline") == 2
        assert ">gender<" in drawn
        assert ">mona<" in drawn
