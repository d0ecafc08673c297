"""Draw the sample set: machined parts under a fixed camera, and the table that the inspection line writes about them.

    python sample_data/draw.py                             draws sample_data/raw and sample_data/metadata.csv again
    python sample_data/draw.py OUT --seed 7 --count 600    draws another set: OUT/raw and OUT/metadata.csv

Every image has a generator of its own, seeded by (seed, index), so changing one image moves no other.
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from PIL import Image

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Mask = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]

SEED = 4
COUNT = 96
LEAST = 64  # images: below this the odd rows and eight lots no longer fit
SIDE = 200  # pixels
LOTS = "ABCDEFGH"
NG_WEIGHTS = (2, 6, 3, 6, 3, 5, 6, 2)  # rejects of 12 parts in each lot: 33 of 96
STATIONS = ("station1", "station2", "station3")
DEFECTS = ("scratch", "dent", "missing_hole")
TWIN = 17  # two stations used this serial number
GHOST = 39  # this serial number has a row and no image
FIELDS = ("file", "lot", "station", "timestamp", "score", "verdict")
START = datetime(2026, 3, 2, 6, 0, 0)  # noqa: DTZ001 - the line writes local time without a zone
COVERAGE = (0.005, 0.028)  # share of the part that a defect covers
LIGHT = (-0.6, -0.8)  # x, y of the direction towards the lamp


@dataclass(frozen=True, slots=True)
class Item:
    """One part as planned: its file below raw/, its row, and what is wrong with it ("" = nothing)."""

    index: int
    file: str
    lot: str
    station: str
    timestamp: str
    score: str
    defect: str
    shape: str
    mode: str
    listed: bool = True

    @property
    def row(self) -> tuple[str, ...]:
        """The values of FIELDS for this part."""
        verdict = "N.G." if self.defect else "OK"
        return (self.file, self.lot, self.station, self.timestamp, self.score, verdict)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture, (200, 200, 3) float64 in 0-255, with bool masks (200, 200) of the flawless part and of its defect."""

    pixels: Array
    part: Mask
    defect: Mask

    @property
    def coverage(self) -> float:
        """Share of the part that the defect covers, 0-1."""
        return float(self.defect.sum() / self.part.sum())


# ---------------------------------------------------------------- the plan


def plan(seed: int, count: int) -> list[Item]:
    """Decide lot, station, format, defect and score of each of `count` images, in the order of production."""
    if count < LEAST:
        message = f"count is {count}; expected at least {LEAST}"
        raise ValueError(message)
    rng = np.random.default_rng(seed)
    lots = np.arange(count) * len(LOTS) // count
    bad = _rejects(rng, lots)
    formats = _spread(rng, bad, [("png", 0.2), ("bmp", 0.25), ("jpg", 1.0)])
    modes = _spread(rng, bad, [("RGB", 0.4), ("L", 1.0)])
    stations = _spread(rng, bad, [(STATIONS[0], 1 / 3), (STATIONS[1], 2 / 3), (STATIONS[2], 1.0)])
    defects = _spread(rng, bad, [("scratch", 0.4), ("dent", 0.7), ("missing_hole", 1.0)])
    for index, station in ((TWIN - 1, STATIONS[0]), (TWIN, STATIONS[1])):
        formats[index], stations[index] = "png", station
    scores = _scores(rng, bad)
    times = _times(rng, lots)
    items = [
        Item(
            index=i,
            file=f"{stations[i]}/{_serial(i):04d}.{formats[i]}",
            lot=LOTS[lots[i]],
            station=stations[i],
            timestamp=times[i].isoformat(),
            score=f"{scores[i]:.1f}",
            defect=defects[i] if bad[i] else "",
            shape="ring" if lots[i] % 4 < 2 else "plate",
            mode=modes[i] if formats[i] == "jpg" else "L",
        )
        for i in range(count)
    ]
    return _odd_rows(rng, items)


def _serial(index: int) -> int:
    """Serial number of an image: 1, 2, ... with TWIN given twice and GHOST left out."""
    return index + 1 if index < TWIN or index >= GHOST else index


