"""What monitors ask for."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from tests.webapp.made import drawn, queued
from webapp.records import Job
from webapp.services import trash
from webapp.services.health import LANE
from webapp.storage import Stores
from webapp.storage.lane import hold_lane


def read_metrics(client: FlaskClient) -> dict[str, float]:
    text = client.get("/metrics").text
    return {name: float(value) for name, value in re.findall(r"^(\w\S*) (\S+)$", text, re.M)}


def test_it_is_healthy_while_the_runner_lives(client: FlaskClient, stores: Stores) -> None:
    with hold_lane(stores.files.lock(LANE)):
        assert client.get("/healthz").json == {"ok": True}
        assert read_metrics(client)["monasieve_runner_up"] == 1
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json) == (
        503,
        {"ok": False, "error": "No runner works off the jobs."},
    )
    assert read_metrics(client)["monasieve_runner_up"] == 0


def test_a_damaged_database_is_not_healthy(client: FlaskClient, stores: Stores) -> None:
    stores.database.close()
    for file in stores.files.root.glob("monasieve.sqlite*"):
        file.unlink()
    stores.files.database.write_bytes(b"no database" * 1000)
    with hold_lane(stores.files.lock(LANE)):
        answer = client.get("/healthz")
    assert answer.status_code == 503
    assert "damaged" in (answer.json or {})["error"]


def test_the_figures_count_jobs_and_files_by_state(
    client: FlaskClient, stores: Stores, finished_job: Job
) -> None:
    trash.discard(stores, queued(stores, drawn(3)).id)
    queued(stores, drawn(2))
    figures = read_metrics(client)
    assert figures['monasieve_jobs{state="succeeded"}'] == 1
    assert figures['monasieve_files_done{state="succeeded"}'] == 26
    assert figures['monasieve_files{state="queued"}'] == 2
    assert figures['monasieve_files_done{state="queued"}'] == 0
    assert figures['monasieve_jobs{state="running"}'] == 0
    assert figures["monasieve_trashed_jobs"] == 1
    assert figures["monasieve_disk_free_bytes"] > 0
    assert figures["process_resident_memory_bytes"] > 0
