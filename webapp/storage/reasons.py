"""The SQL about the reasons why files have no picture to show."""

from __future__ import annotations

import dataclasses

from sqlalchemy import Connection, func, select

from ml.scoring.piles import Pile
from webapp.storage.picture_query import PictureQuery
from webapp.storage.tables import pictures

REASON_PATHS = 200
"""Paths shown for one reason; the report lists all of them."""


@dataclasses.dataclass(frozen=True, slots=True)
class ReasonGroup:
    """Files that are in a pile for the same reason."""

    reason: str | None
    count: int
    paths: list[str]
    """The first of them, in archive order."""


class Reasons:
    """Files of the table of pictures by reason, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def group(self, query: PictureQuery, pile: Pile) -> list[ReasonGroup]:
        """Group the files of a pile without pictures by their reason, the largest group first."""
        wanted = query.in_pile(pile)
        counts = self._connection.execute(
            select(pictures.c.reason, func.count())
            .where(wanted)
            .group_by(pictures.c.reason)
            .order_by(func.count().desc(), pictures.c.reason)
        ).all()
        first = select(pictures.c.path).where(wanted).order_by(pictures.c.number)
        return [
            ReasonGroup(
                reason=reason,
                count=count,
                paths=list(
                    self._connection.scalars(
                        first.where(pictures.c.reason.is_not_distinct_from(reason)).limit(
                            REASON_PATHS
                        )
                    )
                ),
            )
            for reason, count in counts
        ]
