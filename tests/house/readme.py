"""The blocks of README.md: read them, run them, and write what the commands print now.

python -m tests.house.readme     runs every console block and refreshes the outputs in README.md
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.checkout import ROOT, copy_sample, quiet_environment

README = ROOT / "README.md"
VARIES = "<!-- numbers vary -->"
"""Stands above a block whose output depends on the machine: it is run, and its output is not compared."""

_FENCE = re.compile(r"```(\w*)\n(.*?)```\n", re.DOTALL)
_VARYING = (
    (re.compile(r"\d+(\.\d+)? [kMGT]?B free"), "# free"),
    (re.compile(r"\(?(in )?\d[\d.,]* s\)?$"), "# s"),
    (re.compile(r"\(\d[\d.,]* s\)"), "# s"),
    (re.compile(r"\S*/sample_data"), "sample_data"),
    (re.compile(r"[█▏▎▍▌▋▊▉ ]+$"), ""),
)


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: its language, its text, whether its output may vary, and where it stands in the file."""

    language: str
    text: str
    varies: bool
    start: int
    end: int

    @property
    def commands(self) -> list[str]:
        """The lines behind a prompt."""
        return [line[2:] for line in self.text.splitlines() if line.startswith("$ ")]

    @property
    def outputs(self) -> list[str]:
        """The lines that are no commands."""
        return [line for line in self.text.splitlines() if not line.startswith("$ ")]


def blocks(text: str) -> Iterator[Block]:
    """Every fenced block of a Markdown text, in order."""
    for m in _FENCE.finditer(text):
        varies = text[: m.start()].rstrip().endswith(VARIES)
        yield Block(m[1], m[2], varies, m.start(2), m.end(2))


def run_block(block: Block, folder: Path) -> list[tuple[str, str]]:
    """Run the commands of a console block one after the other in one shell: (command, what it printed) each.

    Raises:
        AssertionError: a command that did not exit with 0.

    """
    out = []
    script = "set -e\n"
    for command in block.commands:
        done = subprocess.run(
            ["bash", "-c", f"{script}echo 'the output begins'\n{command}"],  # noqa: S607 - bash from the PATH
            cwd=folder,
            env=quiet_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}"
        out.append((command, done.stdout.partition("the output begins\n")[2]))
        if command.startswith("cd "):
            script += f"{command}\n"
    return out


def settled(line: str) -> str:
    """A line without what changes from run to run."""
    for pattern, put in _VARYING:
        line = pattern.sub(put, line)
    return line.rstrip()


def main() -> None:
    """Write what the commands print now into README.md."""
    text = README.read_text("utf-8")
    with tempfile.TemporaryDirectory() as scratch:
        folder = copy_sample(Path(scratch) / "checkout")
        fresh = [(b, run_block(b, folder)) for b in blocks(text) if b.language == "console"]
    for block, ran in reversed(fresh):
        printed = "".join(f"$ {command}\n{_trimmed(output)}" for command, output in ran)
        text = text[: block.start] + printed + text[block.end :]
    README.write_text(text, "utf-8")


def _trimmed(output: str) -> str:
    lines = [re.sub(r"^\S*/(sample_data/raw: )", r"\1", line.rstrip()) for line in output.strip("\n").splitlines()]
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    main()
