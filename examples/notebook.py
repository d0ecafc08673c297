"""The whole journey as cells of a notebook would have it: train, look at the metrics, predict by name.

python examples/notebook.py BASE_DIR [EPOCHS]
"""

from __future__ import annotations

import sys

import labelkit


def main(base_dir: str, epochs: int | None = None) -> None:
    """Train, judge, predict."""
    # %% train
    result = labelkit.train(base_dir, epochs=epochs)
    print(result)

    # %% the metrics are values, not text
    metrics = result.metrics
    print(f"confusion {metrics.classes}: {metrics.confusion}")
    print(f"the true class gets {100 * metrics.likelihood:.0f} %")

    # %% a prediction is a class name, never a bare index
    predictions = labelkit.predict(result.bundle, base_dir)
    print(predictions)
    first = predictions[0]
    print(first.path, first.label, first.probabilities)


if __name__ == "__main__":
    main(sys.argv[1], *(int(n) for n in sys.argv[2:3]))
