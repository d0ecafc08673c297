"""The programs that `audit.py` times, each run as `python -c`: arguments are a folder, a share, of how many, a file."""

from __future__ import annotations

DRAW = """
import sys
import numpy as np
from pathlib import Path
from PIL import Image, ImageFilter
folder, kind, first, files = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
size = (300, 300) if kind == "png" else (1280, 960)
rng = np.random.default_rng(0)
y, x = np.mgrid[0:1400, 0:1800].astype(np.float32)
soft = [np.sin(x / (70 + 9 * i)) * np.cos(y / (90 + 7 * i)) for i in range(3)]
world = 120 + 45 * np.stack(soft, axis=-1)
for _ in range(400):
    left, top, wide, high = (int(n) for n in rng.integers(0, [1800, 1400, 150, 150]))
    world[top : top + high, left : left + wide] += rng.uniform(-50, 50)
world = Image.fromarray(world.clip(0, 255).astype(np.uint8))
grain = Image.fromarray(rng.normal(128, 9, (1400, 1800, 3)).clip(0, 255).astype(np.uint8))
for i in range(first, files):
    own = np.random.default_rng(i)
    def cut(picture):
        left, top = int(own.integers(0, 1800 - size[0])), int(own.integers(0, 1400 - size[1]))
        return picture.crop((left, top, left + size[0], top + size[1]))
    image = cut(world)
    if i % 3 == 0:
        image = image.filter(ImageFilter.GaussianBlur(own.uniform(0.5, 12)))
    image = Image.blend(image, cut(grain), own.uniform(0.05, 0.6))
    gain, offset = own.uniform(0.25, 1.5), own.uniform(-40, 60)
    image = image.point([int(min(255, max(0, v * gain + offset))) for v in range(256)] * 3)
    image = image if kind == "jpeg" else image.convert("L")
    image.save(folder / f"{i:06}.{'jpg' if kind == 'jpeg' else kind}", **({"quality": 85} if kind == "jpeg" else {}))
print("{}")
"""
"""Seeded pictures: another cut, light, contrast, grain and, of every third, blur. JPEGs are coloured, others gray."""

BARE = """
import io, json, sys, time
from pathlib import Path
import simplejpeg
from PIL import Image
from labelkit.imaging.small_picture import scale_for
paths = sorted(Path(sys.argv[1]).iterdir())[int(sys.argv[2])::int(sys.argv[3])]
began, busy = time.perf_counter(), time.process_time()
for path in paths:
    data = path.read_bytes()
    if data[:2] == b"\\xff\\xd8":
        height, width, _, _ = simplejpeg.decode_jpeg_header(data)
        s = scale_for(width, height)
        simplejpeg.decode_jpeg(data, "RGB", min_height=-(-height // s), min_width=-(-width // s), min_factor=s)
    else:
        Image.open(io.BytesIO(data)).load()
print(json.dumps({"seconds": time.perf_counter() - began, "cpu": time.process_time() - busy}))
"""

FACTS = """
import json, sys, time
from pathlib import Path
from labelkit.engines.in_process import InProcess
from labelkit.tasks.probe import ProbeTask
names = sorted(p.name for p in Path(sys.argv[1]).iterdir())[int(sys.argv[2])::int(sys.argv[3])]
task = ProbeTask(sys.argv[1])
list(InProcess().run(task, [names[:2]]))
began, busy = time.perf_counter(), time.process_time()
assert all(fact.pixels for receipt in InProcess().run(task, [names]) for fact in receipt.results)
print(json.dumps({"seconds": time.perf_counter() - began, "cpu": time.process_time() - busy}))
"""

IMAGEHASH = """
import json, sys, time
from pathlib import Path
began = time.perf_counter()
import imagehash
from PIL import Image
for path in sorted(Path(sys.argv[1]).iterdir())[int(sys.argv[2])::int(sys.argv[3])]:
    imagehash.phash(Image.open(path))
print(json.dumps({"seconds": time.perf_counter() - began, "cpu": time.process_time()}))
"""

AUDIT = """
import json, sys
from pathlib import Path
import labelkit
report = labelkit.audit(sys.argv[1], jobs=int(sys.argv[3]))
assert report.files.unreadable == 0 and report.files.readable == int(sys.argv[2])
names = ["path", "dark_score", "light_score", "low_information_score", "blurry_score", "odd_aspect_ratio_score"]
table = report.facts_table()
Path(sys.argv[4]).write_text(json.dumps({name: table[name] for name in names}))
print("{}")
"""

AGAIN = """
import json, sys
import labelkit
for _ in range(2):
    report = labelkit.audit(sys.argv[1], jobs=int(sys.argv[3]))
assert report.files.readable == int(sys.argv[2])
print(json.dumps({"seconds": report.seconds}))
"""
"""The second of two audits in one process: every module is loaded."""

CLEANVISION = """
import contextlib, io, json, sys
from pathlib import Path
with contextlib.redirect_stdout(io.StringIO()):
    from cleanvision import Imagelab
    lab = Imagelab(data_path=sys.argv[1])
    lab.find_issues(n_jobs=int(sys.argv[3]), verbose=False)
found = lab.issues
assert len(found) == int(sys.argv[2])
scores = {name: [float(v) for v in found[name]] for name in found.columns if name.endswith("_score")}
scores["path"] = [Path(path).parent.name + "/" + Path(path).name for path in found.index]
Path(sys.argv[4]).write_text(json.dumps(scores))
print("{}")
"""
