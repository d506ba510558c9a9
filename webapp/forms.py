"""The forms of the pages. Forms check the syntax of a request; services check its meaning."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import (
    BooleanField,
    Field,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    SubmitField,
)
from wtforms.validators import (
    AnyOf,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    ValidationError,
)

from ml.scoring.piles import Pile, Verdict, parse_confidence
from webapp.records import HIGHEST, Preferences
from webapp.services.certificate import ROUND_PICTURES
from webapp.services.downloads import SELECTED_PICTURES
from webapp.services.preferences import MOST_DAYS
from webapp.services.verdicts import BULK_PICTURES

NO_VERDICT = "none"
"""The value of a `verdict` field that removes the verdict."""


def find_first_error(form: FlaskForm) -> str:
    """Return a form's first error, a sentence."""
    errors: list[str] = next(iter(form.errors.values()))
    return errors[0]


def require_verdict(values: Sequence[str]) -> AnyOf:
    """Return a validator: the field holds one of these values."""
    return AnyOf(values, f"The verdict is one of: {', '.join(values)}.")


class ConfidenceField(Field):  # type: ignore[misc]
    """A confidence from 0 to 1. Without the validator `Optional`, an empty field is an error."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Parse the text that was sent."""
        self.data: Any = None  # stays None if the text is refused
        self.data = parse_confidence(valuelist[0] if valuelist else "")


class NumbersField(Field):  # type: ignore[misc]
    """Numbers of pictures as a list[int]. They are sent as "3 14-20", or in several fields."""

    def __init__(self, most: int, **more: Any) -> None:
        super().__init__(**more)
        self.most = most

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Parse the text that was sent."""
        self.data: Any = None  # stays None if the text is refused
        try:
            self.data = parse_numbers(" ".join(valuelist), self.most)
        except ValueError as error:
            raise ValueError(
                f"Select 1 to {self.most:,} pictures. `numbers` names them, such as: 3 14-20."
            ) from error


def parse_numbers(text: str, most: int) -> list[int]:
    """("3 14-16", 4) -> [3, 14, 15, 16]. Raises ValueError for none and for more than `most`."""
    if not re.fullmatch(r"\d{1,7}(-\d{1,7})?( \d{1,7}(-\d{1,7})?)*", text):
        raise ValueError(text)
    ends = [part.partition("-") for part in text.split(" ")]
    ranges = [range(int(first), int(last or first) + 1) for first, _, last in ends]
    if not 1 <= sum(map(len, ranges)) <= most or not all(ranges):
        raise ValueError(text)
    return [number for numbers in ranges for number in numbers]


class UploadForm(FlaskForm):  # type: ignore[misc]
    """One archive, several, or single pictures."""

    archive = MultipleFileField("Archive or pictures")
    target = StringField(validators=[Optional()])
    strictness = StringField(validators=[Optional()])
    """A choice of `pages.strictness`. It comes before `confidence`."""
    confidence = ConfidenceField("Confidence", [Optional()])


class LookForm(FlaskForm):  # type: ignore[misc]
    """Some pictures of an upload, in the field `picture`."""

    target = StringField()
    total = IntegerField(
        validators=[InputRequired("The number of pictures is missing."), NumberRange(1, HIGHEST)]
    )
    """Pictures in the whole upload."""


class FolderForm(FlaskForm):  # type: ignore[misc]
    """A folder on the server."""

    folder = StringField()
    target = StringField(validators=[Optional()])
    confidence = ConfidenceField("Confidence", [Optional()])


class ThresholdsForm(FlaskForm):  # type: ignore[misc]
    """The probabilities that separate the piles of one job."""

    confidence = ConfidenceField("Confidence")
    unsure = ConfidenceField("Unsure from", [Optional()])
    pile = StringField(validators=[Optional(), AnyOf(list(Pile))])


class VerdictForm(FlaskForm):  # type: ignore[misc]
    """The user's verdict on one picture, whose number is in the address."""

    verdict = StringField(validators=[require_verdict([*Verdict, NO_VERDICT])])
    request_id = StringField(validators=[Optional(), Length(max=64)])
    """Chosen by a client that sends a request again if the answer is lost."""
    pile = StringField(validators=[Optional(), AnyOf(list(Pile))])
    confidence = ConfidenceField("Confidence", [Optional()])
    """The confidence that the page shows, if it is not the job's. The answer depends on it."""
    review = IntegerField(validators=[Optional(), NumberRange(-1, HIGHEST)])
    """Sent by review mode without script: the picture to go to; -1: the first one of the queue."""

    @property
    def parsed_verdict(self) -> Verdict | None:
        """None removes the verdict."""
        return None if self.verdict.data == NO_VERDICT else Verdict(self.verdict.data)


