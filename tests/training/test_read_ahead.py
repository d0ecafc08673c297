"""Reading ahead: no core waits between two batches, nothing is decoded twice, and no thread is left behind."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from labelkit.domain.errors import ImageError
from labelkit.imaging.recipes import Pixels
from labelkit.training.read_ahead import ReadAhead

SECONDS = 20


class Decoder:
    """Gives pictures whose value is their position; writes down which it made; waits at `held` ones."""

    def __init__(self, *, bad: int = -1, held: int = -1) -> None:
        self.made: Counter[int] = Counter()
        self.is_held, self.go_on = threading.Event(), threading.Event()
        self._bad, self._held = bad, held

    def __call__(self, i: int) -> Pixels:
        if i == self._held:
            self.is_held.set()
            assert self.go_on.wait(SECONDS)
        self.made[i] += 1
        if i == self._bad:
            raise ImageError("it is damaged", place=str(i))
        return np.full((1, 1, 3), i, np.uint8)


def values(pixels: list[Pixels]) -> list[int]:
    return [int(p[0, 0, 0]) for p in pixels]


_OTHERS: set[threading.Thread] = set()
"""Threads that sequences of other tests, which somebody still holds, keep ready."""


@pytest.fixture(autouse=True)
def threads_of_others() -> None:
    _OTHERS.clear()
    _OTHERS.update(threading.enumerate())


def decoding_threads() -> int:
    return sum(t.name.startswith("labelkit-decode") and t not in _OTHERS for t in threading.enumerate())


def wait_until(reached: Callable[[], object]) -> None:
    until = time.monotonic() + SECONDS
    while not reached() and time.monotonic() < until:
        time.sleep(0.002)
    assert reached()


def test_the_next_batch_is_begun_before_it_is_asked_for_and_decoded_once() -> None:
    decode = Decoder()
    ahead = ReadAhead(2)
    assert values(ahead.fetch(decode, [3, 1], served=[3, 1], then=[7, 5])) == [3, 1]
    wait_until(lambda: decode.made[7] and decode.made[5])
    assert values(ahead.fetch(decode, [7, 5], served=[7, 5], then=[])) == [7, 5]
    assert set(decode.made.values()) == {1}
    wait_until(lambda: decoding_threads() == 0)


def test_two_who_wait_for_one_image_have_it_decoded_once() -> None:
    decode = Decoder(held=4)
    ahead = ReadAhead(2)
    found: list[list[int]] = []
    askers = [
        threading.Thread(target=lambda: found.append(values(ahead.fetch(decode, [4], served=[4], then=[]))))
        for _ in range(3)
    ]
    for asker in askers:
        asker.start()
    time.sleep(0.05)
    decode.go_on.set()
    for asker in askers:
        asker.join(SECONDS)
    assert found == [[4]] * 3
    assert decode.made[4] == 1


def test_a_bad_image_ends_its_own_batch_and_not_the_one_before() -> None:
    decode, ahead = Decoder(bad=9), ReadAhead(2)
    assert values(ahead.fetch(decode, [1], served=[1], then=[9])) == [1]
    with pytest.raises(ImageError) as caught:
        ahead.fetch(decode, [9], served=[9], then=[])
    assert caught.value.place == "9"
    wait_until(lambda: decoding_threads() == 0)


def test_what_its_asker_found_elsewhere_is_let_go() -> None:
    decode = Decoder()
    ahead = ReadAhead(2)
    ahead.fetch(decode, [1], served=[1], then=[2])
    wait_until(lambda: decode.made[2])
    assert ahead.fetch(decode, [], served=[2], then=[]) == []
    wait_until(lambda: decoding_threads() == 0)


def test_stopping_leaves_no_thread_and_the_next_image_begins_anew() -> None:
    decode = Decoder(held=2)
    ahead = ReadAhead(1)
    ahead.fetch(decode, [1], served=[1], then=list(range(2, 34)))  # handed over a few at a time
    assert decode.is_held.wait(SECONDS)
    ahead.stop(drop=True)
    decode.go_on.set()
    wait_until(lambda: decoding_threads() == 0)
    assert set(decode.made) == {1, 2}
    assert values(ahead.fetch(decode, [3], served=[3], then=[])) == [3]
