"""The installed targets: shipped ones and those in the data folder."""

from __future__ import annotations

from ml.targets.card import TargetCard
from ml.targets.catalog import Fault, Target, find_target, list_names, read_version
from ml.targets.catalog import list_targets as list_all
from webapp.errors import NotFound
from webapp.storage import Stores


def list_installed(stores: Stores) -> tuple[list[TargetCard], list[Fault]]:
    """Return the cards of all usable targets, by name, and a fault for each unusable one."""
    targets, faults = list_all(stores.files.target_roots)
    return [target.card for target in targets], faults


def list_cards(stores: Stores) -> list[TargetCard]:
    """Return the cards of all usable targets, by name."""
    return list_installed(stores)[0]


def get(stores: Stores, name: str) -> Target:
    """Return a target with its head and its backbone.

    Raises NotFound if there is none of that name, ArtifactError if it is damaged.
    """
    _require(stores, name)
    return find_target(name, stores.files.target_roots)


def read_installed_version(stores: Stores, name: str) -> tuple[int, str]:
    """Return version and backbone's SHA-256 of an installed target, from its card alone.

    Raises NotFound, ArtifactError.
    """
    _require(stores, name)
    return read_version(name, stores.files.target_roots)


def _require(stores: Stores, name: str) -> None:
    known = list_names(stores.files.target_roots)
    if name not in known:
        raise NotFound(
            f"There is no character {name!r}. The page Characters lists the {len(known):,} that "
            "are installed."
        )
