"""Home as a user walks through it: choose, drop, look, upload, break off, continue."""

import hashlib
import json
import random
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from ml.scoring.piles import Verdict
from tests.browser.steps import FINISH_MS, drag_and_release, finish
from tests.ml.archive.other_formats import pack_tar
from tests.ml.archive.zips import pack
from tests.running import until
from tests.webapp.made import drawn, recent_jobs
from webapp.services import job_list, jobs, resumable, review
from webapp.storage import Stores

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def test_an_upload_is_shown_before_it_is_sent_and_continues_after_a_reload(
    page: Page, stores: Stores, story: Path, complaints: list[str]
) -> None:
    page.goto("/")
    page.get_by_label("Balanced").check()
    drag_and_release(page, story)
    plan = page.locator(".upload-plan")
    expect(plan).to_contain_text(story.name)
    expect(plan).to_contain_text("pictures")
    expect(plan.locator("canvas")).to_have_count(6)
    assert resumable.list_unfinished(stores) == [], "nothing is sent before the user says so"

    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1}
    rate = story.stat().st_size / 20
    session.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": rate})
    page.get_by_role("button", name="Upload and sieve").click()
    assert until(lambda: any(one.offset for one in resumable.list_unfinished(stores)))
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    session.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": -1})
    expect(page.get_by_text("Choose the file again, and the upload continues.")).to_be_visible()
    (unfinished,) = resumable.list_unfinished(stores)
    assert unfinished.offset > 0

    drag_and_release(page, story)
    page.route("**/files/*", lambda route: route.abort())  # so that it waits
    page.get_by_role("button", name="Upload and sieve").click()
    expect(page.locator(".upload-bar")).to_contain_text("Trying again")
    expect(page.get_by_role("button", name="Discard")).to_be_hidden()
    page.unroute("**/files/*")
    finish(page)
    complaints[:] = [one for one in complaints if "ERR_FAILED" not in one]
    job = jobs.get(stores, unfinished.upload.id)
    assert stores.files.archive(job.id).read_bytes() == story.read_bytes()
    assert resumable.list_unfinished(stores) == []


def test_many_single_files_continue_after_a_reload_as_well(
    page: Page, stores: Stores, tmp_path: Path
) -> None:
    pictures = write_pictures(tmp_path)
    page.goto("/")
    page.locator("input[type=file]").set_input_files(pictures)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1}
    rate = sum(file.stat().st_size for file in pictures) / 20
    session.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": rate})
    page.get_by_role("button", name="Upload and sieve").click()
    assert until(lambda: any(one.offset for one in resumable.list_unfinished(stores)))
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    session.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": -1})
    expect(page.get_by_text("choose the same 4 files or their folder again")).to_be_visible()
    (unfinished,) = resumable.list_unfinished(stores)

    page.locator("input[type=file]").set_input_files(pictures[::-1])
    page.get_by_role("button", name="Upload and sieve").click()
    finish(page)
    job = jobs.get(stores, unfinished.upload.id)
    assert job.name == "4 pictures"
    with zipfile.ZipFile(stores.files.archive(job.id)) as zf:
        assert {name: zf.read(name) for name in zf.namelist()} == {
            file.name: file.read_bytes() for file in pictures
        }


def write_pictures(folder: Path) -> list[Path]:
    """Four noisy pictures, one with a name that a tar's header cannot hold."""
    noise = random.Random(1)
    names = ["a.png", "b c.png", "ü漢.png", f"{'long ' * 40}.png"]
    for name in names:
        image = Image.frombytes("RGB", (300, 300), noise.randbytes(3 * 300 * 300))
        image.save(folder / name)
    return [folder / name for name in names]


def test_a_dropped_folder_is_called_by_its_name(page: Page, stores: Stores, tmp_path: Path) -> None:
    folder = tmp_path / "Ferien 2019"
    (folder / "more").mkdir(parents=True)
    for name, picture in zip(("a.png", "b.png", "more/c.png"), drawn(3).values(), strict=True):
        (folder / name).write_bytes(picture)
    page.goto("/")
    drag_and_release(page, folder)
    plan = page.locator(".planned li")
    expect(plan).to_have_count(1)
    expect(plan).to_contain_text("Ferien 2019 3 files, ")
    page.get_by_role("button", name="Choose others").click()
    drag_and_release(page, folder / "a.png", folder / "b.png")
    expect(plan).to_contain_text("Single files 2 files, ")
    page.get_by_role("button", name="Choose others").click()
    drag_and_release(page, folder)
    page.get_by_role("button", name="Upload and sieve").click()
    finish(page)
    assert [job.name for job in recent_jobs(stores)] == [folder.name]


def test_a_broken_line_is_said_and_the_upload_goes_on_by_itself(
    page: Page, story: Path, complaints: list[str]
) -> None:
    page.goto("/")
    drag_and_release(page, story)
    page.route("**/files/*", lambda route: route.abort(), times=2)
    page.get_by_role("button", name="Upload and sieve").click()
    expect(page.locator(".upload-bar")).to_contain_text("Trying again")
    finish(page)
    complaints[:] = [one for one in complaints if "ERR_FAILED" not in one]


def test_a_drop_on_another_page_opens_the_form_there(page: Page, story: Path) -> None:
    page.goto("/settings")
    page.wait_for_load_state()
    drag_and_release(page, story)
    form = page.get_by_role("dialog", name="New upload")
    expect(form).to_contain_text(story.name)
    form.get_by_role("button", name="Upload and sieve").click()
    finish(page)