def _rejects(rng: np.random.Generator, lots: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Mask:
    """Which parts are NG: a third in all, shared out over the lots by NG_WEIGHTS."""
    bad = np.zeros(len(lots), dtype=np.bool_)
    edges = np.rint(np.cumsum([0, *NG_WEIGHTS]) * len(lots) / COUNT).astype(int)
    for lot, wanted in enumerate(np.diff(edges)):
        bad[rng.permutation(np.flatnonzero(lots == lot))[:wanted]] = True
    return bad


def _spread(rng: np.random.Generator, bad: Mask, shares: list[tuple[str, float]]) -> list[str]:
    """Give each image a value, in the same (cumulative) shares among the good and the bad, so that it tells nothing."""
    values = [""] * len(bad)
    for group in (np.flatnonzero(bad), np.flatnonzero(~bad)):
        for place, index in enumerate(rng.permutation(group)):
            quantile = (place + 0.5) / len(group)
            values[index] = next(name for name, upto in shares if quantile <= upto)
    return values


def _scores(rng: np.random.Generator, bad: Mask) -> Array:
    """Score 0-100: at least 80 exactly when good; a ninth of the good lie in 80-84.9; both sides of 80 are touched."""
    scores = np.where(bad, rng.uniform(18, 79, len(bad)), rng.uniform(85.5, 99.5, len(bad)))
    good = rng.permutation(np.flatnonzero(~bad))
    close = good[: round(len(good) / 9)]
    scores[close] = rng.uniform(80.2, 84.8, len(close))
    scores[close[0]] = 80.0
    scores[rng.permutation(np.flatnonzero(bad))[0]] = 79.9
    return scores


def _times(rng: np.random.Generator, lots: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> list[datetime]:
    """One lot a shift, two shifts a day, parts at nearly even distances within seven hours."""
    times: list[datetime] = []
    for lot in range(len(LOTS)):
        size = int((lots == lot).sum())
        shift = START + timedelta(days=lot // 2, hours=8 * (lot % 2))
        seconds = (np.arange(size) + rng.uniform(0.1, 0.9, size)) * 7 * 3600 / size
        times.extend(shift + timedelta(seconds=int(s)) for s in seconds)
    return times


def _odd_rows(rng: np.random.Generator, items: list[Item]) -> list[Item]:
    """Take the row from one good image, and the score from one good and one bad one."""
    plain = [i for i in items if _serial(i.index) != TWIN and not 80 <= float(i.score) < 85 and i.score != "79.9"]
    good = rng.permutation([i.index for i in plain if not i.defect])
    bad = rng.permutation([i.index for i in plain if i.defect])
    odd = list(items)
    odd[good[0]] = replace(odd[good[0]], listed=False)
    for index in (good[1], bad[0]):
        odd[index] = replace(odd[index], score="")
    return odd


# ---------------------------------------------------------------- the picture


def picture(item: Item, seed: int) -> Drawing:
    """Draw one part as planned."""
    rng = np.random.default_rng((seed, item.index))
    x, y = _part_frame(rng, item.shape)
    holes = _holes(item.shape)
    depth = _inside(x, y, item.shape, holes)
    lacking = int(rng.integers(1, len(holes)))
    drilled = [h for n, h in enumerate(holes) if n != lacking]
    drawn = _inside(x, y, item.shape, drilled) if item.defect == "missing_hole" else depth
    metal = _metal(rng, x, y, item.shape)
    delta, defect = _defect(rng, item, (x, y), depth, holes[lacking])
    surface = metal + _smears(rng, x, y) + _bevel(drawn) + delta
    cover = np.clip(drawn + 0.5, 0, 1)
    grey = surface * cover + _fixture(rng, drawn) * (1 - cover)
    return Drawing(_expose(rng, grey), depth > 0, defect)


def _grid(side: float) -> tuple[Array, Array]:
    """Row and column of each pixel, counted from the centre of a picture `side` long."""
    steps = (np.arange(SIDE) - (SIDE - 1) / 2) / SIDE * side
    row, column = np.meshgrid(steps, steps, indexing="ij")
    return row, column


def _part_frame(rng: np.random.Generator, shape: str) -> tuple[Array, Array]:
    """Coordinates of each pixel in the part's own frame, pixels: a small shift and turn, as a fixture leaves them."""
    limit = np.radians(10 if shape == "ring" else 4)
    angle, dx, dy = rng.uniform(-limit, limit), rng.uniform(-4, 4), rng.uniform(-4, 4)
    row, column = _grid(SIDE)
    column, row = column - dx, row - dy
    return column * np.cos(angle) + row * np.sin(angle), row * np.cos(angle) - column * np.sin(angle)


def _holes(shape: str) -> list[tuple[float, float, float]]:
    """Centre x, y and radius of each hole; the first is the bore, which is never missing."""
    if shape == "ring":
        turns = np.arange(6) * np.pi / 3
        return [(0, 0, 27), *((57 * float(np.cos(t)), 57 * float(np.sin(t)), 9) for t in turns)]
    return [(0, 0, 22), *((x, y, 9.5) for x in (-51, 51) for y in (-51, 51))]


def _inside(x: Array, y: Array, shape: str, holes: list[tuple[float, float, float]]) -> Array:
    """Distance to the nearest edge of the part, pixels, positive on metal."""
    if shape == "ring":
        depth = 85 - _distance(x, y)
    else:
        cx, cy = np.abs(x) - 62, np.abs(y) - 62
        depth = 14 - _distance(np.maximum(cx, 0), np.maximum(cy, 0)) - np.minimum(np.maximum(cx, cy), 0)
    for hx, hy, radius in holes:
        depth = np.minimum(depth, _distance(x - hx, y - hy) - radius)
    return depth


def _distance(dx: Array, dy: Array) -> Array:
    """Length of (dx, dy); a plain root is three times as fast as hypot and nothing here can overflow."""
    return np.sqrt(dx * dx + dy * dy)


def _streaks(rng: np.random.Generator, across: Array, along: Array) -> Array:
    """Noise that changes fast in `across` (pixels) and slowly in `along` (0-1): the marks of a tool or a brush."""
    table = rng.normal(size=(12, 260))
    lane: Array = np.clip(across, 0, 258)
    place: Array = np.clip(along, 0, 1) * 10.99
    low, first = lane.astype(int), place.astype(int)
    part, share = lane - low, place - first
    near: Array = table[first, low] * (1 - part) + table[first, low + 1] * part
    far: Array = table[first + 1, low] * (1 - part) + table[first + 1, low + 1] * part
    blend: Array = near * (1 - share) + far * share
    return blend


def _metal(rng: np.random.Generator, x: Array, y: Array, shape: str) -> Array:
    """Grey of the bare surface: turned rings with their bow-tie of light, brushed plates with a gradient."""
    strength = rng.uniform(3, 8)
    base = rng.uniform(138, 166)
    if shape == "ring":
        turn = np.arctan2(y, x)
        sheen = 13 * np.cos(2 * (turn - rng.uniform(0.6, 1.0)))
        return base + sheen + strength * _streaks(rng, _distance(x, y) * 1.3, turn / (2 * np.pi) + 0.5)
    along, across = rng.uniform(-0.12, 0.12), rng.uniform(-0.12, 0.12)
    return base + along * x + across * y + strength * _streaks(rng, y + 110, x / 220 + 0.5)


def _smears(rng: np.random.Generator, x: Array, y: Array) -> Array:
    """Harmless soft marks, as oil leaves them, on good and bad parts alike."""
    total = np.zeros_like(x)
    for _ in range(int(rng.integers(0, 4))):
        cx, cy = rng.uniform(-65, 65, 2)
        wide, narrow = rng.uniform(18, 34), rng.uniform(9, 15)
        t = rng.uniform(0, np.pi)
        u = (x - cx) * np.cos(t) + (y - cy) * np.sin(t)
        v = (y - cy) * np.cos(t) - (x - cx) * np.sin(t)
        total += rng.uniform(-16, 10) * np.exp(-((u / wide) ** 2 + (v / narrow) ** 2))
    return total


def _bevel(depth: Array) -> Array:
    """The broken edge: light where it faces the lamp, dark where it turns away."""
    gy: Array
    gx: Array
    gy, gx = np.gradient(depth)
    facing = -(gx * LIGHT[0] + gy * LIGHT[1])
    return 28 * facing * np.exp(-(((depth - 1.2) / 1.3) ** 2))


def _fixture(rng: np.random.Generator, depth: Array) -> Array:
    """The dark table below the part, darker in its shadow."""
    row, column = _grid(1)
    plain = rng.uniform(36, 52) + rng.uniform(-10, 10) * column + rng.uniform(-10, 10) * row
    shadow = np.roll(depth, (5, 4), axis=(0, 1))
    return plain - 15 * np.clip(shadow / 6 + 1, 0, 1)


def _expose(rng: np.random.Generator, grey: Array) -> Array:
    """What the camera makes of it: lamp drift, fall-off, a slight tint, noise."""
    row, column = _grid(1)
    lamp = rng.uniform(0.9, 1.08) * (1 - rng.uniform(0.1, 0.3) * (row**2 + column**2))
    noise = rng.normal(size=grey.shape) * rng.uniform(1.2, 3.8)
    tint = np.array([1 + rng.uniform(-0.03, 0.04), 1.0, 1 + rng.uniform(-0.04, 0.03)])
    exposed: Array = np.clip((grey * lamp + noise)[..., None] * tint, 0, 255)
    return exposed


# ---------------------------------------------------------------- the defects


def _defect(
    rng: np.random.Generator,
    item: Item,
    frame: tuple[Array, Array],
    depth: Array,
    hole: tuple[float, float, float],
) -> tuple[Array, Mask]:
    """Change of grey and mask of the planned defect; tried again until it covers what COVERAGE asks for."""
    x, y = frame
    if not item.defect:
        return np.zeros_like(x), np.zeros(x.shape, dtype=np.bool_)
    if item.defect == "missing_hole":
        return _punch_mark(x, y, hole)
    while True:
        delta, touched = (_scratch if item.defect == "scratch" else _dent)(rng, x, y)
        mask = touched & (depth > 0)
        if COVERAGE[0] <= mask.sum() / (depth > 0).sum() <= COVERAGE[1] and mask.sum() > 0.9 * touched.sum():
            return delta, mask


def _punch_mark(x: Array, y: Array, hole: tuple[float, float, float]) -> tuple[Array, Mask]:
    """A hole that was faced and never drilled: a bright disc in a scribed circle, with a centre mark."""
    away = _distance(x - hole[0], y - hole[1])
    faced = 42 / (1 + np.exp((away - hole[2] + 0.8) / 0.5))
    delta = faced - 120 * np.exp(-((away / 3) ** 2)) - 45 * np.exp(-(((away - hole[2] + 0.5) / 1.1) ** 2))
    return delta, away <= hole[2]


def _scratch(rng: np.random.Generator, x: Array, y: Array) -> tuple[Array, Mask]:
    """A bent line, bright where metal is torn open or dark where it is filled with dirt."""
    start, heading = rng.uniform(-70, 70, 2), rng.uniform(0, 2 * np.pi)
    length, bend, width = rng.uniform(45, 95), rng.uniform(-14, 14), rng.uniform(1.7, 2.5)
    t = np.linspace(0, 1, 40)
    along, aside = length * t, bend * 4 * t * (1 - t)
    px = start[0] + along * np.cos(heading) - aside * np.sin(heading)
    py = start[1] + along * np.sin(heading) + aside * np.cos(heading)
    away = np.full_like(x, np.inf)
    for qx, qy in zip(px, py, strict=True):
        np.minimum(away, _distance(x - qx, y - qy), out=away)
    contrast = rng.uniform(88, 115) * (1 if rng.random() < 0.5 else -1)
    return contrast * np.exp(-((away / width) ** 2)), away <= width + 0.4


def _dent(rng: np.random.Generator, x: Array, y: Array) -> tuple[Array, Mask]:
    """A round dip: its wall away from the lamp shines, the other one lies in shadow."""
    cx, cy = rng.uniform(-72, 72, 2)
    radius = rng.uniform(9.5, 13)
    u, v = (x - cx) / radius, (y - cy) / radius
    away = _distance(u, v)
    wall = -(u * LIGHT[0] + v * LIGHT[1]) * np.exp(-((away - 0.55) ** 2) / 0.12)
    return rng.uniform(150, 180) * wall - 45 * np.exp(-(away**2) / 0.3), away <= 1


# ---------------------------------------------------------------- the files


def draw(out: Path, *, seed: int, count: int) -> None:
    """Write out/raw/<station>/<serial>.<format> and out/metadata.csv; stray files below out/raw are refused."""
    items = plan(seed, count)
    known = {item.file for item in items}
    raw = out / "raw"
    stray = sorted(p.relative_to(raw).as_posix() for p in raw.rglob("*") if p.is_file())
    if unknown := [name for name in stray if name not in known]:
        message = f"{raw} holds files of another set ({unknown[0]}, {len(unknown)} in all); remove them first"
        raise FileExistsError(message)
    for station in STATIONS:
        (raw / station).mkdir(parents=True, exist_ok=True)
    for item in items:
        _save(picture(item, seed), item.mode, raw / item.file)
    _write_table(items, out / "metadata.csv")


def _save(drawing: Drawing, mode: str, path: Path) -> None:
    """Encode a picture by its path's suffix, as grey or colour."""
    pixels = np.rint(drawing.pixels).astype(np.uint8)
    image = Image.fromarray(pixels if mode == "RGB" else pixels[..., 1])
    image.save(path, quality=90)  # only JPEG knows this word; the others pass it by


def _write_table(items: list[Item], path: Path) -> None:
    """Write the line's table: one row for each listed image and, as row 40, one for an image that is not there."""
    rows = [item.row for item in items if item.listed]
    before = rows[GHOST - 1]
    moment = (datetime.fromisoformat(before[3]) + timedelta(seconds=20)).isoformat()
    rows.insert(GHOST, (f"{STATIONS[2]}/{GHOST:04d}.jpg", before[1], STATIONS[2], moment, "91.4", "OK"))
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([FIELDS, *rows])


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(description="Draw the sample set.")
    parser.add_argument(
        "out", nargs="?", type=Path, default=Path(__file__).resolve().parent, help="folder to draw into"
    )
    parser.add_argument("--seed", type=int, default=SEED, help=f"default {SEED}")
    parser.add_argument("--count", type=int, default=COUNT, help=f"images, at least {LEAST}; default {COUNT}")
    options = parser.parse_args()
    draw(options.out, seed=options.seed, count=options.count)


if __name__ == "__main__":
    main()
