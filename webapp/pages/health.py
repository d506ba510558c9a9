"""For monitors: `/healthz` says whether the program works, `/metrics` is for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from ml.errors import MonaError
from webapp.pages.context import get_stores
from webapp.services.health import Figures, is_runner_alive, read_figures

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """200 if the database answers and the runner lives, otherwise 503 with the reason."""
    stores = get_stores()
    try:
        read_figures(stores)
    except MonaError as error:
        return jsonify(ok=False, error=str(error)), 503
    if not is_runner_alive(stores):
        return jsonify(ok=False, error="No runner works off the jobs."), 503
    return jsonify(ok=True)


@bp.get("/metrics")
def metrics() -> ResponseReturnValue:
    """The figures of this moment, in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(FigureCollector(read_figures(get_stores())))
    ProcessCollector(registry=registry)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


class FigureCollector:
    """Hands the figures to Prometheus' client."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[GaugeMetricFamily]:
        figures = self._figures
        yield GaugeMetricFamily(
            "monasieve_runner_up", "1 if the runner lives", value=figures.is_runner_alive
        )
        yield GaugeMetricFamily(
            "monasieve_disk_free_bytes",
            "free bytes on the data folder's disk",
            value=figures.free_bytes,
        )
        yield GaugeMetricFamily(
            "monasieve_trashed_jobs", "jobs in the trash", value=figures.trashed
        )
        jobs = GaugeMetricFamily("monasieve_jobs", "jobs by state", labels=["state"])
        files = GaugeMetricFamily(
            "monasieve_files", "files of the jobs' archives, by state", labels=["state"]
        )
        done = GaugeMetricFamily(
            "monasieve_files_done", "files whose outcome is known, by state", labels=["state"]
        )
        for state, count in figures.states.items():
            jobs.add_metric([state.value], count.jobs)
            files.add_metric([state.value], count.total)
            done.add_metric([state.value], count.done)
        yield from (jobs, files, done)
