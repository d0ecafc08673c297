"""The sorts that are disturbed: small trees, what is wanted of them, and the command that a person runs."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from labelkit.domain.errors import LabelkitError
from labelkit.flows.run import Run
from labelkit.flows.sort import sort
from labelkit.storage import copying, staging, transfer

_TIME = 1_700_000_000
_BATCHES = {"BATCH": transfer.BATCH, "LINK_BATCH": transfer.LINK_BATCH}

MODES = ("copy", "move", "hardlink", "symlink")

FEW = {
    "0.png": b"nought" * 30,
    "s/0.png": b"another nought" * 20,
    "1.png": b"one" * 40,
    "s/1.png": b"another one",
    "2.png": b"two" * 50,
    "3.png": b"three" * 10,
    "u/3.png": b"another three",
}
FEW_BEFORE = {"0.png": "A", "s/0.png": "B", "1.png": "A", "s/1.png": "B", "2.png": "C", "3.png": "", "u/3.png": "A"}
FEW_AFTER = {"0.png": "B", "s/0.png": "A", "1.png": "B", "s/1.png": "D", "2.png": "", "3.png": "A", "u/3.png": "A"}
"""Everything at once: a ring (0), a chain (1), a class that goes (2), one that comes (D), two of one name (3)."""


def many(count: int, size: int) -> dict[str, bytes]:
    """Files of different content, each name twice."""
    names = [f"{'st'[i % 2]}/{i // 2:04}.png" for i in range(count)]
    return {name: (hashlib.sha256(name.encode()).digest() * (size // 32 + 1))[:size] for name in names}


def _shares(names: Mapping[str, bytes], labels: str, shift: int) -> dict[str, str]:
    return {name: labels[(i + shift) % len(labels)].strip() for i, name in enumerate(sorted(names))}


@dataclass(frozen=True, slots=True)
class Story:
    """One kind of sort.

    Attributes:
        mode: how images are placed.
        files: name to content.
        before: name to label of the sort that came first; empty: there was none.
        after: name to label of the sort that is disturbed; an empty label is none.
        across: whether the sources are on another file system.
        batch: how many files become durable together; 0 for as many as usual.

    """

    mode: str
    files: Mapping[str, bytes] = field(default_factory=lambda: FEW)
    before: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=lambda: FEW_AFTER)
    across: bool = False
    batch: int = 0


def stories(count: int = 0) -> dict[str, Story]:
    """All stories by name: `place` into a new base_dir, `change` what an earlier sort placed.

    Args:
        count: how many files; 0: the few of this file.

    """
    files = many(count, 400) if count else FEW
    before = _shares(files, "AABC ", 0) if count else FEW_BEFORE
    after = _shares(files, "AABB CD", 1) if count else FEW_AFTER
    batch = 16 if count else 3  # several batches in few files
    told = {}
    for across in (False, True):
        for mode in MODES:
            if across and mode == "hardlink":
                continue  # refused at pre-flight: a test of its own
            where = "-across" if across else ""
            told[f"place-{mode}{where}"] = Story(mode, files, {}, after, across, batch)
            told[f"change-{mode}{where}"] = Story(mode, files, before, after, across, batch)
    return told


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended: its exit code, and what it said; `traceback` where it ended as no command may."""

    code: int
    said: str = ""
    remedy: str = ""


class Scene:
    """One story in a folder.

    Args:
        folder: made and removed as needed.
        elsewhere: a folder on another file system, for stories that lead across.
        jobs: threads that copy; a tracer follows one thread only.
        copiers: whether processes do it for them.

    """

    def __init__(
        self, story: Story, folder: Path, elsewhere: Path | None = None, *, jobs: int = 1, copiers: bool = False
    ) -> None:
        if story.across and elsewhere is None:
            raise ValueError("no other file system was given")
        self.story = story
        self.jobs, self.copiers = jobs, copiers
        self.base_dir = folder / "base"
        self.source = (elsewhere or folder) / "raw" if story.across else folder / "raw"
        self.table = folder / "metadata.csv"

    def prepare(self) -> None:
        """Build it anew, with what the earlier sort placed."""
        for folder in (self.base_dir, self.source):
            shutil.rmtree(folder, ignore_errors=True)
        for name, content in self.story.files.items():
            path = self.source / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            os.utime(path, (_TIME, _TIME))
        self.table.parent.mkdir(parents=True, exist_ok=True)
        if self.story.before:
            self._want(self.story.before)
            ended = Scene.sort(self)
            assert ended.code == 0, ended
        self._want(self.story.after)

    def sort(self) -> Outcome:
        """The command, in this process, which forgets what an earlier one taught it, as a new process would."""
        copying._NO_CLONES.clear()
        for name, usual in _BATCHES.items():
            setattr(transfer, name, self.story.batch or usual)
        if self.jobs > 1:
            staging._AT_ONCE = 1
        if self.copiers:
            transfer.WORTH_COPIERS = 1
        try:
            result = sort(
                self.source,
                base_dir=self.base_dir,
                metadata=self.table,
                label_column="label",
                mode=self.story.mode,
                run=Run(jobs=self.jobs),
            )
        except LabelkitError as e:
            return Outcome(e.exit_code, str(e), e.remedy)
        failed = "; ".join(f"{p.file}: {p.why}" for p in result.problems if p.state == "failed")
        return Outcome(4 if result.failed else 0, failed, failed)

    def _want(self, labels: Mapping[str, str]) -> None:
        rows = [f"{name},{label}\n" for name, label in labels.items()]
        self.table.write_text("".join(["file,label\n", *rows]), encoding="utf-8")


class SwitchedOff(Scene):
    """The same scene, with something switched off in the process that sorts, just before it does."""

    def __init__(self, scene: Scene, switch_off: Callable[[], None]) -> None:
        self.story, self.base_dir, self.source, self.table = scene.story, scene.base_dir, scene.source, scene.table
        self.jobs, self.copiers = scene.jobs, scene.copiers
        self._switch_off = switch_off

    def sort(self) -> Outcome:
        """The command, in this process, which is worth nothing after that."""
        self._switch_off()
        return super().sort()
