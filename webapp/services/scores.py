"""Apply other heads to stored embeddings. Nothing is decoded, so the archive may be gone."""

from __future__ import annotations

from collections.abc import Sequence

from ml.errors import ArchiveError, ArtifactError
from ml.targets.catalog import Target
from webapp.errors import IllegalTransition
from webapp.records import Job, JobTarget
from webapp.services import jobs, targets
from webapp.services.queue import make_run
from webapp.storage import Stores


def list_choices(stores: Stores, job: Job, scored: Sequence[JobTarget]) -> list[tuple[str, str]]:
    """Return name and title of every target that the job can show, by title.

    Args:
        scored: the targets that the job was scored for. Other installed targets of the same
            backbone can read its embeddings, if there are any.
    """
    titles = {target.name: target.title for target in scored}
    if job.state.is_over and stores.files.has_embeddings(job.id):
        for card in targets.list_cards(stores):
            if card.backbone_sha256 == job.backbone_sha256:
                titles.setdefault(card.name, card.title)
    return sorted(titles.items(), key=lambda choice: choice[1])


def is_backbone_gone(stores: Stores, job: Job) -> bool:
    """Tell whether no installed target can read the job's embeddings."""
    cards = targets.list_cards(stores)
    return all(card.backbone_sha256 != job.backbone_sha256 for card in cards)


def show_target(stores: Stores, job_id: str, name: str) -> None:
    """Show a job's scores for another target, and compute them if they are missing.

    Raises NotFound, IllegalTransition while the job is not over, ArtifactError for a target that
    is damaged or of another backbone, ArchiveError if the embeddings are gone.
    """
    ensure_scored(stores, jobs.get(stores, job_id), name)
    with stores.writing() as tables:
        jobs.require_job(tables, job_id)
        tables.jobs.show_target(job_id, name)


def ensure_scored(stores: Stores, job: Job, name: str) -> None:
    """Compute a job's scores for a target if they are missing. Raises what `show_target` does."""
    with stores.reading() as tables:
        known = {target.name: target.version for target in tables.jobs.list_targets(job.id)}
        is_complete = tables.scores.count(job.id, name) == len(tables.pictures.list_scored(job.id))
    if name not in known or not is_complete:
        rescore(stores, job, targets.get(stores, name))


def update_scores(stores: Stores, job_id: str) -> None:
    """Score a job with the installed version of the target that it shows.

    If the target has the backbone of the embeddings, this is done at once. Otherwise the job is
    queued and scored again from its archive. Raises what `show_target` and `jobs.resume` raise.
    """
    job = jobs.get(stores, job_id)
    target = targets.get(stores, job.target)
    if target.backbone.model_sha256 == job.backbone_sha256 and stores.files.has_embeddings(job_id):
        rescore(stores, job, target)
    else:
        jobs.resume(stores, job_id)


def rescore(stores: Stores, job: Job, target: Target) -> None:
    """Score a job's stored embeddings with a target's head. Raises the errors of `show_target`."""
    if not job.state.is_over:
        raise IllegalTransition(f"“{job.name}” is not over yet: it is {job.state}.")
    if target.backbone.model_sha256 != job.backbone_sha256:
        raise ArtifactError(
            f"{target.card.title} belongs to another network than “{job.name}” was scored with. "
            "Sieve the archive again."
        )
    try:
        make_run(stores, job, target).rescore()
    except (OSError, ValueError) as error:
        raise ArchiveError(
            f"What the network saw in “{job.name}” is no longer stored. Sieve the archive again."
        ) from error
