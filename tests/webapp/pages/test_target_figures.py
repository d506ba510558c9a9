"""A card's figures as text."""

from __future__ import annotations

from typing import Any

import pytest

from webapp.pages.target_figures import group_figures, list_single_figures


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ({}, []),
        ({"ap": 0.9134}, [("Average precision", "91\u202f%", "")]),
        (
            {"f1": {"value": 0.86, "low": 0.8, "high": 0.9}},
            [("F1", "86\u202f%", "80\u202f% to 90\u202f%")],
        ),
        ({"ap": {"value": 1, "interval": [0, 1]}}, [("Average precision", "1", "0 to 1")]),
        (
            {"a": 0.0044, "b": 0.0, "c": 2.345, "d": 123.4},
            [
                ("A", "0.4\u202f%", ""),
                ("B", "0\u202f%", ""),
                ("C", "2.3", ""),
                ("D", "123", ""),
            ],
        ),
        ({"f1": {"value": 0.86, "low": None}}, [("F1", "86\u202f%", "")]),
        (
            {"note": "none", "by_source": [1200, 0.5]},
            [("Note", "none", ""), ("By source", "1,200, 50\u202f%", "")],
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
        ("At 95 %", [("Kept", "3", ""), ("F1", "50\u202f%", "")]),
        ("Best F1", [None, ("F1", "90\u202f%", "")]),
    ]
