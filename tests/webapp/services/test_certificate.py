"""A sample of the rejected pictures is checked in rounds and bounds the rest."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sqlalchemy import delete

from ml.scoring.certificate import Stratum, bound_positives
from ml.scoring.piles import Pile, Verdict
from ml.scoring.prevalence import Prevalence
from tests.webapp.made import add_opposite
from webapp.errors import IllegalTransition
from webapp.records import Job
from webapp.services import certificate, downloads, review, scores, targets, verdicts
from webapp.services.certificate import Certificate, Check
from webapp.storage import Stores
from webapp.storage.results import SqlResults
from webapp.storage.tables import sample_answers


@pytest.fixture(autouse=True)
def small_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate, "ROUND_PICTURES", 4)


@pytest.fixture
def all_rejected(stores: Stores, finished_job: Job) -> Job:
    """A job whose 24 readable pictures are all rejected."""
    return review.set_confidence(stores, finished_job.id, 1.0, 1.0)


def draw(stores: Stores, job: Job) -> Check:
    certificate.draw_sample(stores, job.id)
    return read_check(stores, job)


def read_check(stores: Stores, job: Job) -> Check:
    check = certificate.read_check(stores, job.id)
    assert check is not None
    return check


def answer(stores: Stores, job: Job, check: Check, *, found: set[int]) -> Certificate:
    shown = [picture.number for picture in check.pictures]
    certificate.finish_round(
        stores, job.id, checked=check.certificate.checked, shown=shown, found=found
    )
    now = certificate.read_certificate(stores, job.id)
    assert now is not None
    return now


def test_a_round_with_nothing_found_bounds_the_pile(stores: Stores, all_rejected: Job) -> None:
    assert certificate.read_certificate(stores, all_rejected.id) is None
    check = draw(stores, all_rejected)
    assert len(check.pictures) == 4
    now = answer(stores, all_rejected, check, found=set())
    assert (now.rejected, now.checked, now.found, now.is_out_of_date) == (24, 4, 0, False)
    # The tenth nearest the border is three pictures; one of them is among the four.
    assert now.at_most == bound_positives(Stratum(3, 1), Stratum(21, 3), found=0) < 24
    for picture in review.list_pictures_by_number(
        stores, all_rejected, [p.number for p in check.pictures]
    ):
        assert (picture.verdict, picture.pile) == (Verdict.IS_NOT, Pile.REJECTED)


def test_what_is_found_is_kept_and_counted(stores: Stores, all_rejected: Job) -> None:
    check = draw(stores, all_rejected)
    target = check.pictures[0].number
    now = answer(stores, all_rejected, check, found={target})
    assert (now.rejected, now.found, now.is_out_of_date) == (23, 1, False)
    assert review.get_picture(stores, all_rejected, target).pile is Pile.KEPT
    assert now.at_most == bound_positives(Stratum(3, 1), Stratum(21, 3), found=1) - 1


def test_no_more_pictures_are_left_than_the_pile_has(stores: Stores, all_rejected: Job) -> None:
    now = answer(stores, all_rejected, draw(stores, all_rejected), found=set())
    assert now.at_most > 6
    rejected = review.read_gallery(stores, all_rejected, Pile.REJECTED).pictures
    others = [picture.number for picture in rejected if picture.verdict is None]
    verdicts.set_verdicts(stores, all_rejected.id, others[:-2], Verdict.IS)
    then = certificate.read_certificate(stores, all_rejected.id)
    assert then is not None
    assert (then.at_most, then.rejected) == (6, 6)


def test_pictures_that_come_back_into_the_pile_count_as_unchecked(
    stores: Stores, all_rejected: Job
) -> None:
    kept = [p.number for p in review.read_gallery(stores, all_rejected, Pile.REJECTED).pictures[:3]]
    verdicts.set_verdicts(stores, all_rejected.id, kept, Verdict.IS)
    before = answer(stores, all_rejected, draw(stores, all_rejected), found=set())
    verdicts.set_verdicts(stores, all_rejected.id, kept, None)
    now = certificate.read_certificate(stores, all_rejected.id)
    assert now is not None
    assert (before.rejected, now.rejected) == (21, 24)
    assert now.at_most == before.at_most + 3


def test_pictures_that_come_back_count_whatever_is_answered_later(
    stores: Stores, all_rejected: Job
) -> None:
    gallery = review.read_gallery(stores, all_rejected, Pile.REJECTED).pictures
    earlier = [picture.number for picture in gallery[:4]]
    verdicts.set_verdicts(stores, all_rejected.id, earlier[:2], Verdict.IS)
    verdicts.set_verdicts(stores, all_rejected.id, earlier[2:], Verdict.IS_NOT)
    before = answer(stores, all_rejected, draw(stores, all_rejected), found=set())
    rejected = review.read_gallery(stores, all_rejected, Pile.REJECTED).pictures
    later = [picture.number for picture in rejected if picture.verdict is None][:4]
    verdicts.set_verdicts(stores, all_rejected.id, later, Verdict.IS_NOT)
    assert certificate.read_certificate(stores, all_rejected.id) == before
    verdicts.set_verdicts(stores, all_rejected.id, earlier, None)
    now = certificate.read_certificate(stores, all_rejected.id)
    assert now is not None
    assert now.at_most == before.at_most + 4
    verdicts.set_verdicts(stores, all_rejected.id, earlier, Verdict.IS_NOT)
    again = certificate.read_certificate(stores, all_rejected.id)
    assert again is not None
    assert again.at_most == before.at_most


def test_a_sample_of_an_older_program_holds_if_no_picture_had_an_answer(
    stores: Stores, all_rejected: Job
) -> None:
    for answered, is_out_of_date in (([], False), ([0], True)):
        verdicts.set_verdicts(stores, all_rejected.id, answered, Verdict.IS_NOT)
        answer(stores, all_rejected, draw(stores, all_rejected), found=set())
        with stores.database.writing() as connection:
            connection.execute(delete(sample_answers))
        now = certificate.read_certificate(stores, all_rejected.id)
        assert now is not None
        assert now.is_out_of_date == is_out_of_date


def test_every_picture_is_checked_once_until_all_is_known(
    stores: Stores, all_rejected: Job
) -> None:
    draw(stores, all_rejected)
    seen: list[int] = []
    while (check := read_check(stores, all_rejected)).pictures:
        circles = {p.number for p in check.pictures if p.path.startswith("circle")}
        seen += [picture.number for picture in check.pictures]
        now = answer(stores, all_rejected, check, found=circles)
        assert now.is_complete == (len(seen) == 24)
    assert len(seen) == len(set(seen)) == 24
    assert (now.checked, now.found, now.rejected, now.at_most) == (24, 12, 12, 0)
    assert now.describe("Red circle").startswith("None of the 12 pictures rejected below 100 %")
    verdicts.set_verdicts(stores, all_rejected.id, [seen[0]], None)
    check = read_check(stores, all_rejected)
    assert not check.certificate.is_complete


def test_a_round_that_is_sent_twice_counts_once(stores: Stores, all_rejected: Job) -> None:
    check = draw(stores, all_rejected)
    answer(stores, all_rejected, check, found=set())
    with pytest.raises(IllegalTransition, match="no longer the next"):
        answer(stores, all_rejected, check, found=set())
    assert read_check(stores, all_rejected).certificate.checked == 4


def test_a_round_of_a_sample_that_was_drawn_anew_is_refused(
    stores: Stores, all_rejected: Job
) -> None:
    with pytest.raises(IllegalTransition, match="no longer the next"):
        certificate.finish_round(stores, all_rejected.id, checked=0, shown=[1], found=set())
    check = draw(stores, all_rejected)
    shown = [picture.number for picture in check.pictures][1:]
    with pytest.raises(IllegalTransition, match="no longer the next"):
        certificate.finish_round(stores, all_rejected.id, checked=0, shown=shown, found=set())


def test_another_border_puts_the_certificate_out_of_date(stores: Stores, all_rejected: Job) -> None:
    answer(stores, all_rejected, draw(stores, all_rejected), found=set())
    review.set_confidence(stores, all_rejected.id, 0.5, 0.5)
    now = certificate.read_certificate(stores, all_rejected.id)
    assert now is not None
    assert now.is_out_of_date
    review.set_confidence(stores, all_rejected.id, 1.0, 1.0)
    again = certificate.read_certificate(stores, all_rejected.id)
    assert again is not None
    assert not again.is_out_of_date


def test_a_round_that_is_undone_is_checked_again(stores: Stores, all_rejected: Job) -> None:
    first = draw(stores, all_rejected)
    before = answer(stores, all_rejected, first, found=set())
    answer(stores, all_rejected, read_check(stores, all_rejected), found=set())
    verdicts.undo(stores, all_rejected.id)
    assert certificate.read_certificate(stores, all_rejected.id) == before
    again = answer(stores, all_rejected, read_check(stores, all_rejected), found=set())
    assert again.checked == 8
    verdicts.set_verdicts(stores, all_rejected.id, [first.pictures[0].number], None)
    assert certificate.read_certificate(stores, all_rejected.id) is None
    check = read_check(stores, all_rejected)
    assert check.pictures[1:] != first.pictures[1:]  # they have answers now
    assert [p.number for p in check.pictures] == [p.number for p in first.pictures]
    assert answer(stores, all_rejected, check, found=set()).checked == 8  # the second one counts


def test_a_sentence_that_no_longer_holds_is_about_its_own_border(
    stores: Stores, finished_job: Job
) -> None:
    """Another border has other pictures below it, of which the sample says nothing."""
    job = review.set_confidence(stores, finished_job.id, 1.0, 0.5)
    before = answer(stores, job, draw(stores, job), found=set())
    assert "pictures rejected below 50 % show Red circle" in before.describe("Red circle")
    for kept, unsure in ((1.0, 0.9999), (0.2, 0.2)):
        job = review.set_confidence(stores, job.id, kept, unsure)
        after = certificate.read_certificate(stores, job.id)
        assert after is not None
        assert after.is_out_of_date
        assert after.describe("Red circle") == before.describe("Red circle")


def test_new_scores_leave_a_sentence_that_no_longer_holds_as_it_was(
    stores: Stores, finished_job: Job
) -> None:
    job = review.set_confidence(stores, finished_job.id, 1.0, 0.5)
    check = draw(stores, job)
    before = answer(stores, job, check, found={check.pictures[0].number})
    numbers = np.array([p.number for p in review.list_pictures(stores, job).pictures])
    SqlResults(stores, job, targets.get(stores, job.target)).replace_evidence(
        numbers,
        np.linspace(-4, 4, len(numbers), dtype=np.float32),
        Prevalence(0.1, 0.05, 0.2),
    )
    after = certificate.read_certificate(stores, job.id)
    assert after is not None
    assert after.is_out_of_date
    assert after.describe("Red circle") == before.describe("Red circle")


def test_each_character_has_a_sample_of_its_own(stores: Stores, all_rejected: Job) -> None:
    answer(stores, all_rejected, draw(stores, all_rejected), found=set())
    scores.show_target(stores, all_rejected.id, add_opposite(stores))
    assert certificate.read_certificate(stores, all_rejected.id) is None


def test_a_pile_without_an_open_question_has_nothing_to_check(
    stores: Stores, finished_job: Job
) -> None:
    everything = review.set_confidence(stores, finished_job.id, 0.0)
    with pytest.raises(IllegalTransition, match="no rejected picture without your answer"):
        certificate.draw_sample(stores, everything.id)


def test_the_report_has_the_certificate_beside_rejected_pictures(
    stores: Stores, all_rejected: Job
) -> None:
    now = answer(stores, all_rejected, draw(stores, all_rejected), found=set())
    rows = json.loads("".join(downloads.report_json(stores, all_rejected)))
    sentence = now.describe("Red circle")
    assert sentence.startswith(f"At most {now.at_most} of the 24 pictures rejected below 100 %")
    assert [row["certificate"] for row in rows] == [sentence] * 24 + [None] * 2
    moved = review.set_confidence(stores, all_rejected.id, 1.0, 0.9)
    rows = json.loads("".join(downloads.report_json(stores, moved)))
    assert f"No longer holds: {sentence[:8]}" in rows[1]["certificate"]
