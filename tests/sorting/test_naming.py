from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from labelkit.domain.names import name_key
from labelkit.sorting.naming import Wish, assign_names

A, B = "a" * 64, "b" * 64


def named(
    wishes: list[Wish], contents: dict[int, str] | None = None, taken: dict[tuple[str, str], str] | None = None
) -> dict[int, str]:
    there = {"GO/x.png": A, "GO/y.png": B}
    return assign_names(
        wishes, taken=taken or {}, hash_of=lambda i: (contents or {})[i], hash_of_taken=lambda path: there[path]
    )


def test_a_file_keeps_its_name_and_is_not_even_hashed() -> None:
    wishes = [Wish(0, "GO", "a/1.png"), Wish(1, "NG", "b/1.png"), Wish(2, "GO", "b/2.png")]
    assert named(wishes) == {0: "1.png", 1: "1.png", 2: "2.png"}


def test_images_that_would_meet_get_their_content_into_the_name() -> None:
    wishes = [Wish(0, "GO", "a/1.png"), Wish(1, "GO", "b/1.png")]
    assert named(wishes, {0: A, 1: B}) == {0: "1-aaaaaaaa.png", 1: "1-bbbbbbbb.png"}


def test_names_that_differ_by_case_only_meet() -> None:
    names = named([Wish(0, "GO", "a/Part.PNG"), Wish(1, "GO", "b/part.png")], {0: A, 1: B})
    assert names == {0: "Part-aaaaaaaa.PNG", 1: "part-bbbbbbbb.png"}


def test_copies_of_one_content_under_one_name_stay_apart() -> None:
    names = named([Wish(0, "GO", "a/1.png"), Wish(1, "GO", "b/1.png")], {0: A, 1: A})
    assert names[0] == "1-aaaaaaaa.png"
    assert names[1].startswith("1-aaaaaaaa-")
    assert names[1] != names[0]


def test_who_stands_keeps_its_name_and_a_newcomer_is_told_apart() -> None:
    wishes = [Wish(0, "GO", "a/1.png", stands="1.png"), Wish(1, "GO", "b/1.png")]
    assert named(wishes, {0: A, 1: B}) == {0: "1.png", 1: "1-bbbbbbbb.png"}


def test_an_interrupted_run_ends_in_the_same_names() -> None:
    contents = {0: A, 1: B}
    whole = named([Wish(0, "GO", "a/1.png"), Wish(1, "GO", "b/1.png")], contents)
    half = named([Wish(0, "GO", "a/1.png", stands=whole[0]), Wish(1, "GO", "b/1.png")], contents)
    assert half == whole


def test_a_file_that_is_nobodys_is_never_written_over() -> None:
    taken = {("GO", name_key("x.png")): "x.png"}
    assert named([Wish(0, "GO", "x.png")], {0: B}, taken) == {0: "x-bbbbbbbb.png"}
    assert named([Wish(0, "GO", "x.png")], {0: A}, taken) == {0: "x.png"}, "the very same content is that file"


def test_long_names_stay_within_255_bytes() -> None:
    name = "ä" * 125 + ".png"
    names = named([Wish(0, "GO", f"a/{name}"), Wish(1, "GO", f"b/{name}")], {0: A, 1: B})
    assert all(len(n.encode()) <= 255 for n in names.values())
    assert len(set(names.values())) == 2


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["GO", "NG"]),
            st.sampled_from(["1.png", "1.PNG", "2.png", "1-aaaaaaaa.png"]),
            st.sampled_from([A, B]),
        ),
        max_size=8,
    )
)
def test_no_two_images_ever_share_a_place(drawn: list[tuple[str, str, str]]) -> None:
    wishes = [Wish(i, label, f"s{i}/{name}") for i, (label, name, _) in enumerate(drawn)]
    names = named(wishes, {i: content for i, (_, _, content) in enumerate(drawn)})
    places = [(w.label, name_key(names[w.image])) for w in wishes]
    assert len(set(places)) == len(wishes)
