from __future__ import annotations

import os
from pathlib import Path

import pytest

from labelkit.storage.whole_folder import point_to, published_folder, resolve_pointer, stands_for


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_a_reader_sees_all_or_nothing(tmp_path: Path) -> None:
    out = tmp_path / "runs"
    with published_folder(out, "one") as part:
        (part / "a.txt").write_text("a", encoding="utf-8")
        assert not (out / "one").exists()
        assert part.parent == out
        assert part.name.startswith(".labelkit-")
    assert (out / "one" / "a.txt").read_text(encoding="utf-8") == "a"
    assert names(out) == ["one"]


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), published_folder(tmp_path, "one") as part:
        (part / "missing" / "a.txt").write_text("a", encoding="utf-8")
    assert names(tmp_path) == []


def test_what_is_there_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "kept.txt").write_text("kept", encoding="utf-8")
    with pytest.raises(OSError, match="not empty"), published_folder(tmp_path, "one") as part:
        (part / "a.txt").write_text("a", encoding="utf-8")
    assert [p.name for p in (tmp_path / "one").iterdir()] == ["kept.txt"]
    assert names(tmp_path) == ["one"]


def test_a_pointer_is_a_relative_link_that_moves_on(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        point_to(tmp_path, "latest", name)
        assert (tmp_path / "latest").readlink() == Path(name)
        assert resolve_pointer(tmp_path / "latest").resolve() == tmp_path / name
    assert names(tmp_path) == ["latest", "one", "two"]


def test_where_links_cannot_be_a_text_file_stands_for_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(1314, "A required privilege is not held by the client")

    monkeypatch.setattr(os, "symlink", refuse)
    (tmp_path / "one").mkdir()
    point_to(tmp_path, "latest", "one")
    assert (tmp_path / "latest").is_file()
    assert resolve_pointer(tmp_path / "latest") == tmp_path / "one"


def test_a_pointer_never_leads_out_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "latest").write_text("../elsewhere\n", encoding="utf-8")
    assert resolve_pointer(tmp_path / "latest") == tmp_path / "latest"


def test_what_a_pointer_stands_for_is_told_as_the_pointer_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("runs/one").mkdir(parents=True)
    Path("runs/text").write_text("one\n")
    Path("runs/link").symlink_to("one")
    Path("runs/whole").symlink_to(tmp_path / "runs" / "one")
    told = [str(stands_for(Path("runs", name))) for name in ("one", "text", "link", "whole", "nothing")]
    assert told == ["runs/one", "runs/one", "runs/one", str(tmp_path / "runs" / "one"), "runs/nothing"]
