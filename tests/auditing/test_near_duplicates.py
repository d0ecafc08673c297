"""Near-duplicates: copies are found whatever was done to them, other shots are not, and no set is a chain."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance

import labelkit
from labelkit.auditing.near_sets import SAME_SCENE, drawn_groups, sets_of
from labelkit.domain.audit import AuditReport
from labelkit.domain.findings import Severity
from labelkit.domain.near import NearPair, Turn
from tests.auditing.scenes import write
from tests.imaging.jpegs import cut_out, drawing, written

SIZE = (320, 240)


def shot(seed: int) -> Image.Image:
    return cut_out(drawing(seed), SIZE)


def audit(base: Path, **options: object) -> AuditReport:
    return labelkit.audit(base, select=["near_duplicates"], jobs=1, cache=False, **options)  # type: ignore[arg-type]  # a table of options


def others(base: Path, count: int = 12) -> Path:
    """Shots of other things, in both classes."""
    for i in range(count):
        write(base / ("GO" if i % 2 else "NG") / f"other{i}.jpg", written(shot(100 + i), quality=90))
    return base


COPIES = {
    "half size": lambda i: written(i.resize((160, 120)), quality=90),
    "JPEG quality 60": lambda i: written(i, quality=60),
    "8 % brighter": lambda i: written(ImageEnhance.Brightness(i).enhance(1.08), quality=90),
    "PNG": lambda i: written(i, "PNG"),
    "mirrored": lambda i: written(i.transpose(Image.Transpose.FLIP_LEFT_RIGHT), quality=90),
    "upside down": lambda i: written(i.transpose(Image.Transpose.ROTATE_180), quality=90),
    "quarter turn": lambda i: written(i.transpose(Image.Transpose.ROTATE_90), quality=90),
    "other quarter turn": lambda i: written(i.transpose(Image.Transpose.ROTATE_270), quality=90),
    "along the diagonal": lambda i: written(i.transpose(Image.Transpose.TRANSPOSE), quality=90),
    "gray": lambda i: written(i.convert("L"), quality=90),
}


@pytest.mark.parametrize("copy", list(COPIES))
def test_a_copy_is_found_and_nothing_else(tmp_path: Path, copy: str) -> None:
    base = others(tmp_path)
    write(base / "GO" / "first.jpg", written(shot(1), quality=90))
    write(base / "GO" / "second.jpg", COPIES[copy](shot(1)))
    findings = audit(base).findings
    assert [f.groups for f in findings] == [(("GO/first.jpg", "GO/second.jpg"),)]
    assert findings[0].numbers["turned"] == (
        copy not in {"half size", "JPEG quality 60", "8 % brighter", "PNG", "gray"}
    )


def test_one_picture_with_two_labels_is_a_warning(tmp_path: Path) -> None:
    base = others(tmp_path)
    write(base / "GO" / "first.jpg", written(shot(1), quality=90))
    write(base / "NG" / "second.jpg", written(shot(1), quality=60))
    finding = audit(base).findings[0]
    assert (finding.severity, finding.files) == (Severity.WARNING, ("GO/first.jpg", "NG/second.jpg"))
    assert "different classes" in finding.message


def test_copies_in_two_parts_and_in_both_halves_of_a_split(tmp_path: Path) -> None:
    parted, whole = tmp_path / "a", others(tmp_path / "b")
    others(parted / "train")
    others(parted / "train", 2)
    write(parted / "train" / "GO" / "x.jpg", written(shot(1), quality=90))
    write(parted / "val" / "GO" / "y.jpg", written(shot(1), quality=60))
    write(parted / "val" / "NG" / "z.jpg", written(shot(2), quality=60))
    told = audit(parted).findings
    assert [(f.severity, f.files) for f in told] == [(Severity.WARNING, ("train/GO/x.jpg", "val/GO/y.jpg"))]
    write(whole / "GO" / "a.jpg", written(shot(1), quality=90))
    write(whole / "GO" / "z.jpg", written(shot(1), quality=60))
    told = audit(whole).findings
    assert [(f.severity, f.files) for f in told] == [(Severity.WARNING, ("GO/a.jpg", "GO/z.jpg"))]
    assert "both sides of flow_from_directory's split" in told[0].message


def test_what_only_looks_alike_from_afar_is_not_the_same(tmp_path: Path) -> None:
    """A part with a scratch, a crop, and the same shape in another colour."""
    base = others(tmp_path)
    image = shot(1)
    write(base / "GO" / "first.jpg", written(image, quality=90))
    marked = image.copy()
    marked.paste((250, 250, 250), (150, 100, 190, 140))
    write(base / "GO" / "marked.jpg", written(marked, quality=90))
    write(base / "GO" / "crop.jpg", written(image.crop((0, 0, 320, 200)), quality=90))
    write(base / "GO" / "colour.jpg", written(Image.merge("RGB", image.split()[::-1]), quality=90))
    assert audit(base).findings == ()


def fixed_camera(base: Path, count: int, noise: float = 3.0) -> Path:
    """Shots of one part in one fixture: other noise in each, a scratch in every fourth, a shift of up to 8 pixels."""
    rng = np.random.default_rng(0)
    wide = np.asarray(cut_out(drawing("part"), (420, 340)).convert("L"), np.float32)
    for i in range(count):
        x, y = rng.integers(0, 17, 2)
        values = wide[y : y + 240, x : x + 320] + rng.normal(0, noise, (240, 320))
        if i % 4 == 0:
            at = rng.integers(20, 200, 2)
            values[at[0] : at[0] + 3, at[1] : at[1] + 25] += 60
        shown = Image.fromarray(values.clip(0, 255).astype(np.uint8))
        write(base / ("GO" if i % 4 else "NG") / f"{i:03}.png", written(shown, "PNG"))
    return base


def test_shots_of_one_fixture_are_not_taken_for_copies(tmp_path: Path) -> None:
    base = fixed_camera(tmp_path, 40)
    assert [f for f in audit(base).findings if f.groups] == []
    with Image.open(base / "GO" / "001.png") as image:
        write(base / "GO" / "copy.jpg", written(image.resize((160, 120)), quality=90))
    found = [f for f in audit(base).findings if f.groups]
    assert [f.groups for f in found] == [(("GO/001.png", "GO/copy.jpg"),)]
    assert found[0].numbers["cut"] < found[0].numbers["typical"]
    assert "learned from" in found[0].message


def test_the_same_findings_whatever_the_files_are_called_first(tmp_path: Path) -> None:
    one, other = others(tmp_path / "a"), tmp_path / "b"
    for i in range(3):
        write(one / "GO" / f"copy{i}.jpg", written(shot(1), quality=90 - 10 * i))
    for path in sorted(one.rglob("*.jpg"), reverse=True):
        write(other / path.relative_to(one), path.read_bytes())
    told = [f.as_json() for f in audit(one).findings]
    assert told == [f.as_json() for f in audit(other).findings]
    assert told[0]["groups"] == [["GO/copy0.jpg", "GO/copy1.jpg", "GO/copy2.jpg"]]


def test_a_chain_is_not_a_set() -> None:
    pairs = [NearPair("a", "b", 0, Turn.NONE, 0.01), NearPair("b", "c", 0, Turn.NONE, 0.02)]
    assert sets_of(pairs, {}) == (("a", "b"),)
    assert sets_of(pairs[::-1], {"a": ["a", "z"]}) == (("a", "b", "z"),)
    assert sets_of([*pairs, NearPair("a", "c", 0, Turn.NONE, 0.03)], {}) == (("a", "b", "c"),)


def test_the_same_pixels_in_other_bytes_are_exact_duplicates(tmp_path: Path) -> None:
    """A BMP of a small PNG is proven; a large one is compared at reduced size, and said so."""
    small, large = shot(1).crop((0, 0, 90, 90)), shot(2)
    for name, image in (("small", small), ("large", large)):
        write(tmp_path / "GO" / f"{name}.png", written(image, "PNG"))
        write(tmp_path / "NG" / f"{name}.bmp", written(image, "BMP"))
    told = labelkit.audit(tmp_path, select=["exact_duplicates", "near_duplicates"], jobs=1, cache=False).findings
    assert [(f.severity, f.groups) for f in told if f.groups] == [
        (Severity.ERROR, (("GO/small.png", "NG/small.bmp"),)),
        (Severity.WARNING, (("GO/large.png", "NG/large.bmp"),)),
    ]
    assert "reduced size" in told[1].message


@pytest.mark.parametrize("count", [0, 1, 2, 13, 3000])
def test_random_pairs_for_long_looks_are_of_one_scene_and_share_their_pictures(count: int) -> None:
    rng = np.random.default_rng(3)
    scenes = rng.integers(0, 1 << 63, 2, np.uint64)
    few_bits = np.uint64(1) << rng.integers(0, 64, (count, 4), np.uint64)
    hashes = np.zeros((count, 8), np.uint64)
    hashes[:, 0] = scenes[np.arange(count) % 2] ^ np.bitwise_xor.reduce(few_bits, axis=1)
    groups = drawn_groups(hashes, 200)
    pairs = [pair for group in groups for pair in group]
    assert len(set(pairs)) == len(pairs)
    assert all(i < j and int(hashes[i, 0] ^ hashes[j, 0]).bit_count() <= SAME_SCENE for i, j in pairs)
    assert all(len({i for pair in group for i in pair}) <= 8 for group in groups)
    possible = 2 * (count // 2) * (count // 2 - 1) // 2 + (count % 2) * (count // 2)
    assert len(pairs) == min(200, possible)
    if count > 2000:
        assert len({i for pair in pairs for i in pair}) <= 70, (
            "or a picture would be read for hardly more than one pair"
        )
    assert groups == drawn_groups(hashes, 200)
