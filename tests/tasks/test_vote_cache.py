"""Features are found again: by stat without reading a byte, by content without decoding, and only while unchanged."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

import labelkit
from labelkit.domain.sort_result import SortResult
from labelkit.engines.in_process import InProcess
from labelkit.imaging.recipes import Pixels, decode
from labelkit.plugins.sources import load_sources
from labelkit.storage.feature_cache import FeatureCache
from labelkit.tasks.asking import Asking
from labelkit.tasks.vote import cast_votes
from tests.flows.scenes import image

RULES = """\
from labelkit import ABSTAIN, feature, labeling_function

@feature
def spread(gray):
    return int(gray.max()) - int(gray.min())

@labeling_function(labels=["GO", "NG"])
def by_light(brightness, spread, width, *, limit: float = 100.0):
    return "GO" if brightness + spread + width >= limit else "NG"
"""


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, int]:
    """How many files were read and how many images decoded."""
    found = {"read": 0, "decoded": 0}

    def reading(path: str) -> bytes:
        found["read"] += 1
        return Path(path).read_bytes()

    def decoding(recipe: str, data: bytes, size: tuple[int, int]) -> Pixels:
        found["decoded"] += 1
        return decode(recipe, data, size)

    monkeypatch.setattr("labelkit.imaging.recipes.read_file", reading)
    monkeypatch.setattr("labelkit.imaging.features.decode", decoding)
    monkeypatch.setenv("LABELKIT_CACHE_DIR", str(tmp_path / "cache"))
    return found


def took(counts: dict[str, int]) -> tuple[int, int]:
    out = (counts["read"], counts["decoded"])
    counts.update(read=0, decoded=0)
    return out


def sort(folder: Path, *, limit: float = 100.0, rule: str = "") -> SortResult:
    return labelkit.sort(
        folder / "raw",
        base_dir=folder / "base",
        rules=folder / "rules.py",
        rule=[rule] if rule else (),
        param={"limit": limit},
        dry_run=True,
        jobs=1,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for n in range(12):
        image(tmp_path / "raw" / f"{n:02}.png", seed=n)
    (tmp_path / "rules.py").write_text(RULES)
    return tmp_path


def test_a_changed_threshold_reads_and_decodes_nothing(folder: Path, counts: dict[str, int]) -> None:
    first = sort(folder)
    assert took(counts) == (12, 12)
    assert sort(folder).labels == first.labels
    moved = sort(folder, limit=150.0)
    assert took(counts) == (0, 0)
    assert moved.labels != first.labels
    os.environ["LABELKIT_CACHE_DIR"] = str(folder / "other")  # undone by the fixture
    assert sort(folder, limit=150.0).labels == moved.labels
    assert took(counts) == (12, 12)


def test_an_expression_finds_what_a_function_left_and_asks_for_the_rest_alone(
    folder: Path, counts: dict[str, int]
) -> None:
    sort(folder)
    took(counts)
    sort(folder, rule="brightness > 300 -> NG")
    assert took(counts) == (0, 0)
    sort(folder, rule="sharpness < -1 -> NG")
    assert took(counts) == (12, 12)


def test_a_copied_checkout_is_read_but_not_decoded(folder: Path, counts: dict[str, int]) -> None:
    before = sort(folder)
    took(counts)
    shutil.copytree(folder / "raw", folder / "copy" / "raw")
    shutil.copy(folder / "rules.py", folder / "copy" / "rules.py")
    assert sort(folder / "copy").labels == before.labels
    assert took(counts) == (12, 0)
    sort(folder / "copy")
    assert took(counts) == (0, 0)


def test_a_changed_image_and_a_changed_rules_file_are_seen(folder: Path, counts: dict[str, int]) -> None:
    sort(folder)
    took(counts)
    image(folder / "raw" / "03.png", seed=99)
    sort(folder)
    assert took(counts) == (1, 1)
    (folder / "rules.py").write_text(RULES.replace("gray.min())", "gray.min()) + 1"))
    sort(folder)
    assert took(counts) == (12, 12)


def test_a_broken_image_is_told_each_time(folder: Path, counts: dict[str, int]) -> None:
    (folder / "raw" / "03.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    for expected in ((12, 11), (1, 0)):
        with pytest.raises(labelkit.LabelkitError, match=r"03\.png: cannot be decoded"):
            sort(folder)
        assert took(counts) == expected


MANY = int(os.environ.get("LABELKIT_MANY", "2000"))
"""Images of the next test: 10,000 take half a minute, nearly all of it to see them for the first time."""


def test_many_images_are_decided_again_without_being_read_or_decoded(tmp_path: Path, counts: dict[str, int]) -> None:
    model = image(tmp_path / "model.png", seed=1).read_bytes()
    (tmp_path / "raw").mkdir()
    where = [str(tmp_path / "raw" / f"{n:05}.png") for n in range(MANY)]
    for n, path in enumerate(where):
        Path(path).write_bytes(model + n.to_bytes(4, "big"))  # what follows the picture's end is another content
    (tmp_path / "rules.py").write_text(RULES)
    cache = FeatureCache(tmp_path / "cache")
    for limit in (1, 1000):
        (column,) = cast_votes(
            load_sources([tmp_path / "rules.py"], parameters=[f"limit={limit}"]),
            table={},
            table_name="",
            lines=(),
            records=(),
            where=where,
            make_engine=lambda _: InProcess(),
            asking=Asking(cache=cache),
        )
        assert column.codes.count(0 if limit == 1 else 1) == MANY
        assert took(counts) == ((MANY, MANY) if limit == 1 else (0, 0))
    cache.close()
