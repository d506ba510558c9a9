"""How many of some pictures are of a kind in which no target was measured, as a sentence."""

from __future__ import annotations

import dataclasses

_MANY_PHOTOGRAPHS = 0.15
"""Of the pictures. So many are taken for photographs in one of 110 sources of drawn ones."""
_MANY_PAGES = 0.25
"""Of the pictures. So many are taken for pages in two of 108 sources of others: cards and maps."""
_LEAST_OF_A_KIND = 3


@dataclasses.dataclass(frozen=True, slots=True)
class KindCounts:
    """The pictures that were looked at, and those that look like each kind."""

    pictures: int = 0
    photographs: int = 0
    pages: int = 0  # of comics or of text

    def describe(self, title: str, among: str = "") -> str:
        """Return sentences about the kinds of which there are too many for chance, often none.

        Args:
            title: of the target.
            among: what the pictures are; default: their number, from all over the archive.
        """
        among = among or f"of {self.pictures:,} pictures from all over the archive"
        sentences = []
        if self.photographs >= max(_LEAST_OF_A_KIND, _MANY_PHOTOGRAPHS * self.pictures):
            sentences.append(
                f"{self.photographs:,} or more {among} look like photographs. How often {title} "
                "is found in photographs, of figures or cosplay, was not measured."
            )
        if self.pages >= max(_LEAST_OF_A_KIND, _MANY_PAGES * self.pictures):
            sentences.append(
                f"About {self.pages:,} {among} look like pages of comics or text. How often "
                f"{title} is found in the small panels of a page was not measured."
            )
        return " ".join(sentences)
