"""Files as columns: the very entries back, in their order, in a fraction of the memory."""

from __future__ import annotations

import random
import sys
import tracemalloc
from pathlib import Path

import pytest

from labelkit.domain import file_table
from labelkit.domain.file_table import FileTable, chosen, held
from labelkit.domain.tree import FileEntry, FileKind
from labelkit.storage.walk import walk

ODD = (
    FileEntry("GO/\udce9.png", 2**40, 1_700_000_000_123_456_789, 1_700_000_000_000_000_001, 2**63 - 1, 64769),
    FileEntry("GO/a.png", 0, kind=FileKind.BROKEN_LINK, link=True),
    FileEntry("GO/b.txt", 7, -5, 0, 1, 1, is_image=False),
    FileEntry("GO/c.png", 127, kind=FileKind.SPECIAL),
    FileEntry("GO/d.png", 128),
    FileEntry("GO/e.png", -129),
)


def made_up(count: int) -> list[FileEntry]:
    rng = random.Random(count)  # noqa: S311 - a reproducible draw, no secret
    when = 1_700_000_000_000_000_000
    return [
        FileEntry(f"GO/line-4-{i:07}.jpg", rng.randrange(10**6), when + i, when + 2 * i, 10**7 + i, 2049)
        for i in range(count)
    ]


def test_the_very_entries_come_back_in_the_order_given() -> None:
    table = FileTable(ODD)
    assert list(table) == [table[i] for i in range(len(ODD))] == list(ODD)
    assert list(map(repr, table)) == list(map(repr, ODD))
    assert all(type(entry) is FileEntry and type(entry.kind) is FileKind for entry in table)
    assert (len(table), table[-1], list(table[1:4]), list(table[::-2])) == (6, ODD[-1], list(ODD[1:4]), list(ODD[::-2]))
    with pytest.raises(IndexError):
        table[6]


@pytest.mark.parametrize("kept", [tuple, FileTable])
def test_chosen_ones_keep_their_order_and_all_of_them_are_the_same(kept: type) -> None:
    files = kept(ODD)
    some = chosen(files, lambda f: f.size > 0)
    wanted = [f for f in ODD if f.size > 0]
    assert list(some) == wanted
    assert (len(some), some[1], list(some[1:])) == (len(wanted), wanted[1], wanted[1:])
    assert chosen(files, lambda _: True) is files
    again = chosen(some, lambda f: f.size > 7)
    assert list(again) == [f for f in wanted if f.size > 7]
    assert isinstance(some, tuple) == isinstance(again, tuple) == (kept is tuple)  # those of a table are never all made
    assert list(chosen(files, lambda _: False)) == []


def test_many_are_held_as_columns_few_as_they_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(file_table, "MANY", 5)
    assert held(iter(ODD[:5])) == ODD[:5]
    assert isinstance(held(iter(ODD)), FileTable)
    for i in range(6):
        (tmp_path / f"{5 - i}.png").write_bytes(b"x" * i)
    many = walk(tmp_path).files
    assert isinstance(many, FileTable)
    monkeypatch.undo()
    assert tuple(many) == walk(tmp_path).files


def test_a_file_takes_less_than_half_of_an_entry() -> None:
    def bytes_each(kind: type) -> float:
        tracemalloc.start()
        files = kind(made_up(20_000))
        size = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        return float(size / len(files))

    assert bytes_each(FileTable) < 150 < 2 * 150 < bytes_each(tuple) + sys.getsizeof(0)