def test_what_the_server_would_refuse_is_refused_before_it_is_sent(
    page: Page, stores: Stores, tmp_path: Path
) -> None:
    empty = tmp_path / "nothing.zip"
    empty.write_bytes(b"")
    page.goto("/")
    drag_and_release(page, empty)
    expect(page.get_by_role("alert")).to_contain_text("0 bytes")
    expect(page.get_by_role("button", name="Choose files")).to_be_visible()
    assert resumable.list_unfinished(stores) == []


def test_every_archive_that_the_server_reads_is_sent_as_one(
    page: Page, stores: Stores, story: Path, tmp_path: Path
) -> None:
    comic = pack_tar(tmp_path / "comic.cbt", drawn(1))
    nameless = pack(tmp_path / "hashes.zip", {"0a1b": next(iter(drawn(1).values()))})
    prefixed = tmp_path / "extracts-itself.zip"
    prefixed.write_bytes(b"#!/bin/sh\n" + story.read_bytes())
    page.goto("/")
    drag_and_release(page, comic, nameless, prefixed)
    expect(page.locator(".planned li")).to_have_count(3)
    page.get_by_role("button", name="Upload and sieve").click()
    page.wait_for_url("**/jobs")
    assert {job.name for job in recent_jobs(stores)} == {comic.name, nameless.name, prefixed.name}


def test_a_refused_archive_is_told_and_the_others_are_sent(
    page: Page, stores: Stores, tmp_path: Path, complaints: list[str]
) -> None:
    first, last = (pack(tmp_path / f"{name}.zip", drawn(1)) for name in ("first", "last"))
    bad = [tmp_path / "words.zip", tmp_path / "letters.zip"]
    for archive in bad:
        archive.write_text("hello")
    page.goto("/")
    drag_and_release(page, first, *bad, last)
    page.get_by_role("button", name="Upload and sieve").click()
    alert = page.get_by_role("alert")
    for archive in bad:
        expect(alert).to_contain_text(f"{archive.name} is neither an archive nor a picture.")
    expect(alert).to_contain_text("2 of 4 arrived and are listed under Jobs.")
    assert {job.name for job in recent_jobs(stores)} == {first.name, last.name}
    complaints[:] = [one for one in complaints if "422" not in one]


def test_on_a_phone_a_refusal_is_seen_without_scrolling(
    page: Page, tmp_path: Path, complaints: list[str]
) -> None:
    archive = tmp_path / "words.zip"
    archive.write_text("hello")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/")
    page.locator("input[type=file]").set_input_files(archive)
    page.get_by_role("button", name="Upload and sieve").click()
    expect(page.get_by_role("alert")).to_contain_text("neither an archive nor a picture")
    expect(page.get_by_role("alert")).to_be_in_viewport(ratio=1)
    complaints[:] = [one for one in complaints if "422" not in one]


@pytest.mark.parametrize("as_json", [False, True])
def test_a_report_beside_its_archive_restores_the_review(
    page: Page, stores: Stores, story: Path, tmp_path: Path, as_json: bool
) -> None:
    archive, report = write_review(stores, story, tmp_path, as_json=as_json)
    page.goto("/")
    drag_and_release(page, archive, report)
    expect(page.locator(".upload-plan")).to_contain_text("has your answers of an earlier job")
    page.get_by_role("button", name="Upload and sieve").click()
    finish(page)
    expect(page.get_by_text(f"2 answers of “{report.name}” restored.")).to_be_visible()
    expect(page.get_by_text("1 more is about a picture that this archive")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    job = job_list.list_jobs(stores, limit=1)[0].job
    assert until(lambda: not read_rejected(stores, job.id))


def test_a_report_is_restored_without_script_as_well(
    scriptless: Page, stores: Stores, story: Path, tmp_path: Path
) -> None:
    archive, report = write_review(stores, story, tmp_path, as_json=False)
    scriptless.goto("/")
    scriptless.locator("input[type=file]").set_input_files([archive, report])
    scriptless.get_by_role("button", name="Upload").click()
    expect(scriptless.get_by_role("navigation", name="Piles")).to_be_visible(timeout=FINISH_MS)
    expect(scriptless.get_by_text(f"2 answers of “{report.name}” restored.")).to_be_visible()


def test_a_report_alone_is_explained(page: Page, stores: Stores, tmp_path: Path) -> None:
    report = tmp_path / "mine.csv"
    report.write_text("sha256,verdict,target\n")
    page.goto("/")
    drag_and_release(page, report)
    expect(page.get_by_role("alert")).to_contain_text("mine.csv is a report of an earlier job.")


def write_review(stores: Stores, story: Path, folder: Path, *, as_json: bool) -> tuple[Path, Path]:
    """An archive, and a report that rejects two of its pictures and one of another archive."""
    with zipfile.ZipFile(story) as zf:
        pictures = [name for name in zf.namelist() if name.endswith(".png")]
        known = [hashlib.sha256(zf.read(name)).hexdigest() for name in pictures[:2]]
    rows = [
        {"sha256": sha256, "verdict": "is_not", "target": "red_circle"}
        for sha256 in (*known, "a" * 64)
    ]
    lines = ["sha256,verdict,target", *(",".join(row.values()) for row in rows)]
    if as_json:
        lines = ["[", ",\n".join(map(json.dumps, rows)), "]"]
    report = folder / ("mine.json" if as_json else "mine.csv")
    report.write_text("\n".join(lines))
    return story, report


def read_rejected(stores: Stores, job_id: str) -> list[int]:
    """The numbers of the pictures that a verdict rejects."""
    pictures = review.list_pictures(stores, jobs.get(stores, job_id)).pictures
    return [picture.number for picture in pictures if picture.verdict is Verdict.IS_NOT]
