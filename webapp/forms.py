"""What a page may send, checked; what it means is for the services to say."""

from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import BooleanField, FloatField, IntegerField, SelectField, StringField, SubmitField
from wtforms.validators import (
    AnyOf,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    Regexp,
    ValidationError,
)

from ml.scoring.piles import Pile, Verdict
from webapp.records import Preferences
from webapp.services.preferences import MOST_DAYS

CONFIDENCE = NumberRange(0, 1, "The confidence is a number from 0 to 1, such as 0.95.")


class UploadForm(FlaskForm):  # type: ignore[misc]
    """An archive, several, or loose pictures."""

    archive = MultipleFileField("Archive or pictures")
    confidence = FloatField("Confidence", [Optional(), CONFIDENCE])


class ConfidenceForm(FlaskForm):  # type: ignore[misc]
    """Where kept and rejected part, on a result page."""

    confidence = FloatField("Confidence", [InputRequired(CONFIDENCE.message), CONFIDENCE])
    pile = StringField(validators=[Optional(), AnyOf(list(Pile))])


class VerdictForm(FlaskForm):  # type: ignore[misc]
    """What the user says of one picture: `12:is`, `12:is_not`, or `12:none` to take it back."""

    mark = StringField(validators=[InputRequired(), Regexp(r"\d{1,7}:(is|is_not|none)$")])
    pile = StringField(validators=[Optional(), AnyOf(list(Pile))])
    shown = StringField(validators=[Optional(), Regexp(r"\d{1,7}( \d{1,7}){0,99}$")])
    """Numbers of the tiles that show this picture: an archive may hold it more than once."""
    confidence = FloatField("Confidence", [Optional(), CONFIDENCE])
    """What the page shows, where that is not the job's own: the answer is for that page."""

    @property
    def copies(self) -> list[int]:
        """The tiles to be shown anew."""
        return [int(number) for number in (self.shown.data or "").split()] or [self.number]

    @property
    def number(self) -> int:
        """Place of the picture in its archive."""
        return int(self.mark.data.partition(":")[0])

    @property
    def verdict(self) -> Verdict | None:
        """None takes back what was said before."""
        word = self.mark.data.partition(":")[2]
        return None if word == "none" else Verdict(word)


class SweepForm(FlaskForm):  # type: ignore[misc]
    """What the user says of all pictures that a page shows: none of them is the target."""

    word = StringField(validators=[InputRequired(), AnyOf(["is_not", "none"])])
    """`none` takes it back."""
    shown = StringField(validators=[InputRequired(), Regexp(r"\d{1,7}( \d{1,7}){0,999}$")])
    confidence = FloatField("Confidence", [Optional(), CONFIDENCE])

    @property
    def numbers(self) -> list[int]:
        """Places of the pictures in their archive."""
        return [int(number) for number in self.shown.data.split()]

    @property
    def verdict(self) -> Verdict | None:
        """None takes back what was said before."""
        return None if self.word.data == "none" else Verdict.IS_NOT


class TargetField(SelectField):  # type: ignore[misc]
    """One of the targets that are installed."""

    def pre_validate(self, _form: FlaskForm) -> None:
        """Refuse with a sentence what the list does not hold."""
        if self.data not in dict(self.choices):
            raise ValidationError(f"Choose one of the targets in the list; {self.data!r} is none.")


class SettingsForm(FlaskForm):  # type: ignore[misc]
    """What every later job starts from."""

    confidence = FloatField("Confidence", [InputRequired(CONFIDENCE.message), CONFIDENCE])
    target = TargetField("Target")
    copy_kept = BooleanField("Copy kept pictures to a storage folder")
    copy_folder = StringField("Storage folder", [Length(max=500)])
    start_at_once = BooleanField("Start at once after an upload")
    retention_days = IntegerField(
        "Days until a finished job is deleted",
        [
            InputRequired("Give a number of days; 0 keeps jobs for ever."),
            NumberRange(0, MOST_DAYS, f"From 0 to {MOST_DAYS:,} days; 0 keeps jobs for ever."),
        ],
    )
    confirm = SubmitField("Confirm")

    @property
    def preferences(self) -> Preferences:
        """The form's fields as the value that is kept."""
        return Preferences(
            confidence=self.confidence.data,
            target=self.target.data,
            copy_kept=self.copy_kept.data,
            copy_folder=(self.copy_folder.data or "").strip(),
            start_at_once=self.start_at_once.data,
            retention_days=self.retention_days.data,
        )
