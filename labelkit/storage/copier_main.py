"""A copier, as a process of its own: it reads, hashes and writes under temporary names, and no more.

It does nothing but what it is asked for line by line, and ends with the process that asks: when there is nothing more
to be read, and, should that process be killed, before the next file at the latest. Names are given by that process,
once what was to be done stands in the ledger.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from labelkit.storage import system
from labelkit.storage.copier_words import HELLO, answered, intents_in
from labelkit.storage.faults import StepFailedError
from labelkit.storage.folders import Folders
from labelkit.storage.ledger import Intent
from labelkit.storage.placing import Outcome, Placer


def main(words: Sequence[str]) -> None:
    """Copy what standard input asks for.

    Args:
        words: base_dir, the permissions of new files as a decimal number, the id of the process that asks.

    """
    base_dir, permissions, asker = words
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # is for the process that asks
    end_with_parent = system.here().end_with_parent
    if end_with_parent is not None:
        end_with_parent()
    with Folders(base_dir) as folders:
        placer = Placer(folders, permissions=int(permissions))
        serve(placer, folders, int(asker), sys.stdin.buffer, sys.stdout.buffer)


def serve(placer: Placer, folders: Folders, asker: int, questions: Iterable[bytes], answers: BinaryIO) -> None:
    """Answer line by line for as long as the process that asks is there.

    Args:
        placer: stages one image.
        folders: those that it stages in; they are let go after each line, for the asker may remove empty ones.
        asker: the id of the process that asks.
        questions: lines of `copier_words.asked`.
        answers: where the lines of `copier_words.answered` go, after HELLO.

    """
    answers.write(HELLO)
    answers.flush()
    for line in questions:
        answer = answered(_staged(placer, intents_in(line), asker))
        folders.let_go()
        answers.write(answer)
        answers.flush()


def _staged(placer: Placer, intents: Iterable[Intent], asker: int) -> Iterator[Outcome]:
    for intent in intents:
        if os.getppid() != asker:
            sys.exit(1)
        try:
            yield placer.stage(intent)
        except StepFailedError as e:
            yield e
