"""The whole sieve from a shell and from Python, with a real tiny target."""

import csv
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ml import MonaCNN
from ml.cli import main
from ml.errors import ArtifactError
from ml.scoring.piles import Pile
from ml.sieve.galleries import Galleries
from ml.sieve.report import ReportRow
from tests.ml.archive.zips import pack, picture
from tests.red_circle.drawing import drawings

ROOT = Path(__file__).parents[3]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """12 red circles and 12 others that the target never saw, a text and a broken picture."""
    members = {"folder/": b"", "readme.txt": b"hello", "broken.png": picture()[:50]}
    wanted = {True: 12, False: 12}
    for number, drawing in enumerate(drawings(20260101, 200)):
        if wanted[drawing.is_red_circle]:
            wanted[drawing.is_red_circle] -= 1
            name = "circle" if drawing.is_red_circle else "other"
            file = tmp_path / "drawing.png"
            drawing.image.save(file)
            members[f"folder/{name}-{number}.png"] = file.read_bytes()
    return pack(tmp_path / "in.zip", members)


def run_sieve(archive: Path, out: Path, root: Path, *more: str) -> int:
    return main(
        ["sieve", str(archive), str(out), "--target", "red_circle", "--targets", str(root), *more]
    )


def test_the_circles_are_kept_and_everything_is_in_one_pile(
    archive: Path, red_circle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.csv"
    out = tmp_path / "out.zip"
    assert run_sieve(archive, out, red_circle, "--report", str(report), "--confidence", "0.95") == 0
    with zipfile.ZipFile(archive) as before, zipfile.ZipFile(out) as after:
        kept = after.namelist()
        assert sum("circle" in name for name in kept) >= 11
        assert sum("other" in name for name in kept) <= 1
        assert kept == [name for name in before.namelist() if name in kept]
        assert all(after.read(name) == before.read(name) for name in kept)
    with report.open(newline="", encoding="utf-8") as stream:
        rows = {row["path"]: row for row in csv.DictReader(stream)}
    assert len(rows) == 27
    assert {name for name, row in rows.items() if row["pile"] == "kept"} == set(kept)
    assert rows["readme.txt"]["reason"] == "not a picture"
    assert rows["broken.png"]["pile"] == "unreadable"
    words = capsys.readouterr().out
    assert words.startswith(f"27 files: {len(kept)} kept, {24 - len(kept)} rejected, 1 unreadable")
    assert "2 skipped" in words


def test_a_folder_is_sieved_with_paths_relative_to_it(
    archive: Path, red_circle: Path, tmp_path: Path
) -> None:
    folder, report = tmp_path / "pictures", tmp_path / "report.json"
    with zipfile.ZipFile(archive) as zf:
        zf.extractall(folder)
    assert run_sieve(folder, tmp_path / "out.zip", red_circle, "--report", str(report)) == 0
    rows = json.loads(report.read_text())
    assert {row["path"] for row in rows} >= {"readme.txt", "broken.png"}
    assert sum(row["path"].startswith("folder/circle") for row in rows) == 12
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        *("drawing.png", "in.zip", "out.zip", "pictures", "report.json")
    ]


def test_python_sees_the_same_galleries(archive: Path, red_circle: Path) -> None:
    seen: list[tuple[int, int]] = []
    classifier = MonaCNN.load("red_circle", [red_circle])
    galleries = classifier.classify(archive, confidence=0.95, on_progress=lambda *n: seen.append(n))
    assert len(galleries.kept) + len(galleries.rejected) == 24
    assert [row.path for row in galleries.unreadable] == ["broken.png"]
    assert [row.path for row in galleries.skipped] == ["folder/", "readme.txt"]
    assert all((row.probability or 0) >= 0.95 for row in galleries.kept)
    assert seen[-1] == (25, 25)
    everything = classifier.classify(archive, confidence=0.0)
    assert len(everything.kept) == 24


def test_what_is_refused_is_said_and_nothing_is_written(
    red_circle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.zip").write_bytes(b"hello")
    assert run_sieve(tmp_path / "in.zip", tmp_path / "out.zip", red_circle) == 1
    assert "neither an archive nor a picture" in capsys.readouterr().err
    assert run_sieve(tmp_path / "gone.zip", tmp_path / "out.zip", red_circle) == 1
    assert "There is nothing at" in capsys.readouterr().err
    assert not (tmp_path / "out.zip").exists()
    with pytest.raises(SystemExit) as wrong:
        run_sieve(tmp_path / "in.zip", tmp_path / "out.zip", red_circle, "--confidence", "101")
    assert wrong.value.code == 2


def test_where_nothing_can_be_written_is_said_before_the_work(
    archive: Path, red_circle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = archive.read_bytes()
    for out, says in (
        (archive, "is the input"),
        (tmp_path, "is a folder"),
        (tmp_path / "gone" / "out.zip", "There is no folder"),
    ):
        assert run_sieve(archive, out, red_circle) == 1
        assert says in capsys.readouterr().err
    assert run_sieve(archive, tmp_path / "o.zip", red_circle, "--report", str(archive)) == 1
    assert archive.read_bytes() == before
    assert not (tmp_path / "o.zip").exists()


def test_an_empty_result_says_how_near_the_likeliest_came(
    red_circle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = pack(tmp_path / "in.zip", {"blue.png": picture(colour="blue", size=(160, 120))})
    assert run_sieve(archive, tmp_path / "out.zip", red_circle) == 0
    words = capsys.readouterr().out
    assert "No picture is 95 % likely; the likeliest is 'blue.png' with " in words


def test_a_target_that_is_not_there_is_refused_with_those_that_are(red_circle: Path) -> None:
    installed = "no target 'nobody'; installed are: paper_circle, red_circle"
    with pytest.raises(ArtifactError, match=installed):
        MonaCNN.load("nobody", [red_circle])
    with pytest.raises(ArtifactError, match=r"no target '\.\./red_circle'"):
        MonaCNN.load("../red_circle", [red_circle / "red_circle"])


@pytest.mark.slow
def test_the_command_runs_as_a_module_and_loads_no_tensorflow(
    archive: Path, red_circle: Path, tmp_path: Path
) -> None:
    code = (
        "import sys; from ml.cli import main\n"
        "code = main(sys.argv[1:]); assert 'tensorflow' not in sys.modules; sys.exit(code)"
    )
    arguments = [str(archive), str(tmp_path / "out.zip"), "--target", "red_circle"]
    for command in (["-m", "ml"], ["-c", code]):
        done = subprocess.run(
            [sys.executable, *command, "sieve", *arguments, "--targets", str(red_circle)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("27 files:")


def test_a_caution_is_the_last_sentence() -> None:
    row = ReportRow("a.png", Pile.KEPT, 0.99, None, 0.95, "mona", 1, 0.1, None, None)
    assert Galleries((row,), 1.0, "Expect mistakes.").summarize().endswith(" Expect mistakes.")
    assert Galleries((row,), 1.0, None).summarize().endswith("most often 0.100.")
    assert Galleries((row,), 1.0, None).summarize().startswith("1 file: ")
