"""How fast perceptual hashes are made beside imagededup's, and how far they are from imagehash's.

    python benchmarks/phash.py [--files 400] [--rounds 3] [--venvs DIR] [--compare 300]

Both read a folder of 1280 x 960 JPEGs, then one of 300 x 300 PNGs, in turns, each in a process of its own, start-up
included. imagededup runs `PHash().encode_images(folder)` with its own workers; labelkit runs a whole audit's facts
(SHA-256, strict decode, statistics, eight hashes) through the engine of an audit, with as many. Bits are counted
against `imagehash.phash` on `--compare` images of random sizes, half of them JPEG and half PNG; beside it stands how
far the same formula is from imagehash when it is reckoned exactly, from the whole picture: imagehash rounds to whole
gray levels on the way, which turns bits too. Exits 1 when a goal is missed: 4 times on JPEG, 2 times on PNG, at most
4 bits.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path

import machine
import peers
from timed import Goal, in_turns, measured, seconds

DRAW = """
import sys
import numpy as np
from pathlib import Path
from PIL import Image
folder, kind, files = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
rng = np.random.default_rng(0)
y, x = np.mgrid[0:1400, 0:1800].astype(np.float32)
soft = [np.sin(x / (70 + 9 * i)) * np.cos(y / (90 + 7 * i)) for i in range(3)]
world = 120 + 60 * np.stack(soft, axis=-1) + rng.normal(0, 6, (1400, 1800, 3))
for _ in range(60):
    left, top, wide, high = (int(v) for v in rng.integers([0, 0, 20, 20], [1700, 1300, 400, 400]))
    world[top : top + high, left : left + wide] += rng.uniform(-60, 60)
world = Image.fromarray(world.clip(0, 255).astype(np.uint8))
for i in range(files):
    mixed = kind == "mixed"
    wide, high = rng.integers(100, 1300, 2).tolist() if mixed else ((1280, 960) if kind == "jpg" else (300, 300))
    left, top = int(rng.integers(0, 1800 - wide)), int(rng.integers(0, 1400 - high))
    suffix = ("jpg" if i % 2 else "png") if mixed else kind
    image = world.crop((left, top, left + wide, top + high))
    image.save(folder / f"{i:05}.{suffix}", **({"quality": 85} if suffix == "jpg" else {}))
"""

THEIRS = """
import sys
from imagededup.methods import PHash
if __name__ == "__main__":
    assert len(PHash(verbose=False).encode_images(image_dir=sys.argv[1])) == int(sys.argv[2])
"""

OURS = """
import os, sys
from labelkit.engines.choose import SHARD, make_engine
from labelkit.tasks.probe import ProbeTask
names = sorted(os.listdir(sys.argv[1]))
engine = make_engine(len(os.sched_getaffinity(0)), len(names))
receipts = engine.run(ProbeTask(sys.argv[1]), [names[i : i + SHARD] for i in range(0, len(names), SHARD)])
assert sum(len(f.pixels.phash + f.pixels.turned) == 64 for r in receipts for f in r.results) == int(sys.argv[2])
engine.close()
"""

REFERENCE = """
import json, sys
from pathlib import Path
import imagehash
from PIL import Image
print(json.dumps({p.name: str(imagehash.phash(Image.open(p))) for p in sorted(Path(sys.argv[1]).iterdir())}))
"""

HASHES = """
import json, sys
from pathlib import Path
from labelkit.imaging.probe import probe
print(json.dumps({p.name: probe(p.name, p.read_bytes()).pixels.phash for p in sorted(Path(sys.argv[1]).iterdir())}))
"""

EXACT = """
import json, sys
from pathlib import Path
import numpy as np
from PIL import Image
from labelkit.imaging.perceptual import perceptual_hashes
def exact(path):
    luma = np.asarray(Image.open(path).convert("RGB"), np.float64) @ (0.299, 0.587, 0.114)
    return perceptual_hashes(luma.astype(np.float32), None)[0]
print(json.dumps({p.name: exact(p) for p in sorted(Path(sys.argv[1]).iterdir())}))
"""

_GOALS = {"jpg": 4.0, "png": 2.0}
_BITS = 4


def main() -> int:
    """Measure; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--compare", type=int, default=300)
    parser.add_argument("--venvs", type=Path, default=Path(tempfile.gettempdir()) / "labelkit-peers")
    given = parser.parse_args()
    print(machine.told(Path.cwd()), machine.load())
    with tempfile.TemporaryDirectory() as folder:
        goals = [_speed(Path(folder), kind, given) for kind in _GOALS]
        goals.append(_bits(Path(folder), given))
    for goal in goals:
        print(goal.told())
    return 0 if all(goal.held for goal in goals) else 1


def _drawn(folder: Path, kind: str, files: int) -> Path:
    below = folder / kind
    below.mkdir()
    seconds([sys.executable, "-c", DRAW, below, kind, str(files)])
    return below


def _speed(folder: Path, kind: str, given: argparse.Namespace) -> Goal:
    images, python = _drawn(folder, kind, given.files), peers.python_of(given.venvs, "imagededup")
    theirs = folder / "theirs.py"
    theirs.write_text(THEIRS, "utf-8")  # a file, so that its workers can be started
    commands = {
        "imagededup": [python, theirs, images, str(given.files)],
        "labelkit": [sys.executable, "-c", OURS, images, str(given.files)],
    }
    found = in_turns({name: partial(_once, words) for name, words in commands.items()}, given.rounds)
    for name, spread in found.items():
        print(f"{kind} {name:>12}: {spread.told('.2f')} s for {given.files:,} files, start-up included")
    ratio = found["imagededup"].over(found["labelkit"])
    return Goal(f"times as fast as imagededup on {kind}", ratio.middle, _GOALS[kind])


def _once(command: list[str | Path], _turn: int) -> float:
    return seconds(command)


def _bits(folder: Path, given: argparse.Namespace) -> Goal:
    images = _drawn(folder, "mixed", given.compare)
    theirs = measured([peers.python_of(given.venvs, "imagehash"), "-c", REFERENCE, images])
    most = 0
    for way, script in (("the same reckoned exactly", EXACT), ("labelkit", HASHES)):
        ours = measured([sys.executable, "-c", script, images])
        apart = [(int(str(ours[name]), 16) ^ int(str(theirs[name]), 16)).bit_count() for name in theirs]
        most, beyond = max(apart), sum(bits > _BITS for bits in apart)
        mean = sum(apart) / len(apart)
        print(
            f"bits from imagehash, {way}: mean {mean:.2f}, most {most}, more than {_BITS} on {beyond} of {len(apart):,}"
        )
    return Goal("bits from imagehash, at most", most, _BITS, at_least=False)


if __name__ == "__main__":
    sys.exit(main())
