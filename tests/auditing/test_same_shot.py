"""One shot or two of one scene: the sensor's noise proves copies, clears other shots, and says when it cannot tell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance

import labelkit
from labelkit.auditing.shots import scale_of, shot_of
from labelkit.domain.findings import Finding
from labelkit.domain.near import Turn
from labelkit.domain.shots import NoiseMatch, NoiseTrial, Original, Patterns, Shot, ShotScale
from labelkit.tasks.probe import read_image
from labelkit.tasks.shots import MatchTask, PatternTask, TrialTask, mean_of
from tests.auditing.scenes import write
from tests.imaging.jpegs import written

SIZE = (320, 240)
SHOTS = 12


def shots(folder: Path, sigma: float) -> list[Path]:
    """One part under one camera: another noise in each, a shift of up to 8 pixels, a sensor pattern of 1 %."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:248, 0:328]
    part = 100 + 20 * np.sin(x / 70) * np.cos(y / 50) + 40 * ((x - 150) ** 2 + (y - 120) ** 2 < 2500)
    pattern = 1 + 0.01 * rng.normal(0, 1, SIZE[::-1])
    out = []
    for i in range(SHOTS):
        down, across = rng.integers(0, 9, 2)
        seen = part[down : down + 240, across : across + 320] * pattern + rng.normal(0, sigma, SIZE[::-1])
        picture = Image.fromarray(seen.clip(0, 255).round().astype(np.uint8))
        out.append(write(folder / ("GO" if i % 2 else "NG") / f"{i:02}.png", written(picture, "PNG")))
    return out


def copies(path: Path) -> list[Path]:
    with Image.open(path) as image:
        half, brighter = image.resize((160, 120)), ImageEnhance.Brightness(image).enhance(1.08)
        return [
            write(path.with_name(f"{path.stem}-half.jpg"), written(half, quality=90)),
            write(path.with_name(f"{path.stem}-q60.jpg"), written(image, quality=60)),
            write(path.with_name(f"{path.stem}-brighter.jpg"), written(brighter, quality=90)),
        ]


def original(path: Path) -> Original:
    return Original(str(path), read_image(str(path)).sha256, "0")


def judge(taken: list[Path], pairs: list[tuple[Path, Path]]) -> tuple[list[Shot], list[Shot], ShotScale]:
    """What is said of all pairs of shots, and of these pairs."""
    images = [original(path) for path in taken]
    patterns = Patterns({"0": mean_of(PatternTask("/")([images]))})
    apart = MatchTask("/", patterns)([(a, b, Turn.NONE) for i, a in enumerate(images) for b in images[:i]])
    near = MatchTask("/", patterns)([(original(a), original(b), Turn.NONE) for a, b in pairs])
    trials = [t for t in TrialTask("/", patterns)(images[:6]) if t is not None]
    scale = scale_of([m for m in apart if m is not None], trials)
    return [shot_of(m, scale) for m in apart], [shot_of(m, scale) for m in near], scale


def test_copies_are_proved_and_other_shots_are_not(tmp_path: Path) -> None:
    taken = shots(tmp_path, 3)
    apart, same, scale = judge(taken, [(path, copy) for path in taken[:4] for copy in copies(path)])
    assert apart.count(Shot.SAME) == 0
    assert same.count(Shot.SAME) >= 0.9 * len(same)
    assert same.count(Shot.OTHER) == 0
    assert scale.noise == pytest.approx(3, abs=0.6)


def test_weak_noise_tells_nothing(tmp_path: Path) -> None:
    taken = shots(tmp_path, 1)
    apart, same, scale = judge(taken, [(taken[0], copy) for copy in copies(taken[0])])
    assert set(apart) | set(same) == {Shot.UNKNOWN}
    assert scale.why_not


def near_duplicates(base: Path) -> list[Finding]:
    report = labelkit.audit(base, select=["near_duplicates"], jobs=1, cache=False)
    return [f for f in report.findings if f.groups]


def test_the_audit_says_which_it_is(tmp_path: Path) -> None:
    strong, weak = tmp_path / "strong", tmp_path / "weak"
    for base, sigma in ((strong, 3), (weak, 1)):
        write(base / "GO" / "copy.png", copies(shots(base, sigma)[3])[1].read_bytes())
        for extra in base.rglob("*-*.jpg"):
            extra.unlink()
    (proved, other), unclear = near_duplicates(strong), near_duplicates(weak)
    assert other.groups == (("GO/07.png", "NG/04.png"),)
    assert "the same scene, another shot" in other.message
    assert proved.groups == (("GO/03.png", "GO/copy.png"),)
    assert "1 pair the same shot by the sensor's noise" in proved.message
    assert (proved.numbers["same_shot"], proved.numbers["unknown"]) == (1, 0)
    assert proved.numbers["match_least"] > proved.numbers["shot_cut"]
    assert unclear
    for finding in unclear:
        assert finding.numbers["unknown"] > finding.numbers["same_shot"] == 0
        assert "it cannot be told whether they are the same shot: the noise is too weak" in finding.message


def test_what_lies_between_copies_and_other_shots_or_lost_its_noise_cannot_be_told() -> None:
    copy, faint = NoiseMatch(0.4, 1.0), NoiseMatch(0.16, 0.5)
    scale = scale_of([NoiseMatch(0.02, 2.0)] * 20, [NoiseTrial(3.0, (copy, copy, copy, faint))] * 4)
    seen = [NoiseMatch(0.3, 0.1), NoiseMatch(0.09, 0.6), NoiseMatch(0.09, 2), NoiseMatch(0.05, 0.1)]
    assert [shot_of(match, scale) for match in seen] == [Shot.SAME, Shot.UNKNOWN, Shot.OTHER, Shot.UNKNOWN]
    assert shot_of(None, scale) is Shot.UNKNOWN
    rough = scale_of([NoiseMatch(0.5, 2.0)] * 20, [NoiseTrial(3.0, (copy, copy, copy, faint))] * 4)
    assert shot_of(NoiseMatch(0.9, 2), rough) is Shot.UNKNOWN
    assert "0 %" in rough.why_not
