"""Why an image is where it is, told to a person."""

from __future__ import annotations

from rich.console import Console

from labelkit.domain.explanation import AskedAgain, ExplainedVote, Explanation, PastDecision
from labelkit.reporting.console import Column, count, cut_middle, print_table, say

_PATH_WIDTH = 48
_LISTED = 5
_SHORT = 12
"""Digits of a SHA-256 that are told to a person: as git does."""


def show_why(explanations: tuple[Explanation, ...], console: Console, *, verbose: bool) -> None:
    """Each image: where it is, the deciding step, every vote, what the rules say now."""
    for n, e in enumerate(explanations):
        if n:
            say(console)
        _show(e, console, verbose=verbose)


def _show(e: Explanation, console: Console, *, verbose: bool) -> None:
    say(console, f"{cut_middle(e.image, _PATH_WIDTH)}: {e.outcome}", style="bold")
    say(console, f"  {e.stands}")
    say(console, f"  {e.why}")
    if e.run:
        say(console, f"  run {e.run}, begun {e.started.replace('+00:00', '')} UTC; policy {e.policy}")
    if e.rows:
        say(console, f"  {'row' if len(e.rows) == 1 else 'rows'}: {', '.join(e.rows)}")
    if e.votes:
        _votes(e, console, verbose=verbose)
    _earlier(e.earlier, console, verbose=verbose)
    if e.again:
        _again(e.again, console)


def _votes(e: Explanation, console: Console, *, verbose: bool) -> None:
    say(console)
    rows = [("*" if v.decided else "", v.source, _said(v), ", ".join(v.inputs()) or "-", v.place) for v in e.votes]
    print_table(console, [Column(""), Column("source"), Column("vote"), Column("rests on"), Column("place")], rows)
    for v in e.votes:
        if verbose and v.text and v.text != v.source:
            say(console, f"  {v.source}: {v.text}")
        if len(v.said.splitlines()) > 1:
            say(console, "\n".join(["", f"  {v.source}:", *(f"  {line}" for line in v.said.splitlines())]))
    files = {v.file: None for v in e.votes if v.file}
    for f in files:
        say(console, f"  {f.file}  SHA-256 {f.sha256 if verbose else f.sha256[:_SHORT]}")
    say(console)


def _said(v: ExplainedVote) -> str:
    return v.said.partition("\n")[0]


def _earlier(past: tuple[PastDecision, ...], console: Console, *, verbose: bool) -> None:
    listed = past if verbose else past[:_LISTED]
    for p in listed:
        why = f" ({p.why.splitlines()[0]})" if p.why else f" ({p.name})" if p.name else ""
        back = f"; taken back by run {p.taken_back_by}" if p.taken_back_by else ""
        say(console, f"before: {p.outcome}{why}, run {p.run}{back}")
    if len(past) > len(listed):
        say(console, f"and {count(len(past) - len(listed), 'decision')} before that; every one: add --verbose")


def _again(again: AskedAgain, console: Console) -> None:
    say(console, again.said, style="" if again.same in {True, None} else "bold")
    for c in again.changed:
        say(console, f"  {c.source}: {c.before} then, {c.now} now")
    for note in again.notes:
        say(console, f"  {note}")
