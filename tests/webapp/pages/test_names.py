"""The form on the result page that reads an archive's names in another encoding."""

from pathlib import Path

from tests.ml.archive.zips import pack_raw_names
from tests.webapp.made import arrived, drawn, queued
from tests.webapp.pages.conftest import Browser
from webapp.services import jobs, uploads
from webapp.storage import Stores


def test_the_form_is_there_for_names_that_tell_no_encoding_and_works(
    browser: Browser, stores: Stores, tmp_path: Path
) -> None:
    (picture,) = drawn(1).values()
    file = pack_raw_names(tmp_path / "a.zip", {"写真の画像.png".encode("cp932"): picture})
    (job,) = uploads.accept(stores, [arrived(stores, "a.zip", file.read_bytes())])
    jobs.cancel(stores, job.id)
    page = f"/jobs/{job.id}"
    assert "写真の画像.png" in browser.text(f"{page}?pile=skipped")
    assert '<option value="cp932" selected>Japanese (Shift-JIS)</option>' in browser.text(page)
    assert browser.post(f"{page}/names", {"encoding": "gbk"}).status_code == 303
    assert '<option value="gbk" selected>' in browser.text(page)
    assert "写真の画像.png" not in browser.text(f"{page}?pile=skipped")
    assert browser.post(f"{page}/names", {"encoding": "x"}).status_code == 422


def test_other_archives_have_no_such_form(browser: Browser, stores: Stores) -> None:
    job = queued(stores, drawn(1))
    jobs.cancel(stores, job.id)
    assert "garbled" not in browser.text(f"/jobs/{job.id}")
