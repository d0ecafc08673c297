from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelkit.auditing.loaders.catalog import LOADERS
from labelkit.auditing.loaders.listing import by_class_folder
from labelkit.auditing.loaders.natural import natural_key
from labelkit.domain.loaders import LOADER_TITLES, NO_LABEL, LoaderView
from labelkit.domain.tree import FileEntry, FolderEntry, Tree
from labelkit.storage.walk import walk


def views(root: Path) -> dict[str, LoaderView]:
    tree = walk(root)
    return {loader.name: loader.view(tree, 0.2) for loader in LOADERS}


def touch(root: Path, *paths: str) -> Path:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"")
    return root


def test_the_catalog_holds_each_known_loader_once() -> None:
    assert [loader.name for loader in LOADERS] == list(LOADER_TITLES)


def test_one_tree_two_ways_round(tmp_path: Path) -> None:
    seen = views(touch(tmp_path, "60/a.png", "100/a.png"))
    indices = {name: view.class_indices for name, view in seen.items()}
    text = {"100": 0, "60": 1}
    assert indices == {
        "flow_from_directory": text,
        "image_dataset_from_directory": text,
        "torchvision": text,
        "huggingface": text,
        "timm": {"60": 0, "100": 1},
    }


def test_timm_folds_case_and_counts(tmp_path: Path) -> None:
    seen = views(touch(tmp_path, "go/i10.png", "go/i9.png", "NG/b.PNG", "NG/a.bmp"))["timm"]
    assert seen.class_indices == {"go": 0, "NG": 1}
    assert seen.files == ("go/i9.png", "go/i10.png", "NG/b.PNG")
    assert [(s.path, s.reason) for s in seen.skipped] == [("NG/a.bmp", "suffix .bmp")]


def test_natural_key_orders_digits_by_value() -> None:
    assert sorted(["i10", "I2", "i1", "b"], key=natural_key) == ["b", "i1", "I2", "i10"]


def timm_s_key(text: str) -> list[str | int]:
    """As timm has it (timm/utils/misc.py): a piece that is digits is a number."""
    return [int(piece) if piece.isdigit() else piece for piece in re.split(r"(\d+)", text.lower())]


@given(st.lists(st.text(alphabet="aAb/.- 0019", max_size=12), max_size=30))
def test_natural_key_sorts_as_timm_s_own(names: list[str]) -> None:
    assert sorted(names, key=natural_key) == sorted(names, key=timm_s_key)


@given(st.lists(st.text(alphabet="aA/.-0", min_size=1, max_size=6), max_size=30))
def test_files_are_sorted_by_folder_and_then_by_name(names: list[str]) -> None:
    paths = sorted({f"GO/{name}.png" for name in names})
    tree = Tree("/made/up", (FolderEntry("GO"),), tuple(FileEntry(path, 1) for path in paths))
    view = by_class_folder("x", tree, classes=["GO"], takes=lambda _: True, follow_links=True)
    assert list(view.files) == sorted(paths, key=lambda p: p.rpartition("/")[::2])
    assert view.labels == (0,) * len(paths)


@pytest.mark.parametrize(
    ("suffix", "readers"),
    [
        (".png", {"flow_from_directory", "image_dataset_from_directory", "torchvision", "huggingface", "timm"}),
        (".bmp", {"flow_from_directory", "image_dataset_from_directory", "torchvision", "huggingface"}),
        (".gif", {"image_dataset_from_directory", "huggingface"}),
        (".tif", {"flow_from_directory", "torchvision", "huggingface"}),
        (".ppm", {"flow_from_directory", "torchvision", "huggingface"}),
        (".webp", {"torchvision", "huggingface"}),
        (".pgm", {"torchvision", "huggingface"}),
        (".jfif", {"huggingface"}),
        (".avif", set()),
    ],
)
def test_which_suffix_is_read_by_whom(tmp_path: Path, suffix: str, readers: set[str]) -> None:
    seen = views(touch(tmp_path, "GO/a.png", f"NG/b{suffix}"))
    assert {name for name, view in seen.items() if f"NG/b{suffix}" in view.files} == readers
    for name, view in seen.items():
        assert [s.path for s in view.skipped] == ([] if name in readers else [f"NG/b{suffix}"])


def test_torchvision_enters_links_and_refuses_empty_classes(tmp_path: Path) -> None:
    touch(tmp_path, "GO/a.png", "NG/b.png")
    (tmp_path / "GO" / "more").symlink_to(tmp_path / "NG")
    (tmp_path / "EMPTY").mkdir()
    seen = views(tmp_path)
    assert seen["torchvision"].files == ("GO/a.png", "GO/more/b.png", "NG/b.png")
    assert "EMPTY" in seen["torchvision"].fault
    assert seen["flow_from_directory"].files == ("GO/a.png", "NG/b.png")
    assert [(s.path, s.reason) for s in seen["flow_from_directory"].skipped] == [
        ("GO/more/b.png", "in a linked folder")
    ]


def test_hugging_face_leaves_out_hidden_and_linked_things(tmp_path: Path) -> None:
    touch(tmp_path, "GO/a.png", "GO/._a.png", "NG/b.png", ".git/c.png", "__old/d.png")
    (tmp_path / "LINKED").symlink_to(tmp_path / "GO")
    (tmp_path / "GO" / "broken.png").symlink_to(tmp_path / "nowhere.png")
    seen = views(tmp_path)["huggingface"]
    assert seen.files == ("GO/a.png", "NG/b.png")
    assert {s.path: s.reason for s in seen.skipped} == {
        ".git/c.png": "hidden",
        "GO/._a.png": "hidden",
        "GO/broken.png": "broken link",
        "LINKED/._a.png": "hidden",
        "LINKED/a.png": "in a linked folder",
        "LINKED/broken.png": "in a linked folder",
        "__old/d.png": "hidden",
    }


@pytest.mark.parametrize(
    ("paths", "why"),
    [
        (["GO/a.png", "NG/lot1/b.png"], "different depths"),
        (["GO/a.png", "GO/b.png"], "fewer than two folders"),
        (["GO/a.png", "NG/b.png", "metadata.csv"], "metadata.csv"),
    ],
)
def test_hugging_face_gives_no_labels(tmp_path: Path, paths: list[str], why: str) -> None:
    seen = views(touch(tmp_path, *paths))["huggingface"]
    assert why in seen.fault
    assert seen.class_indices == {}
    assert set(seen.labels) == {NO_LABEL}


def test_hugging_face_and_timm_take_the_innermost_folder(tmp_path: Path) -> None:
    seen = views(touch(tmp_path, "GO/lot1/a.png", "NG/lot2/b.png"))
    assert seen["huggingface"].class_indices == {"lot1": 0, "lot2": 1}
    assert seen["timm"].class_indices == {"lot1": 0, "lot2": 1}
    assert seen["torchvision"].class_indices == {"GO": 0, "NG": 1}


def test_an_empty_class_takes_an_index_for_some(tmp_path: Path) -> None:
    touch(tmp_path, "GO/a.png", "NG/b.png")
    (tmp_path / "AA").mkdir()
    seen = views(tmp_path)
    assert seen["flow_from_directory"].counts() == {"AA": 0, "GO": 1, "NG": 1}
    assert seen["timm"].counts() == {"GO": 1, "NG": 1}
    assert seen["huggingface"].counts() == {"GO": 1, "NG": 1}
