"""A decoder that hangs or dies costs the one image that it was at, by name; everything else goes on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labelkit.domain.facts import ImageFacts
from labelkit.engines.engine import Lost
from labelkit.engines.in_process import InProcess
from labelkit.engines.local import LocalWorkers
from labelkit.imaging.thumbnail import thumbnail
from labelkit.tasks.probe import ProbeTask, Read, facts_of
from labelkit.tasks.probe_known import Also, KnownProbe, Probed, Store
from labelkit.tasks.watch import Limits
from tests.auditing.scenes import write


@dataclass(frozen=True)
class Trouble:
    """What a broken decoder does at some images: it hangs in Python, hangs in C, or takes its process with it."""

    sleeps: str = ""
    hangs: str = ""
    dies: str = ""

    stores: str = ""

    def lacks(self, sha256: str) -> bool:
        return len(sha256) == 64

    def make(
        self, path: str, read: Read, known: ImageFacts | None, also: Also | None
    ) -> tuple[ImageFacts, Store | None]:
        assert known is None
        if path == self.sleeps:
            time.sleep(600)
        if path == self.hangs:
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
            time.sleep(600)
        if path == self.dies:
            os.kill(os.getpid(), signal.SIGKILL)
        return facts_of(path, read, also), partial(time.sleep, 600) if path == self.stores else None


NAMES = [f"{n:02}.png" for n in range(24)]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in NAMES:
        write(tmp_path / "images" / name)
    (tmp_path / "marks").mkdir()
    return tmp_path


def shards(size: int) -> list[list[tuple[int, str]]]:
    items = list(enumerate(NAMES))
    return [items[i : i + size] for i in range(0, len(items), size)]


def results(root: Path, trouble: Trouble, *, seconds: float) -> Iterator[tuple[str, Probed | Lost]]:
    task = KnownProbe(str(root / "images"), "", Limits(seconds, str(root / "marks"), os.getpid()), trouble)
    with closing(LocalWorkers(2, patience_s=60)) as engine:
        for receipt in engine.run(task, shards(8)):
            yield from zip((name for _, name in shards(8)[receipt.shard]), receipt.results, strict=True)


def test_three_kinds_of_trouble_cost_three_images(root: Path) -> None:
    trouble = Trouble(sleeps="03.png", hangs="13.png", dies="21.png")
    began = time.perf_counter()
    found = dict(results(root, trouble, seconds=2.0))
    assert time.perf_counter() - began < 60
    assert list(found) == NAMES
    slow, hung, dead = found["03.png"], found["13.png"], found["21.png"]
    assert isinstance(slow, Probed)
    assert slow.facts.fault == "not decoded within 2 s"
    assert len(slow.facts.sha256) == 64
    assert not slow.decoded
    assert hung == Lost("the worker process died on it while decoding it")
    assert dead == Lost("the worker process died on it while decoding it")
    others = [r for name, r in found.items() if name not in {"03.png", "13.png", "21.png"}]
    assert all(isinstance(r, Probed) and r.facts.readable and r.decoded for r in others)


def test_in_the_callers_own_process_a_slow_image_is_named_and_a_slow_disk_is_no_fault_of_it(root: Path) -> None:
    task = KnownProbe(str(root / "images"), "", Limits(0.3), Trouble(sleeps="01.png", stores="02.png"))
    (receipt,) = InProcess().run(task, shards(24))
    faults = {r.facts.path: r.facts.fault for r in receipt.results if isinstance(r, Probed)}
    assert faults == {name: "not decoded within 0.3 s" if name == "01.png" else "" for name in NAMES}


def test_it_says_what_the_plain_probe_says(root: Path) -> None:
    (root / "images" / "05.png").write_bytes(b"no image")
    (root / "images" / "06.png").unlink()
    probed = KnownProbe(str(root / "images"))(list(enumerate(NAMES)))
    assert [p.facts for p in probed] == ProbeTask(str(root / "images"))(NAMES)
    assert [p.decoded for p in probed] == [name != "06.png" for name in NAMES]


@pytest.mark.parametrize(
    ("name", "mode"),
    [("a.jpg", "RGB"), ("b.jpg", "L"), ("c.png", "L"), ("d.png", "RGBA"), ("e.png", "I;16"), ("f.bmp", "P")],
)
def test_the_thumbnail_of_the_shared_decode_is_that_of_a_decode_of_its_own(
    tmp_path: Path, name: str, mode: str
) -> None:
    levels = np.add.outer(np.arange(300), np.arange(400))
    if mode == "I;16":
        image = Image.fromarray((levels * 80).astype(np.uint16))
    else:
        image = Image.fromarray((levels % 251).astype(np.uint8)).convert(mode)
    exif = Image.Exif()
    exif[0x0112] = 6
    if name.endswith("bmp"):
        image.save(tmp_path / name)
    else:
        image.save(tmp_path / name, exif=exif)
    (probed,) = KnownProbe(str(tmp_path), pictures=True)([(0, name)])
    assert probed.thumbnail == thumbnail((tmp_path / name).read_bytes())
    assert probed.thumbnail
    (without,) = KnownProbe(str(tmp_path))([(0, name)])
    assert without == replace(probed, thumbnail=b"")
