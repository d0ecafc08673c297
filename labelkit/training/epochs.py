"""Which epoch it is, and in which order it serves the samples: a function of seed and epoch, whoever asks."""

from __future__ import annotations

import threading
import warnings

import numpy as np

Order = np.ndarray[tuple[int], np.dtype[np.intp]]
"""Positions of samples."""

_PROBED = 2
"""Batches that Keras reads before the first epoch to learn their shape (NUM_BATCHES_FOR_TENSOR_SPEC; JAX reads one)."""


class Epochs:
    """Counts epochs through all that Keras calls before, between and after them.

    `fit` reads two batches and calls `on_epoch_end` once before its first epoch; neither begins another epoch here.
    With JAX it even says that an epoch begins, reads a batch, and says that it ends; that is none either, as long as
    one worker reads and there are more batches. So epoch k of a fit is epoch k of the order, in a second `fit` and
    after a resume as well.

    Args:
        samples: how many there are.
        shuffle: a new order each epoch; else the order given.
        seed: of the order.
        first: the number of the first epoch.

    """

    def __init__(self, samples: int, *, shuffle: bool, seed: int, first: int) -> None:
        self.number = first
        self._samples, self._shuffle, self._seed = samples, shuffle, seed
        self._drawn: tuple[int, Order] | None = None
        self._within = self._through = self._warned = False
        self._served = False
        self._asked: set[int] = set()
        self._lock = threading.Lock()

    def order(self, epoch: int) -> Order:
        """All positions in the order of an epoch; not to be written to."""
        drawn = self._drawn
        if drawn is None or drawn[0] != (epoch if self._shuffle else 0):
            drawn = self._drawn = (epoch if self._shuffle else 0, self._draw(epoch))
        return drawn[1]

    def begin(self) -> None:
        """Keras begins an epoch."""
        self._within = True

    def end(self, *, batches: int) -> None:
        """Keras, or a loop of one's own, ends an epoch of so many batches; ignored when none has been."""
        with self._lock:
            begun = self._within and (self._served or len(self._asked) == batches)
            if begun or self._through or len(self._asked) > _PROBED:
                self.number += 1
                self._served = True
            self._within = self._through = False
            self._asked.clear()

    def went_through(self) -> None:
        """A loop of one's own has seen the last batch."""
        self._through = True

    def asked_for(self, batch: int, *, workers: int) -> None:
        """Note a batch that is asked for; warn when `fit` asks in an order of its own.

        In order, batch i is asked for after all before it; at most `workers` of those have not come here yet.
        """
        with self._lock:
            ahead = batch > len(self._asked) + workers
            self._asked.add(batch)
            warn = ahead and self._within and not self._warned
            self._warned = self._warned or warn
        if warn:
            warnings.warn(
                "fit takes the batches in an order of its own; the seed fixes it no longer: pass shuffle=False to fit",
                UserWarning,
                stacklevel=3,
            )

    def _draw(self, epoch: int) -> Order:
        if not self._shuffle:
            return np.arange(self._samples)
        return np.random.default_rng([self._seed, epoch]).permutation(self._samples)
