from __future__ import annotations

from labelkit.domain.decisions import ImageKey
from labelkit.domain.placing import Action, Mode, Placement, Plan
from labelkit.domain.tree import FileEntry, Tree
from labelkit.sorting.drag import look
from labelkit.sorting.reconcile import Candidate, make_plan, moves

STAMP = (4, 1, 1, 1)
SHA = "c" * 64


def key(path: str) -> ImageKey:
    return ImageKey("/raw", path)


def placed(path: str, target: str, sha256: str = SHA) -> Placement:
    return Placement(key(path), target, Mode.COPY, sha256, STAMP, STAMP)


def linked(path: str, target: str) -> Placement:
    """A link whose content was never read."""
    return Placement(key(path), target, Mode.HARDLINK, "", (4, 7, 7, 70), (4, 7, 7, 70))


def never(p: Placement) -> str:
    raise AssertionError(f"{p.target} was recorded with its content: nobody needs to read its source")


def plan(*candidates: Candidate, mode: Mode = Mode.COPY) -> Plan:
    return make_plan(
        candidates, base_dir="/base", mode=mode, foreign=(), hash_of=lambda _: SHA, hash_of_foreign=lambda _: SHA
    )


def test_each_kind_of_step() -> None:
    made = plan(
        Candidate(key("new.png"), STAMP, "GO", None),
        Candidate(key("same.png"), STAMP, "GO", placed("same.png", "GO/same.png")),
        Candidate(key("other.png"), STAMP, "NG", placed("other.png", "GO/other.png")),
        Candidate(key("held.png"), STAMP, None, placed("held.png", "GO/held.png")),
        Candidate(key("never.png"), STAMP, None, None),
    )
    told = [(s.action, s.image.path, s.before, s.target) for s in made.steps]
    assert told == [
        (Action.WITHDRAW, "held.png", "GO/held.png", ""),
        (Action.RELOCATE, "other.png", "GO/other.png", "NG/other.png"),
        (Action.PLACE, "new.png", "", "GO/new.png"),
        (Action.KEEP, "same.png", "GO/same.png", "GO/same.png"),
    ]
    assert moves(made) == {("GO", "NG"): 1, ("GO", "held"): 1}


def test_mode_none_places_nothing_new() -> None:
    made = plan(Candidate(key("new.png"), STAMP, "GO", None), mode=Mode.NONE)
    assert made.steps == ()


def files(*paths: str, size: int = 4) -> Tree:
    return Tree("/base", (), tuple(FileEntry(p, size) for p in sorted(paths)))


def test_a_dragged_file_is_found_by_its_content() -> None:
    found = look(files("NG/1.png", "labelkit.db"), [placed("1.png", "GO/1.png")], lambda _: SHA, never)
    assert found.dragged == {key("1.png"): "NG/1.png"}
    assert (found.gone, found.foreign) == (frozenset(), ())


def test_a_file_of_other_content_is_foreign_and_the_image_is_gone() -> None:
    found = look(files("NG/1.png"), [placed("1.png", "GO/1.png")], lambda _: "d" * 64, never)
    assert found.dragged == {}
    assert found.gone == {key("1.png")}
    assert found.foreign == ("NG/1.png",)


def test_two_copies_dragged_the_one_with_its_old_name_is_taken_first() -> None:
    recorded = [placed("1.png", "GO/1.png"), placed("2.png", "GO/2.png")]
    found = look(files("NG/1.png", "NG/2.png"), recorded, lambda _: SHA, never)
    assert found.dragged == {key("1.png"): "NG/1.png", key("2.png"): "NG/2.png"}


def test_files_outside_class_folders_and_our_own_parts_are_nothing() -> None:
    tree = files("loose.png", ".trash/1.png", "GO/.labelkit-0123456789abcdef.part")
    found = look(tree, [placed("1.png", "GO/1.png")], lambda _: SHA, never)
    assert found.gone == {key("1.png")}
    assert found.foreign == ()


def test_a_dragged_link_is_known_as_the_very_file_and_nothing_is_read() -> None:
    there = FileEntry("NG/renamed.png", 4, mtime_ns=7, ctime_ns=9, inode=70)
    other = FileEntry("NG/1.png", 4, mtime_ns=7, ctime_ns=9, inode=71)

    def unread(path: str) -> str:
        raise AssertionError(path)

    found = look(Tree("/base", (), (other, there)), [linked("1.png", "GO/1.png")], unread, never)
    assert found.dragged == {key("1.png"): "NG/renamed.png"}
    assert found.foreign == ("NG/1.png",)


def test_a_link_that_became_a_copy_on_the_way_is_known_by_the_content_of_its_source() -> None:
    tree = files("NG/1.png", "NG/2.png")
    recorded = [linked("1.png", "GO/1.png")]
    contents = {"NG/1.png": "d" * 64, "NG/2.png": SHA}
    found = look(tree, recorded, contents.__getitem__, lambda _: SHA)
    assert (found.dragged, found.foreign) == ({key("1.png"): "NG/2.png"}, ("NG/1.png",))
    found = look(tree, recorded, contents.__getitem__, lambda _: "")
    assert found.gone == {key("1.png")}, "its source is another file by now: nobody knows"
    assert found.dragged == {}
