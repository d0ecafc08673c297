"""What `labelkit init` saw and proposes, told to a person."""

from __future__ import annotations

from rich.console import Console

from labelkit.domain.proposal import InitResult
from labelkit.reporting.console import cut_middle, say
from labelkit.reporting.metadata_console import show_images, show_meeting, show_table

_PATH_WIDTH = 48


def show_init(result: InitResult, console: Console, *, verbose: bool) -> None:
    """The whole report."""
    if result.images:
        show_images(result.images, console)
    if result.rows:
        show_table(result.rows, console, verbose=verbose)
        show_meeting(result.rows, console, verbose=verbose)
    if result.rule:
        say(console)
        say(console, f"proposed: {result.rule.why}")
    if verbose and result.settings and result.images:
        _texts(result, console)
    if result.written:
        say(console)
        say(console, f"wrote {', '.join(result.written)}", style="bold")
    for note in result.notes:
        say(console, note)
    for line in result.next:
        say(console, f"  {line}")


def _texts(result: InitResult, console: Console) -> None:
    """The proposed files in full."""
    texts = [result.settings] + ([result.rule.text] if result.rule else [])
    for name, text in zip(result.written, texts, strict=True):
        say(console)
        say(console, f"{cut_middle(name, _PATH_WIDTH)}:")
        for line in text.splitlines():
            say(console, f"  {line}")
