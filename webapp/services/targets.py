"""The targets that can be looked for: those that ship and those that were taught here."""

from __future__ import annotations

from ml.errors import ArtifactError
from ml.targets.card import TargetCard
from ml.targets.catalog import Target, find_target, list_names
from webapp.errors import NotFound
from webapp.storage import Stores


def installed(stores: Stores) -> tuple[list[TargetCard], list[str]]:
    """The cards of all targets that are whole, by name, and a sentence for each damaged one."""
    cards, faults = [], []
    for name in sorted(list_names(stores.files.target_roots)):
        try:
            cards.append(get(stores, name).card)
        except ArtifactError as fault:
            faults.append(str(fault))
    return cards, faults


def available(stores: Stores) -> list[TargetCard]:
    """The cards of all targets that are whole, by name."""
    return installed(stores)[0]


def get(stores: Stores, name: str) -> Target:
    """A target with its head and its backbone.

    Raises NotFound when there is none of that name, ArtifactError when it is damaged.
    """
    roots = stores.files.target_roots
    known = list_names(roots)
    if name not in known:
        raise NotFound(f"There is no target {name!r}; installed are: {', '.join(known) or 'none'}.")
    return find_target(name, roots)
