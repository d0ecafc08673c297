"""A sort told to a person: where did everything go?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from rich.console import Console

from labelkit.domain.command_line import word
from labelkit.domain.decisions import State
from labelkit.domain.placing import Action, Mode
from labelkit.domain.sort_result import SortResult
from labelkit.reporting.console import Column, count, cut_middle, near, percent, print_table, say

_LISTED = 5
_PATH_WIDTH = 48


def show_sort(result: SortResult, console: Console, *, verbose: bool, base_dir: str = "") -> None:
    """What a sort did; what it settled before, and what it is about to move, was told while it ran (`result.said`).

    Args:
        result: what it did.
        console: where to tell it.
        verbose: every table and list.
        base_dir: as given, when it is not the default; else empty. Commands to paste name it.

    """
    _labels(result, console)
    say(console, _equation(result))
    _skipped(result, console, verbose=verbose)
    _problems(result, console, verbose=verbose)
    if len(result.sources) > 1 or verbose:
        _sources(result, console)
    if verbose and result.workers:
        say(console, told_workers(result.workers))
    say(console)
    say(console, _placed(result), style="bold")
    if result.held and not verbose:
        say(console, _how_to_see_the_held(result, base_dir))
    _stays(result, console)


def _stays(result: SortResult, console: Console) -> None:
    """Images that stand where a person put them, against the rules."""
    if not result.stays:
        return
    file, label = result.stays[0]
    where = f"{cut_middle(file, _PATH_WIDTH)} in {label}"
    if len(result.stays) == 1:
        say(console, f"1 image stays where a person put it ({where})")
    else:
        say(console, f"{len(result.stays):,} images stay where a person put them (the first: {where})")


def told_workers(workers: Mapping[int, int]) -> str:
    """`asked in 2 worker processes: 4711 (512 images), 4712 (488 images)`."""
    listed = ", ".join(f"{process} ({count(n, 'image')})" for process, n in workers.items())
    return f"asked in {count(len(workers), 'worker process', 'worker processes')}: {listed}"


def _how_to_see_the_held(result: SortResult, base_dir: str) -> str:
    if result.dry_run:  # nothing was recorded that could be asked about
        return "the held ones, each with its reason: the same command with --verbose"
    where = f" --base-dir {word(base_dir)}" if base_dir else ""
    return f"the held ones:  labelkit why --held{where}"


def _labels(result: SortResult, console: Console) -> None:
    rows = [(name, f"{n:,}", percent(n, result.seen), "") for name, n in result.labels.items()]
    if result.held:
        rows.append(("held", f"{result.held:,}", percent(result.held, result.seen), _held(result)))
    say(console)
    print_table(console, [Column("label"), Column("images", right=True), Column("share", right=True), Column("")], rows)


def _held(result: SortResult) -> str:
    """'2 abstained (no value: score), 1 unlisted'."""
    parts = []
    for state, n in result.states.items():
        if state is State.LABELED or not n:
            continue
        reasons = Counter(p.why.splitlines()[0] for p in result.problems if p.state == state)
        common = reasons.most_common(1)[0][0] if reasons else ""
        detail = f" ({common})" if state is not State.UNLISTED and len(reasons) == 1 else ""
        parts.append(f"{n:,} {state}{detail}")
    return ", ".join(parts)


def _equation(result: SortResult) -> str:
    missing = [p for p in result.problems if p.state == "missing"]
    if not missing:
        return result.equation()
    verb = "has" if result.missing == 1 else "have"
    first = "" if result.missing == 1 else "the first "
    return f"{result.equation()}; {count(result.missing, 'row')} {verb} no file ({first}in {missing[0].row})"


def _skipped(result: SortResult, console: Console, *, verbose: bool) -> None:
    if result.not_image:
        say(
            console,
            f"{count(result.not_image, 'file')} beside them {'is' if result.not_image == 1 else 'are'} no image",
        )
    reasons = Counter(reason for _, reason in result.skipped)
    for reason, n in sorted(reasons.items()):
        say(console, f"{n:,} left out: {reason}")
    if verbose:
        for path, reason in result.skipped:
            say(console, f"  {path}: {reason}")


def _problems(result: SortResult, console: Console, *, verbose: bool) -> None:
    shown = [
        p for p in result.problems if verbose or p.state in {"failed", "gone", str(State.ERROR), str(State.CONFLICT)}
    ]
    limit = len(shown) if verbose else _LISTED
    for p in shown[:limit]:
        place = f" ({p.row})" if p.row else ""
        say(console, f"  {p.state}: {cut_middle(p.file, _PATH_WIDTH)}{place}: {p.why}")
    if len(shown) > limit:
        say(console, f"  and {len(shown) - limit:,} more; every one: add --verbose, or --json")


def _sources(result: SortResult, console: Console) -> None:
    say(console)
    rows = [
        (
            s.name,
            " ".join(s.polarity),
            *(percent(v, 1) for v in (s.coverage, s.overlaps, s.conflicts)),
            *(f"{n:,}" for n in (s.decided, s.no_value, s.errors)),
        )
        for s in result.sources
    ]
    headings = ("coverage", "overlaps", "conflicts", "decided", "no value", "errors")
    print_table(console, [Column("rule"), Column("polarity"), *(Column(h, right=True) for h in headings)], rows)


_DONE = {
    Mode.COPY: "copied",
    Mode.HARDLINK: "hard-linked",
    Mode.SYMLINK: "linked",
    Mode.MOVE: "moved",
    Mode.NONE: "placed",
}


def _placed(result: SortResult) -> str:
    if result.dry_run:
        return result.placed()
    if result.plan.mode is Mode.NONE and not result.plan.steps:
        return f"decisions recorded for {near(result.base_dir)}; nothing placed, as --mode none asks"
    if not (result.done or result.relocated or result.withdrawn or result.failed):
        return f"nothing moved: {count(result.already, 'image')} already in {near(result.base_dir)}"
    seconds = sum(result.seconds.values())
    stand = result.done + result.already + result.relocated
    verb = "stands" if stand == 1 else "stand"
    parts = [f"{_DONE[result.plan.mode]} {result.done:,}", f"already there {result.already:,}"]
    if result.plan.of(Action.RELOCATE):
        parts.append(f"relocated {result.relocated:,}")
    if result.plan.of(Action.WITHDRAW):
        parts.append(f"withdrawn {result.withdrawn:,}")
    if result.failed:
        parts.append(f"failed {result.failed:,}")
    return f"{count(stand, 'image')} {verb} in {near(result.base_dir)} ({', '.join(parts)}) in {seconds:.1f} s"
