from __future__ import annotations

import pytest

from labelkit.sorting.number_line import Axis, Cover, findings, observed_cover


def above(rule: str, bound: float, label: str) -> Cover:
    return Cover(rule, (bound,), lambda x: label if x >= bound else None)


def below(rule: str, bound: float, label: str) -> Cover:
    return Cover(rule, (bound,), lambda x: label if x < bound else None)


def told(covers: list[Cover], values: list[float], unvoted: list[float]) -> list[tuple[str, str, int, int]]:
    return [
        (str(f.stretch), " ".join(label for _, label in f.says), f.images, f.unvoted)
        for f in findings(Axis("score", sorted(values), sorted(unvoted)), covers)
    ]


def test_a_gap_and_its_images() -> None:
    found = told([above("a", 80, "GO"), below("b", 60, "NG")], [10, 59.9, 60, 70, 79.9, 80, 90], [60, 70])
    assert found == [("score in [60, 80)", "", 3, 2)]


def test_a_double_cover_and_its_images() -> None:
    found = told([above("a", 80, "GO"), below("b", 85, "NG")], [79, 80, 84.9, 85], [])
    assert found == [("score in [80, 85)", "GO NG", 2, 0)]


def test_the_same_label_twice_is_no_double_cover() -> None:
    assert told([above("a", 80, "GO"), above("b", 70, "GO"), below("c", 70, "NG")], [75], []) == []


def test_a_single_number_that_nothing_covers() -> None:
    over = Cover("a", (80.0,), lambda x: "GO" if x > 80 else None)
    assert told([over, below("b", 80, "NG")], [80, 80, 81], [80, 80]) == [("score = 80", "", 2, 2)]


@pytest.mark.parametrize(("bound", "said"), [(80.0, "score < 80"), (-1e300, "score < -1e+300")])
def test_one_sided_rules_leave_a_side_open(bound: float, said: str) -> None:
    assert [t[0] for t in told([above("a", bound, "GO")], [], [])] == [said]


def test_a_function_is_known_by_what_it_said() -> None:
    votes = [(10.0, "NG"), (60.0, "NG"), (70.0, None), (80.0, "GO"), (90.0, "GO"), (70.0, None)]
    cover = observed_cover("f", votes)
    assert cover is not None
    assert told([cover], [x for x, _ in votes], [70, 70]) == [("score in [70, 80)", "", 2, 2)]
    assert observed_cover("f", [(1.0, "GO"), (1.0, "NG")]) is None  # it looks at something else
    assert observed_cover("f", [(float(n), "GO" if n % 2 else "NG") for n in range(60)]) is None
    assert observed_cover("f", []) is None
