"""A training loop of your own over an ImageSequence: every image once an epoch, in an order that a seed decides.

python examples/own_loop.py BASE_DIR [EPOCHS]
"""

from __future__ import annotations

import sys

import keras
import numpy as np

import labelkit


def main(base_dir: str, epochs: int = 3) -> None:
    """Fit a linear model batch by batch."""
    sequence = labelkit.ImageSequence.from_folder(base_dir, image_size=(32, 32), batch_size=16, shuffle=True, seed=1)
    print(f"{sequence.samples} images in {len(sequence)} batches: {sequence.class_indices}")

    model = keras.Sequential(
        [keras.Input((32, 32, 3)), keras.layers.Flatten(), keras.layers.Dense(len(sequence.class_names))]
    )
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    for epoch in range(epochs):
        losses = [float(model.train_on_batch(x, y)) for x, y in sequence]
        sequence.on_epoch_end()  # another order for the next epoch
        print(f"epoch {epoch + 1}: cross-entropy {np.mean(losses):.3f}")


if __name__ == "__main__":
    main(sys.argv[1], *(int(n) for n in sys.argv[2:3]))
