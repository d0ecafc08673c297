"""From votes on rows to votes on images."""

from __future__ import annotations

import pytest

from labelkit.domain.votes import ABSTAINED, FAILED, NO_VALUE, SPLIT, Records, fold

LABELS = ("GO", "NG")


def folded(codes: list[int], reasons: dict[int, str] | None = None) -> tuple[int, str]:
    """Fold the rows of image 1, with images 0 and 2 beside it."""
    pairs = [(0, 0), *((1, i + 1) for i in range(len(codes))), (2, -1)]
    records = Records.of(3, pairs)
    shifted = {i + 1: why for i, why in (reasons or {}).items()}
    out, why = fold([0, *codes, ABSTAINED], shifted, records, labels=LABELS, place=lambda row: f"m.csv:{row + 1}")
    assert (out[0], out[2]) == (0, ABSTAINED)
    return out[1], why.get(1, "")


def test_equal_labels_are_one_vote_and_a_label_beats_having_none() -> None:
    assert folded([1, 1]) == (1, "")
    assert folded([ABSTAINED, 1]) == (1, "")
    assert folded([NO_VALUE, 0], {0: "no value: a"}) == (0, "")


def test_different_labels_are_split_and_name_the_rows() -> None:
    assert folded([0, ABSTAINED, 1, 0]) == (SPLIT, "its rows disagree: m.csv:2 says GO, m.csv:4 says NG")


def test_a_failure_on_one_row_is_the_images() -> None:
    assert folded([0, FAILED, 1], {1: "ValueError"}) == (FAILED, "ValueError")


def test_the_more_telling_way_to_have_no_label_is_kept() -> None:
    assert folded([ABSTAINED, NO_VALUE], {1: "no value: a"}) == (NO_VALUE, "no value: a")
    assert folded([ABSTAINED, ABSTAINED]) == (ABSTAINED, "")


def test_records_stand_by_image_and_images_without_a_row_have_one() -> None:
    records = Records.of(4, [(2, 5), (0, 9), (2, 1)])
    assert list(records) == [(0, 9), (1, -1), (2, 1), (2, 5), (3, -1)]
    assert not records.one_each
    assert Records.of(2, [(1, 0), (0, 1)]).one_each


def test_a_record_of_no_image_is_refused() -> None:
    with pytest.raises(ValueError, match="there are 2 images"):
        Records.of(2, [(2, 0)])
