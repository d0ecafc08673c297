"""The one door to Keras: importing it loads the backend quietly, or raises MissingExtraError with the install line."""

from __future__ import annotations

from labelkit.training.loading import load_backend, quiet_stderr

load_backend()

import keras  # noqa: E402 - only now is it sure to be there, and quiet

__all__ = ["BY_XLA", "keras", "set_seed"]

BY_XLA: bool = keras.config.backend() == "jax"
"""Whether XLA compiles the steps of a fit.

JAX is nothing without it; TensorFlow's networks it made 1.4 to 2 times slower on CPUs.
"""


def set_seed(seed: int) -> None:
    """Set the seeds of Python, NumPy and the backend.

    Under another backend Keras seeds TensorFlow too where that is installed, and loads it for this.
    """
    with quiet_stderr():
        keras.utils.set_random_seed(seed)
