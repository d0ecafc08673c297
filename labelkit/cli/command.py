"""What every command shares: the common options, one guard for errors, JSON on stdout and people's text on stderr."""

from __future__ import annotations

import functools
import inspect
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, get_type_hints

import typer
from rich.console import Console

from labelkit.cli.interrupts import NOTHING_DONE, exit_code, last_words, listen
from labelkit.cli.settings import Settings, load_settings
from labelkit.domain.errors import LabelkitError, StorageError, UsageError
from labelkit.domain.progress import NoProgress
from labelkit.flows.run import Run
from labelkit.reporting.console import make_console, say
from labelkit.reporting.machine import error_json, to_json
from labelkit.version import __version__

_OUTPUT = "Output"

BaseDirOption = Annotated[
    Path | None,
    typer.Option(
        "--base-dir",
        metavar="DIR",
        help="The folder of class folders.  \\[default: base_dir of the settings, else ./base_dir]",
    ),
]
JsonOption = Annotated[
    bool,
    typer.Option(
        "--json",
        metavar="",
        help="Print one JSON object on stdout; text for people stays on stderr.",
        rich_help_panel=_OUTPUT,
    ),
]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", metavar="FILE", help="Write that JSON object into this file.", rich_help_panel=_OUTPUT),
]
JobsOption = Annotated[
    int, typer.Option("--jobs", min=0, metavar="N", help="Worker processes; 0: one per core.", rich_help_panel=_OUTPUT)
]
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="The settings file.  \\[default: nearest labelkit.toml or pyproject.toml]",
        rich_help_panel=_OUTPUT,
    ),
]
QuietOption = Annotated[
    bool, typer.Option("--quiet", "-q", metavar="", help="No text for people but errors.", rich_help_panel=_OUTPUT)
]
VerboseOption = Annotated[
    bool, typer.Option("--verbose", "-v", metavar="", help="Every table and list.", rich_help_panel=_OUTPUT)
]


def _version(value: bool) -> None:  # noqa: FBT001 - Typer calls it so
    if value:
        typer.echo(f"labelkit {__version__}")
        raise typer.Exit


VersionOption = Annotated[
    bool,
    typer.Option(
        "--version", callback=_version, is_eager=True, metavar="", help="Print the version.", rich_help_panel=_OUTPUT
    ),
]
DebugOption = Annotated[bool, typer.Option("--debug", metavar="", help="Show tracebacks.", rich_help_panel=_OUTPUT)]


