"""A download with a folder for each character."""

from __future__ import annotations

import io
import zipfile

import pytest

from ml.errors import ArtifactError
from ml.scoring.piles import Verdict
from tests.webapp.made import add_opposite
from webapp.errors import IllegalTransition, NotFound
from webapp.records import Job
from webapp.services import character_folders, downloads, jobs, verdicts
from webapp.services.character_folders import Several
from webapp.storage import Stores

BOTH = ["red_circle", "opposite"]


def list_names(stores: Stores, job: Job, plan: str) -> list[str]:
    data = b"".join(character_folders.export_plan(stores, job, plan).chunks)
    with zipfile.ZipFile(io.BytesIO(data)) as zf:
        return sorted(zf.namelist())


def test_each_character_has_a_folder_with_what_its_result_keeps(
    stores: Stores, finished_job: Job
) -> None:
    add_opposite(stores)
    plan = character_folders.save_plan(stores, finished_job.id, BOTH, Several.EACH)
    content = character_folders.read_plan(stores, finished_job.id, plan)
    names = list_names(stores, finished_job, plan)
    assert [folder.name for folder in content.folders] == BOTH
    assert content.pictures == len(names)
    circles = [name for name in names if name.startswith("red_circle/")]
    assert circles == [f"red_circle/circle-{n:03d}.png" for n in range(0, 24, 2)]
    assert content.folders[0].bytes == content.bytes - content.folders[1].bytes > 0
    assert jobs.get(stores, finished_job.id).target == "red_circle"  # as before


@pytest.mark.parametrize("several", list(Several))
def test_a_picture_of_two_goes_where_the_user_says(
    stores: Stores, finished_job: Job, several: Several
) -> None:
    add_opposite(stores)
    character_folders.save_plan(stores, finished_job.id, BOTH, several)
    shown = jobs.get(stores, finished_job.id)
    verdicts.set_verdict(stores, shown.id, 0, Verdict.IS)
    with stores.writing() as tables:
        tables.jobs.show_target(shown.id, "opposite")
    verdicts.set_verdict(stores, shown.id, 0, Verdict.IS)
    plan = character_folders.save_plan(stores, shown.id, BOTH, several)
    places = [name for name in list_names(stores, shown, plan) if name.endswith("/circle-000.png")]
    assert places == (
        ["opposite/circle-000.png", "red_circle/circle-000.png"]
        if several is Several.EACH
        else ["several/circle-000.png"]
    )


def test_a_character_called_several_keeps_its_own_pictures() -> None:
    folders = {"several": [1, 2], "mona": [2, 3]}
    moved = character_folders.move_several(folders)
    assert moved == {"several": [1, 2], "mona": [3]}


def test_a_wrong_choice_is_refused(stores: Stores, finished_job: Job) -> None:
    with pytest.raises(IllegalTransition, match="Choose 1 to 40 characters, not 0"):
        character_folders.save_plan(stores, finished_job.id, [], Several.EACH)
    with pytest.raises((NotFound, ArtifactError)):
        character_folders.save_plan(stores, finished_job.id, ["nobody"], Several.EACH)
    with pytest.raises(NotFound):
        character_folders.read_plan(stores, finished_job.id, "0" * 16)
    selection = downloads.save_selection(stores, finished_job.id, [0])
    with pytest.raises(NotFound):
        character_folders.read_plan(stores, finished_job.id, selection)
