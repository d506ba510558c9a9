"""The page to hand over has the figures of the result."""

from __future__ import annotations

from ml.scoring.piles import Pile, Verdict
from webapp.records import Job
from webapp.services import handover, verdicts
from webapp.storage import Stores


def test_the_bars_follow_the_piles_and_the_answers(stores: Stores, finished_job: Job) -> None:
    content = handover.read_handover(stores, finished_job.id)
    assert len(content.bars) == handover.BARS
    assert content.bars[0].pile is Pile.REJECTED
    assert content.bars[-1].pile is Pile.KEPT
    assert all(0 <= bar.expected <= bar.height <= 1 for bar in content.bars)
    assert content.wrong.low <= content.wrong.middle <= content.wrong.high
    verdicts.set_verdicts(stores, finished_job.id, range(24), Verdict.IS_NOT)
    after = handover.read_handover(stores, finished_job.id)
    assert after.verdicts == 24
    assert max(bar.expected for bar in after.bars) == 0 < max(bar.height for bar in after.bars)


def test_what_has_an_answer_is_in_no_wrong_pile(stores: Stores, finished_job: Job) -> None:
    def sum_wrong() -> float:
        return sum(bar.wrong for bar in handover.read_handover(stores, finished_job.id).bars)

    assert sum_wrong() > 0
    verdicts.set_verdicts(stores, finished_job.id, range(12), Verdict.IS_NOT)
    verdicts.set_verdicts(stores, finished_job.id, range(12, 24), Verdict.IS)
    assert abs(sum_wrong()) < 1e-9
