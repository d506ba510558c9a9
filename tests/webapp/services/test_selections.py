"""What a download holds is stored under a name."""

from __future__ import annotations

import errno

import pytest

from ml.errors import StorageFull
from webapp.records import Job
from webapp.services import selections
from webapp.services.selections import save_selection
from webapp.storage import Stores


def test_the_same_pictures_have_the_same_name(stores: Stores, finished_job: Job) -> None:
    name = save_selection(stores, finished_job.id, "1 2")
    assert name == save_selection(stores, finished_job.id, "1 2")
    assert name != save_selection(stores, finished_job.id, "1 3")
    assert stores.files.selection(finished_job.id, name).read_text() == "1 2"


@pytest.mark.parametrize(("code", "kind"), [(errno.ENOSPC, StorageFull), (errno.EACCES, OSError)])
def test_a_full_disk_is_said(
    stores: Stores,
    finished_job: Job,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    kind: type[Exception],
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(code, "refused")

    monkeypatch.setattr(selections, "write_atomically", refuse)
    with pytest.raises(kind):
        save_selection(stores, finished_job.id, "1 2")
