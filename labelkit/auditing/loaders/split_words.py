"""Words in names that Hugging Face's imagefolder takes for splits, so that it leaves all other files out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_WORDS = "train|training|validation|valid|dev|val|test|testing|eval|evaluation"
_BETWEEN = "[-._ 0-9]"

_IN_FOLDER = re.compile(f"(?:^|{_BETWEEN})(?:{_WORDS})(?:$|{_BETWEEN})")
_IN_FILE = re.compile(f"(?:^|{_BETWEEN})(?:{_WORDS}){_BETWEEN}")
"""The patterns of datasets 5.2 (data_files.py: SPLIT_KEYWORDS, NON_WORDS_CHARS and the two patterns for names)."""

_NEVER_COUNTED = frozenset(["README.md", "config.json", "dataset_info.json", "dataset_infos.json", "dataset_dict.json"])


@dataclass(frozen=True, slots=True)
class Split:
    """What split words do to a folder.

    Attributes:
        files: all that is read.
        first: the first of them, for people.

    """

    files: frozenset[str]
    first: str


def split_by_words(paths: Iterable[str]) -> Split | None:
    """The files that remain when one name or more has a split word in it; None when none has.

    Folders are looked at first; where no folder has such a word, the names of files are. One file called `test_1.png`
    is enough. Lower case only, as there.

    Args:
        paths: of all visible files, images or not, relative to the folder that is loaded.

    """
    seen = sorted(path for path in paths if path.rpartition("/")[2] not in _NEVER_COUNTED)
    found = [path for path in seen if any(map(_IN_FOLDER.search, path.split("/")[:-1]))]
    found = found or [path for path in seen if _IN_FILE.search(path.rpartition("/")[2])]
    return Split(frozenset(found), found[0]) if found else None
