"""Files beside pictures that say in other programs who is in them.

- Hydrus reads `name.png.txt` on import, a tag on each line.
- XMP (ISO 16684-1) in `name.png.xmp` is read by digiKam, darktable, Immich and others.
"""

import enum
from collections.abc import Collection
from xml.sax.saxutils import escape

from ml.archive.exported_zip import Sidecars


class SidecarKind(enum.StrEnum):
    """The programs that sidecars are for."""

    HYDRUS = "hydrus"
    XMP = "xmp"


_XMP = """<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
   <dc:subject><rdf:Bag><rdf:li>{title}</rdf:li></rdf:Bag></dc:subject>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
"""


def make_sidecars(kind: SidecarKind, title: str, numbers: Collection[int]) -> Sidecars:
    """Make the sidecars of members that show a target, by the target's title."""
    one_line = " ".join(title.split())
    if kind is SidecarKind.HYDRUS:
        return Sidecars(b".txt", f"character:{one_line.lower()}\n".encode(), numbers)
    return Sidecars(b".xmp", _XMP.format(title=escape(one_line)).encode(), numbers)
