"""Images that cannot be decoded in full, and folders that cannot be listed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.population import in_order
from labelkit.auditing.verdict import Verdict, counted

_NUMBERS = re.compile(r"\(.*\)|\d+")
"""What differs between two faults of one kind."""


def unreadable(evidence: Evidence) -> Iterator[Verdict]:
    """One verdict for each kind of fault, naming every file, and one for folders that could not be read."""
    kinds: dict[str, list[tuple[str, str]]] = {}
    for fact in in_order(evidence):
        if fact.fault:
            kinds.setdefault(_NUMBERS.sub("", fact.fault), []).append((fact.path, fact.fault))
    for _, faults in sorted(kinds.items()):
        why = sorted({fault for _, fault in faults})
        yield Verdict(
            f"{counted(len(faults), 'image')} cannot be read: {why[0]}{' (and the like)' if len(why) > 1 else ''}",
            remedy="replace or delete; training would stop at it, maybe hours in",
            files=tuple(path for path, _ in faults),
            numbers={"images": len(faults)},
        )
    for skipped in evidence.tree.skipped:
        if skipped.reason.startswith("cannot be read"):
            yield Verdict(
                f"the folder {skipped.path} {skipped.reason}; what lies in it was not seen",
                remedy="give yourself the right to read it, and run the same command again",
                files=(skipped.path,),
            )
