"""Images that a loader would pass over without a word."""

from __future__ import annotations

from collections.abc import Iterator

from labelkit.auditing.evidence import Evidence, PartView, titles
from labelkit.auditing.loaders.huggingface import SPLIT_WORD
from labelkit.auditing.loaders.listing import IN_ROOT
from labelkit.auditing.verdict import Verdict, counted, listed
from labelkit.domain.findings import Severity


def skipped_by_loader(evidence: Evidence) -> Iterator[Verdict]:
    """One verdict for each reason and set of loaders; images in no class folder at all stand apart.

    Warning where the loader named, else one of Keras, passes them over; and where one name such as `test_1.png` makes
    Hugging Face leave out all others (huggingface/datasets#5650), for nobody would look for it there.
    """
    yield from _in_root(evidence)
    for part in evidence.parts:
        for (reason, loaders), paths in sorted(_by_reason(part).items()):
            grave = reason.startswith(SPLIT_WORD) and not evidence.parted
            matters = grave or any(evidence.matters(name) for name in loaders)
            yield Verdict(
                f"{counted(len(paths), 'image')} not read by {titles(loaders)}: {reason}",
                remedy="rename the files or folders with such words"
                if grave
                else "convert or move them, or use a loader that reads them",
                files=tuple(part.part.prefixed(path) for path in paths),
                numbers={"images": len(paths)},
                severity=Severity.WARNING if matters else Severity.INFO,
            )


def _in_root(evidence: Evidence) -> Iterator[Verdict]:
    beside = [p.part.prefixed(f.path) for p in evidence.parts for f in p.tree.images() if "/" not in f.path]
    if evidence.parted:
        beside += [f.path for f in evidence.tree.images() if "/" not in f.path]
    if beside:
        yield Verdict(
            f"{counted(len(beside), 'image')} {IN_ROOT}, so without a label: {listed(sorted(beside), 3)}",
            remedy="move them into a class folder",
            files=tuple(sorted(beside)),
            numbers={"images": len(beside)},
            severity=Severity.WARNING,
        )


def _by_reason(part: PartView) -> dict[tuple[str, tuple[str, ...]], list[str]]:
    """(reason, loaders) to the images that exactly these loaders skip for that reason."""
    by_image: dict[tuple[str, str], list[str]] = {}
    for view in part.views:
        for skipped in view.skipped:
            if skipped.reason != IN_ROOT and "/" in skipped.path:
                by_image.setdefault((skipped.path, skipped.reason), []).append(view.loader)
    out: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (path, reason), loaders in sorted(by_image.items()):
        out.setdefault((reason, tuple(loaders)), []).append(path)
    return out
