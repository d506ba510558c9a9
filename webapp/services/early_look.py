"""A look at some pictures of an upload before the rest has arrived. Nothing of it is stored."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ml.archive.intake import pack_pictures
from ml.archive.limits import format_bytes
from ml.errors import ArchiveError
from ml.sieve import look
from ml.sieve.look import LOOK_PICTURES, Look
from ml.sieve.shard import Shard
from ml.targets.catalog import Target, list_targets
from webapp.errors import UploadTooLarge
from webapp.services import preferences, sight, targets
from webapp.storage import Stores

LOOK_BYTES = 20 * 2**20
"""Of all pictures of a look together."""
_FORM_BYTES = 2**16  # of the rest of the form: names of files, fields, boundaries


def check_length(length: int) -> None:
    """Refuse a form by its length in bytes, before it is read. Raises UploadTooLarge."""
    if length > LOOK_BYTES + _FORM_BYTES:
        raise UploadTooLarge(
            f"A look takes at most {LOOK_PICTURES} pictures with {format_bytes(LOOK_BYTES)}; "
            f"this request has {format_bytes(length)}. Send fewer."
        )


def take_look(stores: Stores, target_name: str, pictures: Sequence[Path]) -> Look:
    """Look at files, which may hold anything: what is no picture is unreadable.

    Raises ArchiveError for none, UploadTooLarge, NotFound and ArtifactError for the target,
    ProcessBusy while other pictures are looked at, TemporaryFailure if it takes too long.
    """
    if not pictures:
        raise ArchiveError("No picture arrived to look at. Send some in the field `picture`.")
    size = sum(picture.stat().st_size for picture in pictures)
    if len(pictures) > LOOK_PICTURES or size > LOOK_BYTES:
        raise UploadTooLarge(
            f"A look takes at most {LOOK_PICTURES} pictures with {format_bytes(LOOK_BYTES)}; "
            f"received {len(pictures):,} with {format_bytes(size)}. Send fewer."
        )
    target = targets.get(stores, target_name)
    draft = stores.files.new_upload()
    try:
        pack_pictures(
            [(str(number), picture) for number, picture in enumerate(pictures)],
            draft,
            stores.settings.limits,
        )
        shard = Shard(
            archive=draft,
            numbers=tuple(range(len(pictures))),
            backbone=target.backbone_folder,
            limits=stores.settings.limits,
            closely=preferences.looks_closely(stores),
        )
        others = _list_others(stores, target)
        return sight.ask_process(look.take_look, shard, target, others, patience=0)
    finally:
        draft.unlink(missing_ok=True)


def _list_others(stores: Stores, target: Target) -> list[Target]:
    """Return the other characters of the same network."""
    return [
        other
        for other in list_targets(stores.files.target_roots)[0]
        if other.backbone.model_sha256 == target.backbone.model_sha256
        and other.card.name != target.card.name
    ]
