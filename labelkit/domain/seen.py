"""What was found under a name where an image was recorded to stand."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from labelkit.domain.placing import Stamp


class Kind(StrEnum):
    """What stands under a name."""

    NOTHING = "nothing"
    FILE = "a file"
    LINK = "a link"
    OTHER = "a folder or a special file"


@dataclass(frozen=True, slots=True)
class Seen:
    """What stands under a name.

    Attributes:
        kind: what it is.
        stamp: of the name itself, links not followed; None for nothing.
        sha256: of the content, 64 hexadecimal digits; of a link, of the source that it leads to. Empty when not read.
        link: the text of a link.
        leads: whether a link is the one that was placed, or leads to the image's source all the same.
        beyond: stamp of the source that a link leads to; None when that is no plain file.
        shared: whether it and the image's source are one file with two names.
        like_source: whether it and the source were both read, and hold the same.
        fault: why it could not be read; empty when it could.
        read: bytes that were read.

    """

    kind: Kind
    stamp: Stamp | None = None
    sha256: str = ""
    link: str = ""
    leads: bool = False
    beyond: Stamp | None = None
    shared: bool = False
    like_source: bool = False
    fault: str = ""
    read: int = 0
