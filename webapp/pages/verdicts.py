"""The user's verdicts on pictures, with undo and redo. Scripts get JSON, forms a page.

Every JSON answer has the same fields:

- `changes`: the pictures that the request is about, as columns: `number`, `pile`, `verdict`
  (null: none), `verdict_from` (the name of the other job where it was given, or null);
- `piles`: the counts at the confidence of the page;
- `state`: the state of the job's piles, as `webapp.services.columns.compute_state` has it;
- `undo`, `redo`: what each would change, as `entry` and `words`, or null; `undo_steps`,
  `redo_steps`: how many there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from flask import Blueprint, jsonify, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug.exceptions import UnprocessableEntity

from ml.scoring.piles import Pile, Verdict
from webapp.forms import BulkVerdictForm, UndoForm, VerdictForm, find_first_error
from webapp.pages.arguments import LEFT_BEHIND, is_left_behind, read_pile
from webapp.pages.context import get_stores, wants_json
from webapp.pages.filters import pluralize
from webapp.records import Picture
from webapp.safe_names import mask_hostile
from webapp.services import columns, verdicts
from webapp.verdict_records import VerdictEntry, VerdictHistory

bp = Blueprint("verdicts", __name__)
Form = TypeVar("Form", bound=FlaskForm)


@bp.post("/jobs/<job_id>/pictures/<int:number>/verdict")
def set_one(job_id: str, number: int) -> ResponseReturnValue:
    """Save the verdict on a picture, or remove it."""
    form = validate(VerdictForm())
    contents = verdicts.set_verdict(
        get_stores(), job_id, number, form.parsed_verdict, request_id=form.request_id.data
    )
    return answer(job_id, contents, form, anchor=f"p{number}")


@bp.post("/jobs/<job_id>/verdicts/bulk")
def set_many(job_id: str) -> ResponseReturnValue:
    """Save one verdict on many pictures, or remove theirs."""
    form = validate(BulkVerdictForm())
    contents = verdicts.set_verdicts(
        get_stores(),
        job_id,
        form.numbers.data,
        form.parsed_verdict,
        request_id=form.request_id.data,
    )
    return answer(job_id, contents, form)


@bp.post("/jobs/<job_id>/verdicts/undo")
def undo(job_id: str) -> ResponseReturnValue:
    """Undo the newest verdict or bulk verdict, or all that are newer than `after`."""
    form = validate(UndoForm())
    if form.after.data is not None:
        contents = verdicts.undo_all(get_stores(), job_id, after=form.after.data)
    else:
        contents = verdicts.undo(get_stores(), job_id, entry_id=form.entry.data)
    return answer(job_id, contents, form)


@bp.post("/jobs/<job_id>/verdicts/redo")
def redo(job_id: str) -> ResponseReturnValue:
    """Apply what was undone last again."""
    form = validate(UndoForm())
    contents = verdicts.redo(get_stores(), job_id, entry_id=form.entry.data)
    return answer(job_id, contents, form)


@bp.get("/jobs/<job_id>/verdicts.json")
def show_history(job_id: str) -> ResponseReturnValue:
    """Say what undo and redo would change."""
    job, history = verdicts.read_history(get_stores(), job_id)
    return jsonify(describe_history(history, job.target_title))


def validate(form: Form) -> Form:
    """Return the form if it is valid. Raises UnprocessableEntity with its first error."""
    if not form.validate_on_submit():
        raise UnprocessableEntity(find_first_error(form))
    return form


def answer(
    job_id: str, contents: Sequence[str], form: VerdictForm | UndoForm, *, anchor: str | None = None
) -> ResponseReturnValue:
    """Answer a script with the changes, and a form with the page that it came from."""
    if not wants_json():
        return redirect(find_page(job_id, form, anchor), 303)
    changes = verdicts.read_changes(get_stores(), job_id, contents, confidence=form.confidence.data)
    fields = describe_history(changes.history, changes.job.target_title)
    fields |= {"piles": changes.piles, "changes": describe_changes(changes.pictures)}
    fields["state"] = columns.read_state(get_stores(), job_id)
    return jsonify(ok=True, **fields)


def find_page(job_id: str, form: VerdictForm | UndoForm, anchor: str | None) -> str:
    """Return the address of the page from which a form without script came."""
    pile = read_pile() or Pile.KEPT
    if form.review.data is None:
        return url_for("jobs.show", job_id=job_id, pile=pile, _anchor=anchor)
    at = form.review.data if form.review.data >= 0 else None
    queue = LEFT_BEHIND if is_left_behind() else None
    return url_for("review.show", job_id=job_id, pile=pile, at=at, queue=queue)


def describe_changes(pictures: Sequence[Picture]) -> dict[str, list[Any]]:
    """Return the changed fields of pictures as columns."""
    return {
        "number": [picture.number for picture in pictures],
        "pile": [picture.pile for picture in pictures],
        "verdict": [picture.verdict for picture in pictures],
        "verdict_from": [
            mask_hostile(picture.verdict_from) if picture.verdict_from else None
            for picture in pictures
        ],
    }


def describe_history(history: VerdictHistory, title: str) -> dict[str, Any]:
    """Return what undo and redo would change, with words for their buttons."""
    return {
        "undo": describe_entry(history.undo, title),
        "redo": describe_entry(history.redo, title),
        "undo_steps": history.undo_steps,
        "redo_steps": history.redo_steps,
    }


def describe_entry(entry: VerdictEntry | None, title: str) -> dict[str, Any] | None:
    """Return an entry's id and its words."""
    return {"entry": entry.id, "words": word_entry(entry, title)} if entry else None


def word_entry(entry: VerdictEntry, title: str) -> str:
    """Say what an entry changed, such as: 16 pictures marked as not Mona."""
    if entry.report:
        answers = pluralize(entry.pictures, "answer")
        return f"{answers} restored from “{mask_hostile(entry.report)}”"
    name = mask_hostile(entry.path.rsplit("/", 1)[-1])
    which = f"“{name}”" if entry.pictures == 1 else pluralize(entry.pictures, "picture")
    if entry.verdict is None:
        return f"your choice removed from {which}"
    negation = "not " if entry.verdict is Verdict.IS_NOT else ""
    return f"{which} marked as {negation}{title}"