class BulkVerdictForm(VerdictForm):
    """One verdict on many pictures."""

    numbers = NumbersField(BULK_PICTURES)


class SelectionForm(FlaskForm):  # type: ignore[misc]
    """Pictures to download."""

    numbers = NumbersField(SELECTED_PICTURES)


class UndoForm(FlaskForm):  # type: ignore[misc]
    """The step to undo or redo."""

    entry = IntegerField(validators=[Optional(), NumberRange(0, HIGHEST)])
    """The entry that the page names on its button; empty: the newest one."""
    after = IntegerField(validators=[Optional(), NumberRange(0, HIGHEST)])
    """Undo every entry newer than this one."""
    pile = StringField(validators=[Optional(), AnyOf(list(Pile))])
    confidence = ConfidenceField("Confidence", [Optional()])
    review = IntegerField(validators=[Optional(), NumberRange(-1, HIGHEST)])
    """Sent by review mode without script: the picture to go to; -1: the first one of the queue."""


class RoundForm(FlaskForm):  # type: ignore[misc]
    """The answers on a round of pictures to check."""

    checked = IntegerField(validators=[InputRequired("The number of checked pictures is missing.")])
    shown = NumbersField(ROUND_PICTURES)
    found = SelectMultipleField(coerce=int, validate_choice=False)


class TargetField(SelectField):  # type: ignore[misc]
    """One of the targets that are installed."""

    def pre_validate(self, _form: FlaskForm) -> None:
        """Refuse a target that is not in the list, with a sentence."""
        if self.data not in dict(self.choices):
            raise ValidationError(
                f"Choose one of the characters in the list; received {self.data!r}."
            )


class SettingsForm(FlaskForm):  # type: ignore[misc]
    """The preferences for new jobs."""

    strictness = StringField(validators=[Optional()])
    """A choice of `pages.strictness`. It comes before `confidence`."""
    confidence = ConfidenceField("Confidence")
    target = TargetField("Target")
    copy_kept = BooleanField("Copy kept pictures to a storage folder")
    copy_folder = StringField("Storage folder", [Length(max=500)])
    start_at_once = BooleanField("Start at once after an upload")
    open_inner_zips = BooleanField("Open zips inside a zip")
    look_closely = BooleanField("Look closely at large pictures")
    retention_days = IntegerField(
        "Days until a finished job is deleted",
        [
            InputRequired("Give a number of days; 0 keeps jobs forever."),
            NumberRange(0, MOST_DAYS, f"From 0 to {MOST_DAYS:,} days; 0 keeps jobs forever."),
        ],
    )
    save = SubmitField("Save")

    @property
    def preferences(self) -> Preferences:
        """The checked fields as a value."""
        return Preferences(
            confidence=self.confidence.data,
            target=self.target.data,
            copy_kept=self.copy_kept.data,
            copy_folder=(self.copy_folder.data or "").strip(),
            start_at_once=self.start_at_once.data,
            retention_days=self.retention_days.data,
            open_inner_zips=self.open_inner_zips.data,
            look_closely=self.look_closely.data,
        )
