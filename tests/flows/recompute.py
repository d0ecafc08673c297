"""What an audit must say of a folder, reckoned from the disk by the standard library and Pillow; no labelkit in here.

python recompute.py BASE_DIR        prints one JSON object
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

IMAGES = (
    *(".avif", ".bmp", ".dib", ".gif", ".heic", ".jfif", ".jpe", ".jpeg", ".jpg"),
    *(".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp"),
)
KERAS = (".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".tif", ".tiff")
"""What `flow_from_directory` takes (keras_preprocessing, white_list_formats)."""

SPLIT = 0.2


def is_whole(path: Path) -> bool:
    try:
        with Image.open(path) as image:
            image.load()
    except Exception:  # noqa: BLE001 - whatever a decoder raises
        return False
    return True


def shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def copies(paths: Sequence[Path], root: Path) -> list[list[str]]:
    by_content: dict[str, list[str]] = {}
    for path in paths:
        by_content.setdefault(hashlib.sha256(path.read_bytes()).hexdigest(), []).append(shown(path, root))
    return sorted(sorted(group) for group in by_content.values() if len(group) > 1)


def split_of(numbers: Mapping[str, int]) -> dict[str, dict[str, int]]:
    held = {name: int(SPLIT * n) for name, n in numbers.items()}
    return {"validation": held, "train": {name: n - held[name] for name, n in numbers.items()}}


def reckoned(root: Path) -> dict[str, object]:
    files = sorted(p for p in root.rglob("*") if not p.is_dir())
    images = [p for p in files if p.suffix.lower() in IMAGES]
    whole = [p for p in images if p.is_file() and is_whole(p)]
    names = sorted(p.name for p in root.iterdir() if p.is_dir())
    counts = {name: sum(p.relative_to(root).parts[0] == name for p in images) for name in names}
    keras = {n: sum(p.relative_to(root).parts[0] == n and p.name.lower().endswith(KERAS) for p in files) for n in names}
    return {
        "files": {
            "seen": len(images),
            "readable": len(whole),
            "unreadable": len(images) - len(whole),
            "not_image": len(files) - len(images),
        },
        "classes": [{"name": n, "images": counts[n], "share": round(counts[n] / len(images), 6)} for n in names],
        "class_indices": {name: i for i, name in enumerate(names)},
        "reads": sum(keras.values()),
        **split_of(keras),
        "unreadable": sorted(shown(p, root) for p in images if p not in whole),
        "copies": copies(whole, root),
    }


if __name__ == "__main__":
    json.dump(reckoned(Path(sys.argv[1])), sys.stdout)
