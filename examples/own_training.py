"""Train a network of your own on class folders through Keras' flow_from_directory, with its traps taken out.

    python examples/own_training.py BASE_DIR [EPOCHS]

`labelkit.flow_from_directory` takes Keras' own keywords. It passes the class order explicitly, augments the training
images only, and hands back both iterators.
"""

from __future__ import annotations

import sys

import keras

import labelkit


def main(base_dir: str, epochs: int = 5) -> None:
    """Fit a small network of two classes and say what its output means."""
    training, validation = labelkit.flow_from_directory(
        base_dir, target_size=(80, 80), batch_size=32, class_mode="binary", validation_split=0.2, horizontal_flip=True
    )
    print(f"{training.samples} images to train, {validation.samples} to validate: {training.class_indices}")

    model = keras.Sequential(
        [
            keras.Input((80, 80, 3)),
            keras.layers.Conv2D(16, 3, strides=2, activation="relu"),
            keras.layers.Conv2D(32, 3, strides=2, activation="relu"),
            keras.layers.GlobalMaxPooling2D(),
            keras.layers.Dense(1),  # one logit: no activation here, from_logits=True below
        ]
    )
    model.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True))
    model.fit(training, validation_data=validation, epochs=epochs, verbose=0)

    name = list(training.class_indices)[1]
    print(f"validation cross-entropy {model.evaluate(validation, verbose=0):.3f}; an output near 1 means {name}")


if __name__ == "__main__":
    main(sys.argv[1], *(int(n) for n in sys.argv[2:3]))
