"""What may go wrong with a sort, and where each is tried; a fault that is not tried has its reason beside it.

The rows are those of the list of faults that the storage was designed by, under their numbers there.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache

import pytest

from tests.checkout import ROOT

FAULTS, STORAGE, FLOWS, CLI = "tests/faults", "tests/storage", "tests/flows", "tests/cli"


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of fault.

    Attributes:
        what: goes wrong.
        tests: that try it, `file::function`.
        but: what of it is not tried, and why; empty when all is.

    """

    what: str
    tests: tuple[str, ...]
    but: str = ""


def _in(file: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{file}::test_{name}" for name in names)


_EVERY_CALL = _in(f"{FAULTS}/test_exhaustive.py", "killed_or_refused_at_every_call")
_DISKS = _in(f"{FAULTS}/test_real_faults.py", "full_and_read_only_disks_and_files_that_cannot_go")
_AT_ONCE = _in(
    f"{FAULTS}/test_real_faults.py", "of_eight_sorts_at_once_one_works_and_a_swapped_class_folder_leads_nowhere"
)
_SAFEGUARDS = _in(f"{FAULTS}/test_safeguards.py", "every_safeguard_that_is_switched_off_is_noticed")
_RANDOM = _in(f"{FAULTS}/test_random_kills.py", "two_hundred_random_kills")
_LEADING = f"{FAULTS}/test_hostile_names.py"

ROWS: dict[int, Row] = {
    1: Row("SIGKILL at every system call", _EVERY_CALL),
    2: Row("SIGKILL at random times", _RANDOM),
    3: Row("power cut", _in(f"{FAULTS}/test_power_cuts.py", "power_cuts_lose_nothing_and_one_without_sync_is_noticed")),
    4: Row(
        "kill during resume, during undo",
        _RANDOM
        + _in(f"{FLOWS}/test_undo_stops.py", "killed_at_every_call_the_same_undo_ends_in_the_tree_before_the_sort"),
        "three deep: two deep at every call and at random; a third kill meets the states of the second",
    ),
    5: Row(
        "SIGINT, SIGTERM, SIGHUP",
        _in(
            f"{CLI}/test_interrupts.py",
            "each_signal_ends_it_in_order_and_it_says_how_to_go_on",
            "a_second_one_harms_nothing",
        ),
    ),
    6: Row("disk full", (*_DISKS, *_EVERY_CALL)),
    7: Row("no names left on the disk", _DISKS),
    8: Row(
        "ENOSPC and EIO on the ledger",
        _EVERY_CALL,
        "a disk of its own for the ledger: it is a file of base_dir and shares its disk",
    ),
    9: Row("EIO on reading one file", _in(f"{STORAGE}/test_recovery.py", "a_read_error_is_the_files_own")),
    10: Row(
        "EIO on fsync",
        (*_EVERY_CALL, *_in(f"{STORAGE}/test_recovery.py", "what_did_not_reach_the_disk_is_not_published")),
    ),
    11: Row(
        "short writes, EINTR",
        (*_EVERY_CALL, *_in(f"{STORAGE}/test_transfer.py", "a_disk_that_takes_a_few_bytes_at_a_time")),
    ),
    12: Row(
        "EACCES, EPERM on source or target",
        _DISKS
        + _EVERY_CALL
        + _in(
            f"{STORAGE}/test_recovery.py",
            "files_that_cannot_be_read_do_not_stop_the_others",
            "a_class_folder_that_cannot_be_written_fails_its_images_alone",
        ),
    ),
    13: Row(
        "read-only disk",
        (*_DISKS, *_EVERY_CALL),
        "a disk that becomes read-only while files on it are open for writing: the kernel refuses that remount; "
        "EROFS at every call stands for it, lasting in the long run",
    ),
    14: Row("EXDEV, also between two mounts of one disk", (*_DISKS, *_EVERY_CALL)),
    15: Row(
        "no links, EMLINK, EPERM on links",
        _DISKS
        + _in(f"{STORAGE}/test_transfer.py", "where_there_are_no_hard_links_it_is_said")
        + _in(f"{STORAGE}/test_system.py", "why_one_file_cannot_be_linked"),
    ),
    16: Row(
        "EMFILE, EFBIG, ENOMEM",
        _DISKS,
        "ENOMEM: Python ends as after a kill or with MemoryError anywhere, and a kill is tried at every call",
    ),
    17: Row(
        "two sorts at once",
        _AT_ONCE + _in(f"{STORAGE}/test_lock.py", "only_one_of_many_wins", "after_a_kill_the_next_needs_no_cleanup"),
    ),
    18: Row(
        "audit, train and verify during a sort",
        _in(f"{FLOWS}/test_verify.py", "it_works_while_another_holds_the_folder_and_says_so")
        + _in(
            f"{FLOWS}/test_half_done.py",
            "audit_says_that_a_sort_is_at_work",
            "train_refuses_half_a_set",
            "a_sort_that_was_cut_off_is_told",
        ),
    ),
    19: Row(
        "something stands under the name",
        _SAFEGUARDS
        + _in(
            f"{STORAGE}/test_transfer.py",
            "something_else_in_the_way_is_never_replaced",
            "the_same_content_in_the_way_is_taken_as_done",
        ),
    ),
    20: Row(
        "two rows, one target: base name, case, composition, trailing dot",
        _in(
            "tests/sorting/test_naming.py",
            "images_that_would_meet_get_their_content_into_the_name",
            "names_that_differ_by_case_only_meet",
            "no_two_images_ever_share_a_place",
        )
        + _in("tests/domain/test_names.py", "names_meet_without_case_composition_and_trailing_dots"),
    ),
    21: Row(
        "a source that changes, goes or is replaced during the copy",
        _SAFEGUARDS
        + _in(
            f"{STORAGE}/test_transfer.py",
            "a_source_that_changed_since_is_not_placed",
            "a_source_that_grows_while_it_is_read_is_not_placed",
            "a_source_that_is_swapped_after_it_was_read_is_not_placed",
        ),
    ),
    22: Row(
        "a class folder that is or becomes a link",
        _AT_ONCE
        + _SAFEGUARDS
        + _in(f"{STORAGE}/test_preflight.py", "a_class_folder_that_is_a_link_or_a_file")
        + _in(f"{STORAGE}/test_transfer.py", "a_class_folder_that_became_a_link_is_not_followed"),
    ),
    23: Row(
        "base_dir in a source, a source in base_dir, by whatever name",
        _in(
            f"{STORAGE}/test_preflight.py",
            "target_inside_source_is_wrong_usage",
            "target_inside_source_by_another_name",
            "target_inside_source_by_a_bind_mount",
        )
        + _in(f"{STORAGE}/test_transfer.py", "two_names_of_one_file_are_both_placed"),
    ),
    24: Row(
        "names and labels in a table that lead elsewhere",
        _in(_LEADING, "a_row_that_leads_away_names_no_file", "a_label_that_leads_away_is_no_class"),
    ),
    25: Row(
        "pipes, devices, folders, loops of links as images",
        _in(f"{STORAGE}/test_walk.py", "links_and_special_files_are_named_and_never_opened", "circles_of_links_end")
        + _in(f"{STORAGE}/test_transfer.py", "a_source_that_became_no_file_is_refused_and_never_waited_for"),
    ),
    26: Row(
        "line breaks, escapes, bytes that are no text, long names, blanks",
        _in(_LEADING, "names_of_any_bytes_arrive_as_they_are")
        + _in(f"{STORAGE}/test_transfer.py", "names_of_any_bytes")
        + _in("tests/sorting/test_naming.py", "long_names_stay_within_255_bytes")
        + _in("tests/domain/test_names.py", "shown_text_never_moves_a_terminal"),
    ),
    40: Row(
        "rules files that raise, exit, hang, kill, return anything; planted files",
        _in(f"{FAULTS}/test_planted_files.py", "planted_modules_are_not_imported")
        + _in(
            "tests/plugins/test_python_file.py",
            "a_syntax_error_shows_its_line_and_runs_nothing",
            "an_exception_while_the_file_runs_names_the_persons_own_line",
            "a_file_that_wants_to_end_the_program_is_a_faulty_file",
        )
        + _in(
            "tests/tasks/test_vote.py",
            "what_a_function_may_return",
            "an_exception_is_told_with_the_persons_own_lines",
            "a_rule_that_kills_its_worker_costs_one_image",
        )
        + _in("tests/engines/test_engines.py", "a_hanging_item_is_killed_and_named")
        + _in(f"{FLOWS}/test_sort.py", "a_rule_that_raises_places_nothing_and_names_image_and_line"),
        "a rule that answers differently each time: it is asked once an image a run, and its answer is recorded; "
        "a rule on columns that never returns holds the command until it is interrupted, before anything is placed",
    ),
    42: Row(
        "a ledger with changed bytes, of another version, of another folder, gone",
        _in(f"{FAULTS}/test_real_faults.py", "changed_bytes_of_ledger_and_journal_are_told_or_harmless")
        + _in(
            f"{STORAGE}/test_ledger.py",
            "a_flipped_byte_never_goes_unseen",
            "another_version_is_refused",
            "another_programs_file_is_refused_and_left",
        )
        + _in(f"{FAULTS}/test_lost_ledger.py", "without_its_ledger_a_folder_is_sorted_anew_and_nothing_is_lost")
        + _in(f"{FAULTS}/test_lost_ledger.py", "a_clock_that_goes_backwards_changes_nothing"),
    ),
    43: Row(
        "undo: edited, name taken, half done, twice, read-only",
        _in(
            f"{FLOWS}/test_undo.py",
            "an_altered_file_is_left_and_taken_once_it_is_put_right",
            "a_moved_file_whose_source_name_is_taken_is_left_until_it_is_free",
            "a_second_undo_takes_no_other_run_back",
            "the_last_copy_goes_back_to_its_source",
        )
        + _in(f"{FLOWS}/test_undo_stops.py", "killed_at_every_call_the_same_undo_ends_in_the_tree_before_the_sort"),
        "undo on a read-only disk: it works by the same steps as a sort, which are tried there",
    ),
}


@cache
def _tests_of(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("number", ROWS)
def test_every_row_has_its_tests(number: int) -> None:
    missing = [t for t in ROWS[number].tests if t.partition("::")[2] not in _tests_of(t.partition("::")[0])]
    assert ROWS[number].tests
    assert missing == []


def test_no_row_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    """All numbers are there; what is not tried is printed with its reason."""
    assert set(ROWS) == {*range(1, 27), 40, 42, 43}
    with capsys.disabled():
        for number, row in ROWS.items():
            if row.but:
                print(f"\nnot tried of fault {number}, {row.what}: {row.but}", end="")  # noqa: T201 - said aloud
