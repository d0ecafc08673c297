"""Processes that copy beside this one, so that a sort is not held up by Python's lock; each is asked by one thread.

A copier is given the lock of base_dir along: whoever comes after a kill finds the folder held until the last copier has
ended too. Where the lock cannot be lent there are none, and threads do the work.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Sequence
from queue import Empty, SimpleQueue

import labelkit
from labelkit.storage import lock
from labelkit.storage.copier_words import HELLO, asked, outcomes_in
from labelkit.storage.folders import Folders
from labelkit.storage.ledger import Intent
from labelkit.storage.placing import Outcome

_MAIN = "import sys; sys.path.append(sys.argv[1]); from labelkit.storage.copier_main import main; main(sys.argv[2:])"

_BARE = ("-I", "-S")
"""Options of Python: nothing of the environment, and nothing that the copying needs not: it starts in half the time."""


class Copier:
    """One process that copies.

    Args:
        command: what starts it.
        lent: the descriptor of the lock that it holds too.

    Raises:
        OSError: it cannot be started.

    """

    def __init__(self, command: Sequence[str], lent: int) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - own words
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(lent,),
            process_group=0,  # an interrupt at the keyboard is for this process
        )
        self._greeted = False

    def stage(self, intents: Sequence[Intent], folders: Folders) -> list[Outcome] | None:
        """Have images read and copied, and wait for that; None when it has died.

        Raises:
            OSError: nothing more can be written.

        """
        questions, answers = self._process.stdin, self._process.stdout
        assert questions is not None
        assert answers is not None
        try:
            questions.write(asked(intents))
            questions.flush()
            if not self._greeted and answers.readline() != HELLO:
                return None
            self._greeted = True
            answer = answers.readline()
        except (OSError, ValueError):  # its end of the pipe is closed, or ours is
            return None
        return outcomes_in(answer, intents, folders) if answer.endswith(b"\n") else None

    def kill(self) -> None:
        """End it at once, whatever it is at; `wait` says when that is done."""
        self._process.kill()

    def wait(self) -> None:
        """Until it has ended; its pipes are closed."""
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


class Copiers:
    """Some of them.

    Args:
        folders: base_dir, which this process holds alone.
        permissions: of new files.
        count: how many are wanted; there are fewer, or none, where they cannot be had.

    """

    def __init__(self, folders: Folders, *, permissions: int, count: int) -> None:
        self._all: list[Copier] = []
        self._idle: SimpleQueue[Copier] = SimpleQueue()
        lent = lock.lent(folders.base_dir) if count and _has_python() else None
        if lent is None:
            return
        try:
            for _ in range(count):
                self._all.append(Copier(_command(folders.base_dir, permissions), lent))
                self._idle.put(self._all[-1])
        except OSError:  # no more processes, no memory: threads do it
            return
        except BaseException:  # an interrupt; raised on
            self.kill()
            self.wait()
            raise

    def stage(self, intents: Sequence[Intent], folders: Folders) -> list[Outcome] | None:
        """Have one of those that are idle read and copy images; None when there is none, or it has died over it.

        Raises:
            OSError: nothing more can be written.

        """
        try:
            copier = self._idle.get_nowait()
        except Empty:
            return None
        outcomes = copier.stage(intents, folders)
        if outcomes is not None:
            self._idle.put(copier)
        return outcomes

    def kill(self) -> None:
        """End all of them at once."""
        for copier in self._all:
            copier.kill()

    def wait(self) -> None:
        """Until all have ended."""
        for copier in self._all:
            copier.wait()


def _has_python() -> bool:
    """Whether there is a Python to be started: a program that was frozen into one file would start itself."""
    return bool(sys.executable) and not getattr(sys, "frozen", False)


def _command(base_dir: str, permissions: int) -> list[str]:
    home = os.path.dirname(os.path.dirname(os.path.abspath(labelkit.__file__)))
    options = [*_BARE, "-X", f"utf8={sys.flags.utf8_mode}", *(["-B"] if sys.dont_write_bytecode else [])]
    return [sys.executable, *options, "-c", _MAIN, home, base_dir, str(permissions), str(os.getpid())]
