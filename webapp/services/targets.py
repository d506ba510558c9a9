"""The targets that can be looked for: those that ship and those that were taught here."""

from __future__ import annotations

from ml.artifact import Target, TargetCard, find_target, target_names
from ml.errors import ArtifactError
from webapp.errors import NotFound
from webapp.storage import Stores


def available(stores: Stores) -> list[TargetCard]:
    """The cards of all targets that are whole, by name; a damaged one is left out."""
    cards = []
    for name in sorted(target_names(stores.files.target_roots)):
        try:
            cards.append(get(stores, name).card)
        except ArtifactError:  # `damaged` says what is wrong with it
            continue
    return cards


def damaged(stores: Stores) -> list[str]:
    """What is wrong with each target that cannot be used, a sentence each."""
    found = []
    for name in sorted(target_names(stores.files.target_roots)):
        try:
            get(stores, name)
        except ArtifactError as fault:
            found.append(str(fault))
    return found


def get(stores: Stores, name: str) -> Target:
    """A target with its head and its backbone.

    Raises NotFound when there is none of that name, ArtifactError when it is damaged.
    """
    roots = stores.files.target_roots
    known = target_names(roots)
    if name not in known:
        raise NotFound(f"There is no target {name!r}; installed are: {', '.join(known) or 'none'}.")
    return find_target(name, roots)
