"""What a split promises, whatever the images, groups and likenesses are, and however they come and go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelkit.domain.errors import UsageError
from labelkit.domain.split import LEFT_OUT, Assigned, Ratio, Splittable
from labelkit.sorting.assign import assign

RATIOS = ("0.8,0.2", "0.5,0.5", "0.8,0.1,0.1", "0.6,0.2,0.2")


def image(n: int, label: str = "GO", group: str = "", content: int | None = None) -> Splittable:
    digest = sha256(str(n if content is None else content).encode()).hexdigest()
    return Splittable(f"{label}/{n:04}.png", digest, label, group)


@st.composite
def sets(draw: st.DrawFn) -> tuple[list[Splittable], list[tuple[str, str]]]:
    """Images of two classes with lots, copies, and pairs that look the same."""
    count = draw(st.integers(8, 40))
    labels = draw(st.lists(st.sampled_from(["GO", "GO", "NG"]), min_size=count, max_size=count))
    groups = draw(st.lists(st.sampled_from(["", "", *"ABCDEFGHIJ"]), min_size=count, max_size=count))
    contents = draw(st.lists(st.integers(0, 60), min_size=count, max_size=count))
    images = [image(n, labels[n], groups[c % count], c) for n, c in enumerate(contents)]
    some = st.integers(0, count - 1)
    pairs = draw(st.lists(st.tuples(some, some), max_size=6))
    return images, [(images[a].path, images[b].path) for a, b in pairs]


@settings(deadline=None, max_examples=40)
@given(sets(), st.data(), st.sampled_from(RATIOS))
def test_nothing_is_torn_and_what_is_recorded_stays(
    given_set: tuple[list[Splittable], list[tuple[str, str]]], data: st.DataObject, ratio: str
) -> None:
    images, links = given_set
    recorded: list[Assigned] = []
    seen: set[str] = set()
    for _ in range(3):
        there = data.draw(st.lists(st.sampled_from(images), unique=True, min_size=4), label="there")
        try:
            found = assign(there, links, recorded, ratio=Ratio.of(ratio))
        except UsageError:
            continue
        parts = {a.path: a.part for a in found.assigned}
        settled = {a.sha256: a.part for a in recorded if a.part != LEFT_OUT}
        assert all(settled.get(a.sha256, a.part) == a.part for a in found.assigned)
        recorded += found.assigned
        assert_whole(recorded)
        fresh = {a.path for a in found.assigned if a.sha256 not in seen}
        seen |= {a.sha256 for a in found.assigned}
        for a, b in links:
            if a in parts and b in parts and {a, b} & fresh and LEFT_OUT not in {parts[a], parts[b]}:
                assert parts[a] == parts[b]
        sides = Counter((a.part, a.label) for a in found.assigned)
        names = {a.label for a in found.assigned if a.part in Ratio.of(ratio).parts}
        assert all(sides[part, name] for part in Ratio.of(ratio).parts for name in names)


def assert_whole(recorded: Sequence[Assigned]) -> None:
    """No content and no group was ever put on two sides."""
    for key in ("sha256", "group"):
        parts: dict[str, set[str]] = {}
        for a in recorded:
            if a.part != LEFT_OUT and getattr(a, key):
                parts.setdefault(getattr(a, key), set()).add(a.part)
        assert all(len(found) == 1 for found in parts.values())


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.integers(1, 6), min_size=10, max_size=60),
    st.lists(st.integers(1, 6), min_size=10, max_size=40),
    st.sampled_from(RATIOS),
    st.integers(0, 3),
)
def test_each_share_comes_within_one_group_of_its_aim(go: list[int], ng: list[int], ratio: str, seed: int) -> None:
    images: list[Splittable] = []
    sizes = {"GO": go, "NG": ng}
    for label, lots in sizes.items():
        for lot, size in enumerate(lots):
            images += [image(len(images) + n, label, f"{label}{lot}") for n in range(size)]
    found = assign(images, [], [], ratio=Ratio.of(ratio), seed=seed)
    have = Counter((a.part, a.label) for a in found.assigned)
    for label, lots in sizes.items():
        for part, share in Ratio.of(ratio).shares.items():
            if min(Ratio.of(ratio).shares.values()) * sum(lots) >= max(lots):  # room for a group on every side
                assert abs(have[part, label] - share * sum(lots)) <= max(lots)


def test_images_that_stand_alone_meet_the_ratio_to_the_image() -> None:
    images = [image(n, "NG" if n % 10 == 0 else "GO") for n in range(1000)]
    found = assign(images, [], [], ratio=Ratio.of("0.8,0.1,0.1"))
    assert Counter((a.part, a.label) for a in found.assigned) == {
        ("train", "GO"): 720,
        ("validation", "GO"): 90,
        ("test", "GO"): 90,
        ("train", "NG"): 80,
        ("validation", "NG"): 10,
        ("test", "NG"): 10,
    }


def test_a_bridge_between_two_sides_is_left_out_and_the_rest_is_not() -> None:
    old = [image(n, "GO" if n % 2 else "NG", f"lot{n // 2}") for n in range(20)]
    first = assign(old, [], [], ratio=Ratio.of("0.5,0.5"))
    part = {a.path: a.part for a in first.assigned}
    one = next(i for i in old if part[i.path] == "train")
    other = next(i for i in old if part[i.path] == "validation")
    new = [image(100, "GO", one.group), image(101, "GO", one.group), image(102, "GO", "new lot")]
    found = assign([*old, *new], [(new[0].path, other.path)], first.assigned, ratio=Ratio.of("0.5,0.5"))
    now = {a.path: a.part for a in found.assigned}
    assert now[new[0].path] == LEFT_OUT
    assert now[new[1].path] == "train"
    assert now[new[2].path] in {"train", "validation"}
    assert found.new == {i.path for i in new}


def test_a_class_in_one_lot_is_refused_with_its_lot() -> None:
    images = [image(n, "GO", f"lot{n % 5}") for n in range(20)] + [image(30 + n, "NG", "lot1") for n in range(3)]
    with pytest.raises(UsageError, match="class 'NG' would have no image") as e:
        assign(images, [], [], ratio=Ratio.of("0.8,0.2"))
    assert "3 images are 1 set that must not be parted (the largest: 7 images by lot1)" in e.value.message


def test_groups_that_are_torn_as_recorded_are_named() -> None:
    images = [image(n, "GO" if n % 2 else "NG") for n in range(20)]
    first = assign(images, [], [], ratio=Ratio.of("0.5,0.5"))
    grouped = [i._replace(group="A") for i in images]
    new = image(50, "GO", "A")
    found = assign([*grouped, new], [], first.assigned, ratio=Ratio.of("0.5,0.5"))
    assert found.torn == ("A",)
    assert next(a.part for a in found.assigned if a.path == new.path) == LEFT_OUT


@pytest.mark.parametrize("given_ratio", ["0.8", "0.8,0.3", "1,0", "a,b", "0.4,0.2,0.2,0.2", ""])
def test_a_ratio_that_is_none_is_refused(given_ratio: str) -> None:
    with pytest.raises(UsageError, match="--ratio takes two or three shares"):
        Ratio.of(given_ratio)
