"""Names that tell no encoding are read in the encoding that the user chooses."""

from pathlib import Path

import pytest

from ml.scoring.piles import Pile
from tests.ml.archive.zips import pack_raw_names
from tests.webapp.made import arrived, drawn
from webapp.errors import PreferenceRefused
from webapp.records import Job
from webapp.services import downloads, jobs, names, review, uploads
from webapp.storage import Stores

NAMES = ("写真の画像.png".encode("gbk"), "文件照片.png".encode("gbk"))


@pytest.fixture
def job(stores: Stores, tmp_path: Path) -> Job:
    pictures = list(drawn(2).values())
    file = pack_raw_names(tmp_path / "a.zip", dict(zip(NAMES, pictures, strict=False)))
    (job,) = uploads.accept(stores, [arrived(stores, "a.zip", file.read_bytes())])
    return job


def list_paths(stores: Stores, job: Job) -> list[str]:
    return [picture.path for picture in review.list_pictures(stores, job).pictures]


def test_the_paths_follow_the_choice_and_the_archive_keeps_its_bytes(
    stores: Stores, job: Job
) -> None:
    before = stores.files.archive(job.id).read_bytes()
    for encoding in ("big5", "gbk"):
        names.change_encoding(stores, job.id, encoding)
        assert list_paths(stores, job) == [n.decode(encoding, "replace") for n in NAMES]
        assert jobs.get(stores, job.id).names_encoding == encoding
    assert stores.files.archive(job.id).read_bytes() == before


def test_the_choice_outlives_sieving_again(stores: Stores, job: Job) -> None:
    names.change_encoding(stores, job.id, "cp437")
    jobs.cancel(stores, job.id)
    jobs.resume(stores, job.id)
    assert list_paths(stores, job) == [name.decode("cp437") for name in NAMES]


def test_the_download_has_the_names_bytes_after_the_choice(stores: Stores, job: Job) -> None:
    names.change_encoding(stores, job.id, "cp437")
    jobs.cancel(stores, job.id)
    data = b"".join(downloads.export_piles(stores, jobs.get(stores, job.id), [Pile.SKIPPED]).chunks)
    assert all(name in data for name in NAMES)


def test_an_unknown_encoding_is_refused(stores: Stores, job: Job) -> None:
    with pytest.raises(PreferenceRefused, match="'rot13' is no encoding of names"):
        names.change_encoding(stores, job.id, "rot13")
