"""The one door to Keras: importing it loads the backend quietly, or raises MissingExtraError with the install line."""

from __future__ import annotations

from labelkit.training.loading import load_backend

load_backend()

import keras  # noqa: E402 - only now is it sure to be there, and quiet

__all__ = ["keras"]
