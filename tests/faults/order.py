"""Is the order of a sort's calls safe? Told from the calls, so that a missing sync is seen without a power cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from labelkit.domain.placing import LEDGER_NAME, PART_PREFIX
from tests.faults.tracer import Call

_MAKES = frozenset(["open", "openat", "creat"])
_WRITES = frozenset(["write", "pwrite64", "writev", "pwritev", "pwritev2", "copy_file_range", "sendfile", "ioctl"])
_RENAMES = frozenset(["rename", "renameat", "renameat2"])
_NAMES = frozenset(["link", "linkat", "symlink", "symlinkat"])
_REMOVES = frozenset(["unlink", "unlinkat"])
_SYNCS = frozenset(["fsync", "fdatasync"])
_NO_REPLACE = 1


@dataclass(slots=True)
class _Disk:
    """What has not been made durable so far.

    Attributes:
        files: written since their last sync.
        folders: in which final names came or went.
        made: class folders whose own name is not durable yet.

    """

    files: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    made: set[str] = field(default_factory=set)


def faults_in_order(calls: Sequence[Call], base_dir: Path, source: Path) -> list[str]:
    """What a power cut, or another program at the wrong moment, could turn into a loss.

    Args:
        calls: of one sort, all of them.
        base_dir: absolute.
        source: absolute.

    """
    return list(_Watch(base_dir, source).faults(calls))


class _Watch:
    def __init__(self, base_dir: Path, source: Path) -> None:
        self._base, self._source = str(base_dir), str(source)
        self._ledger, self._journal = f"{base_dir}/{LEDGER_NAME}", f"{base_dir}/{LEDGER_NAME}-journal"
        self._disk = _Disk()

    def faults(self, calls: Sequence[Call]) -> Iterator[str]:
        for call in calls:
            for fault in (*self._names(call), *self._ledger_first(call), *self._removal_last(call)):
                yield f"{fault}: call {call.number}, {call}"
            self._remember(call)

    def _names(self, call: Call) -> Iterator[str]:
        """A final name appears by a step that never replaces, on a file whose bytes are durable."""
        if call.name in _MAKES | _WRITES and self._is_final(call.paths[-1]):
            yield "a file is written under its final name"
        if call.name in _RENAMES and self._is_final(call.paths[1]):
            if call.name != "renameat2" or not call.flags & _NO_REPLACE:
                yield "a rename that may replace"
            if call.paths[0] in self._disk.files:
                yield "it gets its name before its bytes are synced"

    def _ledger_first(self, call: Call) -> Iterator[str]:
        """The ledger records what is durable, and its own journal is durable before the ledger changes."""
        if call.name in _MAKES and call.paths[0] == self._journal and self._disk.folders:
            yield f"the ledger is written before the folders are synced ({', '.join(sorted(self._disk.folders))})"
        if call.name in _WRITES and call.paths[-1] == self._ledger and self._journal in self._disk.files:
            yield "the ledger changes before its journal is synced"
        if call.name in _REMOVES and call.paths[0] == self._journal and self._ledger in self._disk.files:
            yield "the journal goes before the ledger is synced"

    def _removal_last(self, call: Call) -> Iterator[str]:
        if call.name in _REMOVES and call.paths[0].startswith(f"{self._source}/"):
            waiting = self._disk.folders | {f for f in self._disk.files if self._is_part(f)}
            if waiting:
                yield f"a source goes before its copy is synced ({', '.join(sorted(waiting))})"

    def _remember(self, call: Call) -> None:
        disk, path = self._disk, call.paths[-1]
        if call.name in _MAKES | _WRITES | {"ftruncate"}:
            disk.files.add(path)
        elif call.name == "syncfs":
            disk.files.clear()
        elif call.name in _SYNCS:
            disk.files.discard(path)
            disk.folders.discard(path)
            disk.made -= {f for f in disk.made if path == self._base}
        elif call.name in {"mkdir", "mkdirat"}:
            disk.made.add(path)
        elif call.name in _RENAMES:
            if call.paths[0] in disk.files:
                disk.files.remove(call.paths[0])
                disk.files.add(path)
            self._touch(*call.paths)
        elif call.name in _NAMES | _REMOVES:
            if call.name in _REMOVES:
                disk.files.discard(path)
            self._touch(path)

    def _touch(self, *paths: str) -> None:
        """A final name has come or gone: its class folder has to be synced, and, when that is new, base_dir too."""
        for path in paths:
            if self._is_final(path):
                folder = path.rpartition("/")[0]
                self._disk.folders |= {folder} | ({self._base} if folder in self._disk.made else set())

    def _is_final(self, path: str) -> bool:
        below = path.removeprefix(f"{self._base}/")
        return below != path and below.count("/") == 1 and not self._is_part(path)

    @staticmethod
    def _is_part(path: str) -> bool:
        return path.rpartition("/")[2].startswith(PART_PREFIX)
