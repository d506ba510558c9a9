"""Charts as SVG."""

import pytest

from ml.evaluation.chart import Chart, Line


def test_axes_have_round_values_and_unit_axes_go_from_0_to_1() -> None:
    epochs = Chart("Loss", "epoch", "loss", [Line("training", [(1, 4.5), (17, 0.06)])]).render()
    assert [f">{n}</text>" in epochs for n in (5, 10, 15, 4.2)] == [True, True, True, False]
    one_recall = Chart(
        "", "recall", "precision", [Line("kept", [(1, 0.5)])], unit_axes=True
    ).render()
    assert all(f">{n}</text>" in one_recall for n in ("0", "0.2", "0.8", "1"))
    assert ">1.2</text>" not in one_recall


def test_a_chart_escapes_its_words_and_refuses_to_be_empty() -> None:
    drawn = Chart("a < b", "x", "y", [Line("<script>", [(0, 1), (1, 1)])]).render()
    assert "<script>" not in drawn
    assert "a &lt; b" in drawn
    with pytest.raises(ValueError, match="nothing to draw"):
        Chart("empty", "x", "y", [Line("none", [])]).render()
