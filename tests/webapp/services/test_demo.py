"""The demo archive is a job like any other, and always the same."""

from pathlib import Path

from webapp.services import demo, review
from webapp.storage import Stores


def test_the_demo_is_a_job_of_drawings_that_says_what_it_is(stores: Stores) -> None:
    job = demo.sieve_demo(stores)
    assert (job.name, job.total, job.skipped) == ("demo.zip", 24, 0)
    assert "None of them shows Red circle" in (job.archive_note or "")
    names = {picture.path.split("-")[0] for picture in review.list_pictures(stores, job).pictures}
    assert names == {"witches/witch", "others/figure", "others/landscape"}
    assert not list(stores.files.uploads.iterdir())


def test_the_archive_has_the_same_bytes_each_time(tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        demo.write_archive(tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
