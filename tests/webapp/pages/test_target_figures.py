"""A card's figures as text."""

from __future__ import annotations

from typing import Any

import pytest

from webapp.pages.target_figures import group_figures, list_single_figures


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ({}, []),
        ({"ap": 0.9134}, [("Average precision", "0.91", "")]),
        ({"f1": {"value": 0.86, "low": 0.8, "high": 0.9}}, [("F1", "0.86", "0.80 to 0.90")]),
        ({"ap": {"value": 1, "interval": [0, 1]}}, [("Average precision", "1", "0 to 1")]),
        ({"f1": {"value": 0.86, "low": None}}, [("F1", "0.86", "")]),
        (
            {"note": "none", "by_source": [1200, 0.5]},
            [("Note", "none", ""), ("By source", "1,200, 0.50", "")],
        ),
    ],
)
def test_figures_of_any_shape_can_be_read(
    figures: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    assert [tuple(figure) for figure in list_single_figures(figures)] == expected
    assert group_figures(figures) == ([], [])


def test_figures_in_groups_become_a_table() -> None:
    table = group_figures(
        {"at_0.95": {"kept": 3, "f1": 0.5}, "best_f1": {"f1": {"value": 0.9}}, "n": 1}
    )
    assert table.columns == ["Kept", "F1"]
    assert table.rows == [
        ("At 95 %", [("Kept", "3", ""), ("F1", "0.50", "")]),
        ("Best F1", [None, ("F1", "0.90", "")]),
    ]