@dataclass(frozen=True, slots=True)
class Shared:
    """The common options of a command, and what they stand for.

    Attributes:
        settings: values of the settings file; a flag given beats them.
        run: the context that flows are handed.
        verbose: show every table and list.
        base_dir_flag: `--base-dir` as given, or None.
        wants_json: whether the one JSON object is asked for (`--json`, `--output`).

    """

    settings: Settings
    run: Run
    verbose: bool
    base_dir_flag: Path | None
    wants_json: bool = False

    @property
    def base_dir(self) -> Path:
        """The flag, else the settings' `base_dir`, else ./base_dir."""
        return self.base_dir_flag or self.settings.path("base_dir") or Path("base_dir")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command ends with.

    Attributes:
        json: the contract's object for `--json` and `--output`.
        show: prints the text for people.
        exit_code: 0 fine, 1 findings at or above the gate.
        stdout: data other than the JSON object (JSON Lines); printed as it is when `--json` is not given.

    """

    json: Mapping[str, object]
    show: Callable[[Console], None]
    exit_code: int = 0
    stdout: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """One command as `cli/app.py` lists it: its name, what Typer calls, and examples.

    The examples paste unchanged into bash, PowerShell and cmd; help shows them and a test runs them.
    """

    name: str
    callback: Callable[..., None]
    examples: tuple[str, ...]

    @property
    def epilog(self) -> str:
        """The examples as the end of the help text; blank lines keep Typer from joining them."""
        return "Examples:\n\n" + "\n\n".join(self.examples)


def command(
    name: str, *, examples: tuple[str, ...], interrupted: str = NOTHING_DONE
) -> Callable[[Callable[..., Outcome]], Command]:
    """Make a function a command with the common options.

    The function's first argument is `Shared`; it returns an `Outcome`; its docstring is the help text. `interrupted`
    says what to do next after it was interrupted.
    """

    def make(function: Callable[..., Outcome]) -> Command:
        return Command(name, _with_common_options(function, interrupted), examples)

    return make


_COMMON: dict[str, tuple[object, object]] = {
    "base_dir": (BaseDirOption, None),
    "json_output": (JsonOption, False),
    "output": (OutputOption, None),
    "jobs": (JobsOption, 0),
    "config": (ConfigOption, None),
    "quiet": (QuietOption, False),
    "verbose": (VerboseOption, False),
    "debug": (DebugOption, False),
    "version": (VersionOption, False),
}


def _with_common_options(function: Callable[..., Outcome], interrupted: str) -> Callable[..., None]:
    hints = get_type_hints(function, include_extras=True)
    own = list(inspect.signature(function).parameters.values())[1:]
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hint)
        for name, (hint, default) in _COMMON.items()
    ]

    @functools.wraps(function)
    def wrapped(**given: object) -> None:
        common = {name: given.pop(name) for name in _COMMON}
        _run(function, common, given, interrupted=interrupted)

    signature = inspect.Signature([*(p.replace(kind=p.KEYWORD_ONLY, annotation=hints[p.name]) for p in own), *added])
    # Typer reads the signature; mypy does not know that a function may carry one.
    wrapped.__signature__ = signature  # type: ignore[attr-defined]
    wrapped.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
    return wrapped


def _run(
    function: Callable[..., Outcome], common: Mapping[str, object], given: Mapping[str, object], *, interrupted: str
) -> None:
    as_json, debug = bool(common["json_output"]), bool(common["debug"])
    console = make_console(quiet=bool(common["quiet"]))
    listen()
    try:
        outcome = function(_shared(common, console), **given)
        _tell(outcome, console, as_json=as_json, output=_path(common["output"]))
    except LabelkitError as e:
        _fail(e.exit_code, (e.message, e.place, e.remedy), as_json=as_json, debug=debug)
    except KeyboardInterrupt as e:
        with last_words():
            _fail(exit_code(e), ("interrupted", "", interrupted), as_json=as_json, debug=debug)
        raise typer.Exit(exit_code(e)) from None  # the terminal is gone, and nothing could be said
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(1) from None
    except OSError as e:
        _fail(StorageError.exit_code, _told(e), as_json=as_json, debug=debug)
    raise typer.Exit(outcome.exit_code)


def _told(e: OSError) -> tuple[str, str, str]:
    return (
        e.strerror or str(e),
        str(e.filename or ""),
        "check the path, its rights and the free space, and run the same command again",
    )


def _path(value: object) -> Path | None:
    return value if isinstance(value, Path) else None


def _shared(common: Mapping[str, object], console: Console) -> Shared:
    from labelkit.reporting.progress import ConsoleProgress

    progress = NoProgress() if common["quiet"] else ConsoleProgress(console)
    jobs = common["jobs"]
    return Shared(
        settings=load_settings(_path(common["config"]), Path.cwd()),
        run=Run(progress=progress, jobs=jobs if isinstance(jobs, int) else 0),
        verbose=bool(common["verbose"]),
        base_dir_flag=_path(common["base_dir"]),
        wants_json=bool(common["json_output"] or common["output"]),
    )


def _tell(outcome: Outcome, console: Console, *, as_json: bool, output: Path | None) -> None:
    outcome.show(console)
    if as_json or output is not None:
        text = to_json(outcome.json) + "\n"
        if output is not None:
            output.write_text(text, encoding="ascii")
        if as_json:
            sys.stdout.write(text)
    if outcome.stdout and not as_json:
        sys.stdout.write(outcome.stdout)
    sys.stdout.flush()


def usage_fault(e: typer.TyperException, *, as_json: bool) -> int:
    """Tell what the command line itself could not parse; returns the exit code."""
    message = getattr(e, "format_message", e.__str__)()
    context = getattr(e, "ctx", None)
    remedy = f"{context.command_path if context else 'labelkit'} --help"
    _print_fault(UsageError.exit_code, (message, "", remedy), as_json=as_json)
    return UsageError.exit_code


def _fail(code: int, told: tuple[str, str, str], *, as_json: bool, debug: bool) -> None:
    if debug:
        traceback.print_exc()
    _print_fault(code, told, as_json=as_json)
    raise typer.Exit(code)


def _print_fault(code: int, told: tuple[str, str, str], *, as_json: bool) -> None:
    message, place, remedy = told
    if as_json:
        sys.stdout.write(to_json(error_json(code, message, place, remedy)) + "\n")
        sys.stdout.flush()
    console = make_console()
    say(console, f"error: {place}: {message}" if place else f"error: {message}", style="red")
    for line in remedy.splitlines():
        say(console, f"  {line}")
