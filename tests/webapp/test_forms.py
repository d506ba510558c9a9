"""Forms check what a page sends."""

from __future__ import annotations

import pytest
from flask import Flask
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict

from ml.scoring.piles import Verdict
from webapp.forms import BulkVerdictForm, ThresholdsForm, UploadForm, VerdictForm, find_first_error


@pytest.fixture
def app() -> Flask:
    """An app without the check of tokens."""
    app = Flask(__name__)
    app.config.update(WTF_CSRF_ENABLED=False)
    return app


def errors_of(app: Flask, form: type[FlaskForm], fields: dict[str, str]) -> str:
    """The first error of a form; empty if there is none."""
    with app.test_request_context("/", method="POST"):
        sent = form(MultiDict(fields))
        return "" if sent.validate() else find_first_error(sent)


@pytest.mark.parametrize("text", ["0.5", "0,5", "50", "50 %"])
def test_a_confidence_has_a_point_or_a_comma(app: Flask, text: str) -> None:
    with app.test_request_context("/", method="POST"):
        form = ThresholdsForm(MultiDict({"confidence": text}))
        assert form.validate()
        assert form.confidence.data == 0.5


def test_only_an_upload_may_leave_out_the_confidence(app: Flask) -> None:
    assert errors_of(app, UploadForm, {}) == ""
    assert errors_of(app, UploadForm, {"confidence": ""}) == ""
    assert "received '101'" in errors_of(app, UploadForm, {"confidence": "101"})
    assert "received ''" in errors_of(app, ThresholdsForm, {})


@pytest.mark.parametrize(
    "numbers", ["1\n", "1,2", "-1", "12345678", " 1", "1  2", "5-3", "1-", "1-2-3", "0-10000"]
)
def test_malformed_numbers_are_refused(app: Flask, numbers: str) -> None:
    assert "`numbers`" in errors_of(app, BulkVerdictForm, {"verdict": "is", "numbers": numbers})


def test_numbers_are_sent_as_ranges_and_in_several_fields(app: Flask) -> None:
    with app.test_request_context("/", method="POST"):
        fields = [("verdict", "is"), ("numbers", "3 7-9"), ("numbers", "0-0")]
        form = BulkVerdictForm(MultiDict(fields))
        assert form.validate()
        assert form.numbers.data == [3, 7, 8, 9, 0]


def test_only_a_bulk_verdict_needs_numbers(app: Flask) -> None:
    assert errors_of(app, VerdictForm, {"verdict": "is"}) == ""
    assert "1 to 10,000 pictures" in errors_of(app, BulkVerdictForm, {"verdict": "is"})


def test_none_removes_a_verdict(app: Flask) -> None:
    with app.test_request_context("/", method="POST"):
        form = BulkVerdictForm(MultiDict({"verdict": "none", "numbers": "3 14"}))
        assert form.validate()
        assert (form.parsed_verdict, form.numbers.data) == (None, [3, 14])
        form = VerdictForm(MultiDict({"verdict": "is_not"}))
        assert form.parsed_verdict is Verdict.IS_NOT
