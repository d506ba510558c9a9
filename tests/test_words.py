"""Code, templates and docs use one word for one thing; the words that were given up stay away.

The list holds what cannot be plain English: identifiers, attributes, file names and a few words
that nothing here needs. A migration and the reader of old cards spell old names as strings.
"""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SUFFIXES = {".py", ".html", ".js", ".css", ".md", ".toml", ".txt", ".json"}
EXEMPT = (
    "CHANGELOG.md",
    "docs/logs/",
    "tests/test_words.py",
    "webapp/storage/migrations/versions/",
)

WORDS = {
    "region, embedding": r"\blooks\(|\bbest_looks?\b|\bfloat_looks\b|\bLOOK_SECONDS\b|\b_look\(",
    "feature map, cell": r"\.places\b|\bplaces=",
    "prevalence": (
        r"\bshare_of\b|\bFIRST_SHARE\b|\bnext_share\b|\bdecide_share\b|\bshare_is_due\b"
        r"|\.share\b|\bshare=|\bShare\("
    ),
    "lapse rate": r"\.lapse\b|\blapse=|\b_lapsed\b",
    "positives, negatives": r"\bhers\b",
    "Run, Scheduler": (
        r"\bclass Turns?\b|\bTurns?\(|\b_turns\b|\b_circle\b|\bflying\b|\bhanded_out\b"
    ),
    "retention, bulk verdict, threshold curve": r"(?i)sweep|\bswept\b",
    "TrainingSet, ImageCache": r"\bMaterial\b|\bmaterial=|(?i:\bsprites?\b)",
    "PictureQuery": r"\bLens\b|\blens\(",
    "split, fold": r"\bCourse\b|\bcourse\.|\bplan_course\b",
    "StageConfig": r"\bPlan\b|\.plans\b|\b_run_plan\b|\bplan-\d",
    "summary, filters": r"\b_?in_words\b|\bregister_words\b|data-words|\bin-words\b|tile-words",
    "verdict": (
        r"\bunsaid\b|\bsay_of_all\b|\bsaid=|data-say|tile-said|\bdata-mark\b|name=\"mark\""
        r"|(?i:judge)"
    ),
    "threshold": (
        r"\bkeep_days\b|\bThresholds\(keep\b|\bcut_at\b|slider_cuts|confidence-cut|cut-hint"
    ),
    "without_unsure": r"\btwo_piles\b",
    "NaN": r"\bno number\b",
    "claim, release, requeue": r"\btake_up\b|\bgive_back\b|\badopt_orphans\b",
    "restarts": r"\bMENDINGS\b|\b_mend(ed)?\b",
    "blocked_by": r"\bobstacle\b",
    "is_disk_full": r"\bno_room\b",
    "StreamedUpload": r"\bLanding[A-Z]\w*",
    "allows_multiple": r"\bcrowds?\b",
    "AugmentConfig": r"\bRecipe\b",
    "LocalExecutor": r"\bShardPool\b",
}


def _read_files() -> dict[str, str]:
    """The text of every file that git knows and that the rule is about."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    names = [name for name in run.stdout.split("\0") if Path(name).suffix in SUFFIXES]
    return {
        name: (ROOT / name).read_text(encoding="utf-8")
        for name in names
        if not name.startswith(EXEMPT) and (ROOT / name).is_file()
    }


def find_uses(pattern: str, texts: dict[str, str]) -> list[str]:
    """Where a pattern stands, as FILE:LINE: TEXT."""
    return [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if re.search(pattern, line)
    ]


@pytest.mark.parametrize("word", sorted(WORDS))
def test_old_words_are_gone(word: str) -> None:
    assert find_uses(WORDS[word], _read_files()) == [], f"the word is now: {word}"


def test_the_search_sees_identifiers_and_spares_english() -> None:
    texts = {"a.py": "x = looks(y)\nit looks like rain; 3 places to go; a share of them\n"}
    uses = [use for pattern in WORDS.values() for use in find_uses(pattern, texts)]
    assert uses == ["a.py:1: x = looks(y)"]
