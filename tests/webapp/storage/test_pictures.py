"""The piles of the database are those of `ml.scoring.piles`, whatever is in it."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ml.archive.reader import Member
from ml.scoring.piles import Outcome, Pile, Thresholds, Verdict, decide_pile
from tests.webapp.test_records import job as made_job
from webapp.config import Settings
from webapp.records import Job, JobState, Picture
from webapp.storage import Stores, Tables
from webapp.storage.migrate import upgrade
from webapp.storage.picture_query import PictureQuery, Shown
from webapp.storage.tables import pictures
from webapp.verdict_records import StoredVerdict

probabilities = st.floats(0, 1) | st.integers(0, 1000).map(lambda n: n / 1000)
prevalences = st.floats(1e-6, 1 - 1e-6)
evidences = st.floats(-60, 60, width=32)
rows = st.tuples(
    st.sampled_from(Outcome), evidences, st.none() | st.sampled_from(Verdict), st.booleans()
)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    """One database for all examples: each undoes what it did."""
    made = Stores.open(Settings(data_dir=Path(tmp_path_factory.mktemp("piles"))))
    upgrade(made.database)
    yield made
    made.database.close()


@contextmanager
def undone(stores: Stores) -> Iterator[Tables]:
    """A writing transaction of which nothing is kept."""
    with stores.database.writing() as connection:
        yield Tables(connection)
        connection.rollback()


def write_verdict(
    tables: Tables, user: int, target: str, content: int, verdict: Verdict | None
) -> None:
    """Store a verdict, or remove it."""
    now = datetime.now(UTC)
    stored = StoredVerdict(verdict, now, None, None) if verdict else None
    tables.verdicts.write(user, target, {f"{content:064d}": stored})


def fill(
    tables: Tables, job: Job, drawn: list[tuple[Outcome, float, Verdict | None, bool]]
) -> None:
    """A row for each; `copy` says that the picture is the same as the one before."""
    tables.jobs.add(job)
    content = 0
    said: dict[int, Verdict | None] = {}
    for number, (outcome, evidence, verdict, copy) in enumerate(drawn):
        content = content if copy else number
        said.setdefault(content, verdict)
        tables.pictures.add(job.id, [Member(number, f"{number}.png", 1, None)])
        if outcome is Outcome.SCORED:
            tables.scores.add(job.id, job.target, [(number, evidence)])
        tables.pictures._connection.execute(
            pictures.update()
            .where(pictures.c.number == number)
            .values(
                outcome=outcome,
                sha256=None if outcome is Outcome.WAITING else f"{content:064d}",
            )
        )
    for content, verdict in said.items():
        write_verdict(tables, 1, job.target, content, verdict)
        for user, target in ((2, job.target), (1, "somebody else")):  # these must not count
            other = Verdict.IS if verdict is not Verdict.IS else Verdict.IS_NOT
            write_verdict(tables, user, target, content, other)


@settings(max_examples=60)
@given(st.lists(rows, max_size=30), probabilities, probabilities, prevalences)
@example([(Outcome.SCORED, 60.0, None, False)], 1.0, 1.0, 0.5)
@example([(Outcome.SCORED, -60.0, None, False)], 0.0, 0.0, 0.5)
@example([(Outcome.SCORED, 0.0, None, False)], 0.5, 0.5, 0.5)
def test_sql_sorts_into_the_piles_that_the_rule_says(
    stores: Stores,
    drawn: list[tuple[Outcome, float, Verdict | None, bool]],
    one: float,
    other: float,
    prevalence: float,
) -> None:
    thresholds = Thresholds(kept=max(one, other), unsure=min(one, other))
    # SQL begins with what is fewer: the job's files or the verdicts.
    ended = dataclasses.replace(made_job(JobState.SUCCEEDED), total=len(drawn))
    job = replaced(ended, thresholds, prevalence)
    with undone(stores) as tables:
        fill(tables, job, drawn)
        query = PictureQuery.of(job)
        found = tables.pictures.list_page(query, None, after=-1, limit=100)
        borders = thresholds.to_evidence(prevalence)
        wanted = [decide_pile(p.outcome, p.evidence, p.verdict, borders) for p in found]
        assert [p.pile for p in found] == wanted
        piles = collections.Counter(pile for pile in wanted if pile)
        assert tables.pictures.count_piles(query) == {pile: piles[pile] for pile in Pile}
        assert tables.progress.count_piles(query) == {pile: piles[pile] for pile in Pile}
        marked = collections.Counter(
            p.pile for p in found if p.verdict and p.outcome is Outcome.SCORED
        )
        assert tables.progress.count_with_verdict(query) == {pile: marked[pile] for pile in Pile}
        kept = [p.number for p in found if p.pile is Pile.KEPT]
        assert tables.progress.list_newest_kept(query, 3) == kept[::-1][:3]
        for pile in Pile:
            numbers = [p.number for p in found if p.pile is pile]
            assert tables.pictures.list_numbers(query, pile) == numbers
            shown = tables.pictures.list_gallery(query, pile, Shown.ALL, skip=0, limit=100)
            assert sorted(p.number for p in shown) == numbers
            assert ordered(shown, pile)


def replaced(job: Job, thresholds: Thresholds, prevalence: float) -> Job:
    return dataclasses.replace(
        job,
        threshold=thresholds.kept,
        unsure_threshold=thresholds.unsure,
        prevalence=prevalence,
    )


def ordered(shown: Sequence[Picture], pile: Pile) -> bool:
    """Kept rise, unsure and rejected fall, the others come in archive order."""
    keys = [float(p.number if p.evidence is None else p.evidence) for p in shown]
    return keys == sorted(keys, reverse=pile in (Pile.UNSURE, Pile.REJECTED))
