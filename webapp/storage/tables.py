"""The tables after the last migration. A test compares the two."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC because SQLite knows no time zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: Any | None, _dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value else None


_RANGE = 2**64


class Bits64(TypeDecorator[int]):
    """A number from 0 to 2**64 - 1, stored as a signed one because SQLite knows no others."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, _dialect: Dialect) -> int | None:
        return value - _RANGE if value is not None and value >= _RANGE // 2 else value

    def process_result_value(self, value: int | None, _dialect: Dialect) -> int | None:
        return value + _RANGE if value is not None and value < 0 else value


jobs = Table(
    "jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("user_id", Integer, nullable=False),
    Column("name", String, nullable=False),
    Column("state", String(16), nullable=False),
    Column("target", String, nullable=False),  # the one of its targets that the job shows
    Column("backbone_sha256", String(64), nullable=False),
    Column("threshold", Float, nullable=False),
    Column("unsure_threshold", Float, nullable=False),
    Column("copy_folder", String),
    Column("archive_note", String),
    Column("names_encoding", String),
    Column("report", String),  # its name; NULL: none was sent before the end of the job
    Column("report_note", String),  # what it restored; NULL: it waits for the end
    Column("unlikeness", Float),  # above 1: unlike the calibration's pictures; NULL: not measured
    Column("looked_at", Integer, nullable=False, server_default="0"),  # their kinds were told
    Column("photographs", Integer, nullable=False, server_default="0"),  # of these
    Column("pages", Integer, nullable=False, server_default="0"),
    Column("total", Integer, nullable=False),
    Column("skipped", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("rate", Float),
    Column("error", String),
    Column("note", String),
    Column("blocked_by", String),
    Column("created", Moment, nullable=False),
    Column("started", Moment),
    Column("finished", Moment),
    Column("trashed", Moment),
    Column("put_first", Moment),
    Index(None, "user_id", "created"),  # the last jobs of a user
    Index(None, "state", "created"),  # the queue
)

job_targets = Table(
    "job_targets",
    metadata,
    Column("job_id", ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("target", String, primary_key=True),
    Column("title", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("prevalence", Float, nullable=False),
    Column("is_prevalence_known", Boolean),  # NULL until all pictures are scored
    sqlite_with_rowid=False,
)

scores = Table(
    "scores",
    metadata,
    Column("job_id", String(32), primary_key=True),
    Column("target", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("evidence", Float, nullable=False),  # natural log; with the prevalence: probability
    ForeignKeyConstraint(
        ["job_id", "target"],
        ["job_targets.job_id", "job_targets.target"],
        name="fk_scores_job_id_target",
        ondelete="CASCADE",
    ),
    Index(None, "job_id", "target", "evidence", "number"),  # the galleries' order
    sqlite_with_rowid=False,
)

pictures = Table(
    "pictures",
    metadata,
    Column("job_id", ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),  # the row of embeddings.f16, too
    Column("path", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("reason", String),
    Column("width", Integer),
    Column("height", Integer),
    Column("colour", Integer),  # 0xRGB; NULL: no thumbnail, or by an older program
    Column("seconds", Float),
    Column("sha256", String(64)),
    Column("fingerprint", Bits64),  # NULL: not scored, or by an older program
    Column("variant_of", Integer),  # number of the largest picture of its group; NULL: no group
    Index(None, "job_id", "outcome", "number"),  # what waits, what was skipped
    Index(None, "job_id", "sha256"),  # where a verdict applies
    Index(None, "job_id", "variant_of"),
    sqlite_with_rowid=False,  # rows of a job lie side by side, so it is read quickly
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("user_id", Integer, primary_key=True, autoincrement=False),
    Column("target", String, primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("verdict", String(8), nullable=False),
    Column("changed", Moment, nullable=False),
    Column("job_id", String(32)),  # where it was given; the job may be deleted
    Column("job_name", String),
    sqlite_with_rowid=False,
)

verdict_entries = Table(
    "verdict_entries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("job_id", ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    Column("target", String, nullable=False),
    Column("verdict", String(8)),  # NULL: the user removed verdicts, or a report gave them
    Column("pictures", Integer, nullable=False),  # how many the user meant
    Column("number", Integer, nullable=False),  # the first of them
    Column("request_id", String(64)),
    Column("is_undone", Boolean, nullable=False),
    Column("created", Moment, nullable=False),
    Column("report", String),  # the name of the report that gave the verdicts; NULL: the user
    Index(None, "job_id", "target", "is_undone", "id"),  # what undo and redo would change
    Index(None, "job_id", "request_id", unique=True),  # a request that is sent again
    sqlite_autoincrement=True,  # the id of a deleted entry is never used again
)

verdict_changes = Table(
    "verdict_changes",
    metadata,
    Column("entry_id", ForeignKey("verdict_entries.id", ondelete="CASCADE"), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    # What the entry replaced, as in `verdicts`; NULL: no verdict.
    Column("verdict", String(8)),
    Column("changed", Moment),
    Column("job_id", String(32)),
    Column("job_name", String),
    Column("given", String(8)),  # what the entry replaced it by; NULL: it removed the verdict
    sqlite_with_rowid=False,
)

samples = Table(  # of rejected pictures that the user checks, so that the rest can be bounded
    "samples",
    metadata,
    Column("job_id", ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("target", String, primary_key=True),
    Column("border", Float, nullable=False),  # evidence below which a picture was rejected
    Column("below", Integer, nullable=False),  # pictures below the border when it was drawn
    Column("near_size", Integer, nullable=False),  # of the strata, pictures without a verdict
    Column("far_size", Integer, nullable=False),
    Column("checked", Integer, nullable=False),  # of the sample's pictures, from its beginning
    Column("threshold", Float),  # probability below which a picture was rejected
    Column("rejected", Integer),  # pictures in the pile when it was drawn
    Column("created", Moment, nullable=False),
    sqlite_with_rowid=False,
)

sample_pictures = Table(
    "sample_pictures",
    metadata,
    Column("job_id", String(32), primary_key=True),
    Column("target", String, primary_key=True),
    Column("position", Integer, primary_key=True),  # in the order in which they are checked
    Column("number", Integer, nullable=False),
    ForeignKeyConstraint(
        ["job_id", "target"],
        ["samples.job_id", "samples.target"],
        name="fk_sample_pictures_job_id_target",
        ondelete="CASCADE",
    ),
    sqlite_with_rowid=False,
)

sample_answers = Table(  # pictures below the border that had a verdict when the sample was drawn
    "sample_answers",
    metadata,
    Column("job_id", String(32), primary_key=True),
    Column("target", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    ForeignKeyConstraint(
        ["job_id", "target"],
        ["samples.job_id", "samples.target"],
        name="fk_sample_answers_job_id_target",
        ondelete="CASCADE",
    ),
    sqlite_with_rowid=False,
)

copies = Table(  # of a job's kept pictures in a storage folder
    "copies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("job_id", ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    Column("folder", String, nullable=False),  # relative to the storage root
    Column("state", String(16), nullable=False),
    Column("created", Moment, nullable=False),
    Index(None, "job_id"),
    Index(None, "state", "id"),  # what the runner works on next
    sqlite_autoincrement=True,  # a page may still name the id of a deleted copy
)

copied_files = Table(
    "copied_files",
    metadata,
    Column("copy_id", ForeignKey("copies.id", ondelete="CASCADE"), primary_key=True),
    Column("path", String, primary_key=True),  # relative to the storage root
    Column("sha256", String(64), nullable=False),  # another content: it was changed since
    Index(None, "sha256"),  # what a new copy may be linked to
    sqlite_with_rowid=False,
)

preferences = Table(
    "preferences",
    metadata,
    Column("user_id", Integer, primary_key=True, autoincrement=False),
    Column("confidence", Float, nullable=False),
    Column("target", String, nullable=False),
    Column("copy_kept", Boolean, nullable=False),
    Column("copy_folder", String, nullable=False),
    Column("start_at_once", Boolean, nullable=False),
    Column("retention_days", Integer, nullable=False),
    Column("open_inner_zips", Boolean, nullable=False, server_default="0"),
    Column("look_closely", Boolean, nullable=False, server_default="1"),
)

watched = Table(
    "watched",
    metadata,
    Column("path", LargeBinary, primary_key=True),  # absolute; not every name is text
    Column("size", BigInteger, nullable=False),  # bytes
    Column("changed", BigInteger, nullable=False),  # nanoseconds since 1970
)

uploads = Table(
    "uploads",
    metadata,
    Column("id", String(32), primary_key=True),  # of its file, and of the job that it becomes
    Column("user_id", Integer, nullable=False),
    Column("name", String, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("metadata", String, nullable=False),  # as the client sent it
    Column("created", Moment, nullable=False),
)
