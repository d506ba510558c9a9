"""Why a picture is where it is: where the target was seen, rivals, similar pictures."""

from __future__ import annotations

import dataclasses

import pytest

from tests.webapp.made import add_opposite
from webapp.errors import NotFound
from webapp.records import Job
from webapp.services import sight, targets
from webapp.storage import Stores

CIRCLE, OTHER, TEXT = 0, 1, 24


def test_a_picture_is_explained(stores: Stores, finished_job: Job) -> None:
    add_opposite(stores)
    with stores.writing() as tables:
        tables.variants.replace(finished_job.id, {0: 2, 2: 2})
    found = sight.explain(stores, finished_job.id, OTHER)
    assert found.reason is None
    assert found.sight is not None
    assert len(found.sight.scales[0].evidence) > 1
    assert [rival.title for rival in found.rivals or []] == ["Opposite"]
    assert len(found.similar) == sight.SIMILAR
    circle = sight.explain(stores, finished_job.id, CIRCLE)
    numbers = {picture.number for picture in circle.similar}
    assert not numbers & {0, 2}  # neither the picture nor a variant of it


def test_what_is_gone_is_said(stores: Stores, finished_job: Job) -> None:
    stores.files.archive(finished_job.id).unlink()
    stores.files.embeddings(finished_job.id).unlink()
    found = sight.explain(stores, finished_job.id, CIRCLE)
    assert found.sight is None
    assert "is gone" in (found.reason or "")
    assert (found.rivals, found.similar) == (None, [])


def test_another_network_is_said(
    stores: Stores, finished_job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = targets.get(stores, "red_circle")
    backbone = dataclasses.replace(target.backbone, model_sha256="0" * 64)
    other = dataclasses.replace(target, backbone=backbone)
    monkeypatch.setattr(targets, "get", lambda *_: other)
    found = sight.explain(stores, finished_job.id, CIRCLE)
    assert "no longer installed" in (found.reason or "")
    assert (found.sight, found.rivals) == (None, None)


def test_a_file_that_was_not_scored_has_no_explanation(stores: Stores, finished_job: Job) -> None:
    with pytest.raises(NotFound):
        sight.explain(stores, finished_job.id, TEXT)


def test_a_killed_process_is_replaced(stores: Stores, finished_job: Job) -> None:
    assert sight.explain(stores, finished_job.id, CIRCLE).sight
    pool = sight._open_pool()
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()
    assert sight.explain(stores, finished_job.id, CIRCLE).sight
