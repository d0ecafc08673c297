"""Train with the defaults on 600 drawn parts and judge by name on 400 fresh ones, in both class orders.

    python benchmarks/sample_training.py [--train-seed 7] [--test-seed 8] [--train 600] [--test 400]

Prints, for each order, balanced accuracy, cross-entropy beside the prior's, the seconds that `train` took, and on how
many of the fresh images both models agree by name. Exits 1 when a limit is missed: balanced accuracy 0.9, four minutes,
agreement 95 %, and 0.1 nats better than the prior. With `--loader flow_from_directory` the same for Keras' own loader.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "sample_data"))

from draw import draw

import labelkit

RULES = ["score >= 80 -> GO", "score < 80 -> NG"]
MIN_BALANCED_ACCURACY, MAX_SECONDS, MIN_AGREEMENT, MIN_GAIN_NATS = 0.9, 240.0, 0.95, 0.1


@dataclass(frozen=True, slots=True)
class Judged:
    """One model on the fresh images, by name."""

    said: dict[str, str]
    balanced_accuracy: float
    cross_entropy: float
    prior_cross_entropy: float
    seconds: float


def drawn(folder: Path, seed: int, count: int) -> Path:
    """Draw a set and sort it by its score; returns its class folders."""
    draw(folder, seed=seed, count=count)
    base_dir = folder / "base_dir"
    labelkit.sort(folder / "raw", base_dir=base_dir, metadata=folder / "metadata.csv", rule=RULES)
    return base_dir


def judged(train_dir: Path, test_dir: Path, classes: list[str], loader: str, out: Path) -> Judged:
    """Train in this class order and judge on the fresh images."""
    begin = time.perf_counter()
    result = labelkit.train(train_dir, classes=classes, loader=loader, out=out)
    seconds = time.perf_counter() - begin
    truth, said, losses = {}, {}, []
    for label in sorted(classes):
        for p in labelkit.predict(result.bundle, test_dir / label):
            truth[p.path], said[p.path] = label, p.label
            losses.append(-math.log(max(p.probabilities[label], 1e-12)))
    recalls = [_recall(c, truth, said) for c in classes]
    shares = [sum(t == c for t in truth.values()) / len(truth) for c in classes]
    prior = -sum(s * math.log(s) for s in shares)
    return Judged(said, sum(recalls) / len(recalls), sum(losses) / len(losses), prior, seconds)


def _recall(label: str, truth: dict[str, str], said: dict[str, str]) -> float:
    of_class = [f for f, t in truth.items() if t == label]
    return sum(said[f] == label for f in of_class) / len(of_class)


def main() -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("train-seed", 7), ("test-seed", 8), ("train", 600), ("test", 400)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--loader", default="generator")
    asked = parser.parse_args()
    told = ", ".join(f"{p} {version(p)}" for p in ("labelkit-vision", "keras", "tensorflow", "pillow", "numpy"))
    print(f"Python {platform.python_version()}, {told}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        train_dir, test_dir = (
            drawn(top / "train", asked.train_seed, asked.train),
            drawn(top / "test", asked.test_seed, asked.test),
        )
        results = []
        for classes in (["GO", "NG"], ["NG", "GO"]):
            r = judged(train_dir, test_dir, classes, asked.loader, top / "runs")
            results.append(r)
            print(
                f"{','.join(classes)} ({asked.loader}): balanced accuracy {r.balanced_accuracy:.4f}, cross-entropy "
                f"{r.cross_entropy:.4f} (prior {r.prior_cross_entropy:.4f}), {r.seconds:.0f} s"
            )
    a, b = results
    agreement = sum(a.said[f] == b.said[f] for f in a.said) / len(a.said)
    print(f"both agree by name on {agreement:.2%} of {len(a.said)} fresh images")
    held = agreement >= MIN_AGREEMENT and all(
        r.balanced_accuracy >= MIN_BALANCED_ACCURACY
        and r.seconds <= MAX_SECONDS
        and r.cross_entropy <= r.prior_cross_entropy - MIN_GAIN_NATS
        for r in results
    )
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
