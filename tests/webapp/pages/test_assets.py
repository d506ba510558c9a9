"""The files of static/: which a page asks for, and how long a browser keeps them."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.webapp.pages.conftest import Browser
from webapp.installation import RESOURCES
from webapp.pages.assets import compute_version, list_with_imports

PAGES = ("/", "/jobs", "/characters", "/characters/mona", "/settings", "/help", "/no-such-page")


def assets_of(page: str) -> list[str]:
    return re.findall(r'(?:href|src)="(/static/[^"]+)"', page)


@pytest.mark.parametrize("address", PAGES)
def test_every_asset_that_a_page_names_is_served_and_kept_for_a_year(
    client: FlaskClient, address: str
) -> None:
    assets = assets_of(client.get(address).text)
    assert any(asset.endswith("/css/base.css") for asset in assets)
    for asset in assets:
        response = client.get(asset)
        assert response.status_code == 200, asset
        assert "max-age=31536000" in response.headers["Cache-Control"]
        assert "immutable" in response.headers["Cache-Control"]


def test_an_address_of_another_version_is_answered_but_not_kept(client: FlaskClient) -> None:
    response = client.get("/static/another/css/base.css")
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("address", ["/jobs", "css/base.css", "js/live-jobs.js"])
@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_pages_data_styles_and_scripts_are_compressed(
    client: FlaskClient, address: str, encoding: str
) -> None:
    if not address.startswith("/"):
        assets = assets_of(client.get("/jobs").text)
        address = next(asset for asset in assets if asset.endswith(address))
    plain = client.get(address)
    packed = client.get(address, headers={"Accept-Encoding": encoding})
    assert packed.headers["Content-Encoding"] == encoding
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert len(packed.data) < len(plain.data) / 2


def test_a_zip_is_not_compressed_again(client: FlaskClient, page: str) -> None:
    answer = client.get(f"{page}/kept.zip", headers={"Accept-Encoding": "br, gzip"})
    assert "Content-Encoding" not in answer.headers
    assert answer.content_length == len(answer.data)


def test_a_page_loads_only_the_modules_that_it_needs(browser: Browser) -> None:
    assert "job-progress" not in browser.text("/")
    assert "picture-wall" not in browser.text("/settings")
    assert "upload-drop" not in browser.text("/help")


def test_a_page_names_the_imports_of_its_modules_too(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text('import {\n  b,\n} from "./b.js";\nimport "./c.js";\n')
    (tmp_path / "b.js").write_text('/** @param {import("./d.js").D} d */\nimport "./c.js";\n')
    (tmp_path / "c.js").write_text('import { a } from "./a.js";\n')
    assert list_with_imports(tmp_path, ["a"]) == ["a.js", "b.js", "c.js"]


def test_every_import_of_a_module_is_a_module_there() -> None:
    folder = RESOURCES / "static" / "js"
    assert list_with_imports(folder, sorted(file.stem for file in folder.glob("*.js")))


def test_a_changed_or_renamed_file_changes_the_version(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a")
    versions = {compute_version(tmp_path)}
    (tmp_path / "a.css").write_text("b")
    versions.add(compute_version(tmp_path))
    (tmp_path / "a.css").rename(tmp_path / "b.css")
    versions.add(compute_version(tmp_path))
    assert len(versions) == 3
