"""One download with a folder for each of several characters of an archive.

Each character keeps what its own result keeps at the job's confidence: with its own scores and the
user's verdicts on it. Which picture goes where is stored, so that each part of a download that is
fetched in parts comes from the same zip.
"""

from __future__ import annotations

import dataclasses
import enum
import json
from collections import Counter
from collections.abc import Mapping, Sequence

from ml.archive.export import export
from ml.archive.exported_zip import Export, NewNames
from ml.scoring.piles import Pile
from webapp.errors import IllegalTransition, NotFound
from webapp.records import Job
from webapp.services import archives, jobs, scores
from webapp.services.selections import save_selection
from webapp.storage import Stores, Tables
from webapp.storage.picture_query import PictureQuery

SEVERAL = "several"
"""The folder of pictures that show more than one of the characters, if they have their own."""
MOST_CHARACTERS = 40


class Several(enum.StrEnum):
    """Where a picture of two characters goes."""

    EACH = "each"  # into the folder of each
    OWN = "own"  # into the folder SEVERAL


@dataclasses.dataclass(frozen=True, slots=True)
class CharacterFolder:
    """A folder of the zip."""

    name: str
    pictures: int
    bytes: int


@dataclasses.dataclass(frozen=True, slots=True)
class FolderPlan:
    """What a stored download holds."""

    folders: Sequence[CharacterFolder]
    pictures: int
    """Files in the zip: a picture in two folders counts twice."""
    bytes: int


def save_plan(stores: Stores, job_id: str, names: Sequence[str], several: Several) -> str:
    """Sort the kept pictures of several characters into folders. Returns the name of the plan.

    Characters that the job has no scores for are scored from its embeddings. Raises NotFound,
    IllegalTransition if none or too many are chosen, StorageFull, and what
    `scores.show_target` raises.
    """
    wanted = list(dict.fromkeys(names))
    if not 1 <= len(wanted) <= MOST_CHARACTERS:
        raise IllegalTransition(f"Choose 1 to {MOST_CHARACTERS} characters, not {len(wanted)}.")
    job = jobs.get(stores, job_id)
    for name in wanted:
        scores.ensure_scored(stores, job, name)
    with stores.reading() as tables:
        folders = {name: _list_kept(tables, job, name) for name in wanted}
    if several is Several.OWN:
        folders = move_several(folders)
    return save_selection(stores, job.id, json.dumps(folders))


def _list_kept(tables: Tables, job: Job, name: str) -> list[int]:
    """Return the numbers of the pictures that the job keeps when it shows this target."""
    (target,) = (target for target in tables.jobs.list_targets(job.id) if target.name == name)
    shown = dataclasses.replace(job, target=name, prevalence=target.prevalence)
    return tables.pictures.list_numbers(PictureQuery.of(shown), Pile.KEPT)


def move_several(folders: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
    """Move the pictures of two or more folders into their own one.

    A character of that name keeps its own pictures there, too.
    """
    times = Counter(number for numbers in folders.values() for number in numbers)
    moved = {name: [n for n in numbers if times[n] == 1] for name, numbers in folders.items()}
    several = [number for number, count in times.items() if count > 1]
    return moved | {SEVERAL: sorted([*moved.get(SEVERAL, ()), *several])}


def read_plan(stores: Stores, job_id: str, plan: str) -> FolderPlan:
    """Return the folders of a plan with their sizes. Raises NotFound."""
    job = jobs.get(stores, job_id)
    folders = _read_folders(stores, job, plan)
    with stores.reading() as tables:
        table = tables.columns.read_scored(PictureQuery.of(job))
    sizes = dict(zip(table["number"].tolist(), table["size"].tolist(), strict=True))
    listed = [
        CharacterFolder(name, len(numbers), sum(sizes.get(number, 0) for number in numbers))
        for name, numbers in folders.items()
    ]
    pictures = sum(folder.pictures for folder in listed)
    return FolderPlan(listed, pictures, sum(folder.bytes for folder in listed))


def export_plan(stores: Stores, job: Job, plan: str) -> Export:
    """Return the zip of a plan. Raises NotFound, ArchiveError if the archive is gone."""
    archive = archives.find_archive(stores, job)
    folders: dict[int, list[bytes]] = {}
    for name, numbers in _read_folders(stores, job, plan).items():
        for number in numbers:
            folders.setdefault(number, []).append(f"{name}/".encode())
    return export(archive, folders, NewNames(folders=folders))


def _read_folders(stores: Stores, job: Job, plan: str) -> dict[str, list[int]]:
    try:
        folders = json.loads(stores.files.selection(job.id, plan).read_text())
    except (FileNotFoundError, ValueError) as error:
        raise NotFound("This download is gone. Choose the characters again.") from error
    if not isinstance(folders, dict):  # the numbers of a selection
        raise NotFound("This download is gone. Choose the characters again.")
    return folders
