"""Who is in an archive: every installed target of the backbone, on the stored embeddings."""

from __future__ import annotations

from ml.errors import ArchiveError
from ml.sieve.presence import Presence, estimate_presence
from ml.targets.catalog import list_targets
from webapp.records import Job
from webapp.storage import Stores
from webapp.storage.results import SqlResults


def list_presence(stores: Stores, job: Job) -> list[Presence]:
    """Return every installed target that can read the job's embeddings, most pictures first.

    What the user said about a target counts as said; the other pictures are estimated.
    Raises ArchiveError if the embeddings are gone.
    """
    targets = [
        target
        for target in list_targets(stores.files.target_roots)[0]
        if target.backbone.model_sha256 == job.backbone_sha256
    ]
    if not targets:
        return []
    with stores.reading() as tables:
        verdicts = tables.verdicts.read_of_job(job)
        groups = tables.variants.read_members(job.id)
    largest = {number: first for first, members in groups.items() for number in members}
    try:
        embeddings = SqlResults(stores, job, targets[0]).read_embeddings()
        presence = estimate_presence(targets, embeddings, verdicts=verdicts, largest=largest)
    except (OSError, ValueError) as error:
        raise ArchiveError(
            f"What the network saw in “{job.name}” is no longer stored. Sieve the archive again."
        ) from error
    return sorted(presence, key=lambda one: (-one.count, one.target.card.title))
