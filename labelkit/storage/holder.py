"""Who holds a base_dir: a note that another process can read, and whether the process that wrote it is still there."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import socket
import sys
from dataclasses import asdict, dataclass
from functools import cache

from labelkit.domain.names import shown

UNKNOWN = "?"
"""What stands for a fact that the system does not tell."""

_BOOT, _MACHINE, _NAMESPACE = "/proc/sys/kernel/random/boot_id", "/etc/machine-id", "/proc/self/ns/pid"

_START_FIELD = 22 - 3
"""Start time in ticks since the start of the machine: field 22 of proc_pid_stat(5), seen from field 3 on."""

_MAY_ASK, _STILL_ACTIVE = 0x1000, 259
"""Of <winnt.h> and <minwinbase.h>."""


@dataclass(frozen=True, slots=True)
class Holder:
    """One process on one machine.

    Attributes:
        host: the name of its machine.
        process: its number there.
        began: when it began, in its system's own words.
        machine: what sets its machine apart from another one of that name, and one start of it from the next.
        processes: what its number is counted in: containers count on their own.
        run: the run that it is at.
        lease: a name of its own for the note that keeps others out; empty where it only tells, beside a real lock.

    """

    host: str
    process: int
    began: str = UNKNOWN
    machine: tuple[str, str] = (UNKNOWN, UNKNOWN)
    processes: str = UNKNOWN
    run: str = ""
    lease: str = ""

    def __str__(self) -> str:
        run = f", run {self.run}" if self.run else ""
        return shown(f"process {self.process} on {self.host}{run}")

    def note(self) -> bytes:
        """The text of its note: a line for people, a line for `holder_in`."""
        return f"{self}\n{json.dumps(asdict(self))}\n".encode("ascii", "backslashreplace")


def this_process(run: str = "", *, lease: str = "") -> Holder:
    """This process as a holder."""
    began = began_at(os.getpid()) or UNKNOWN
    machine = (_line(_MACHINE), _line(_BOOT))
    return Holder(socket.gethostname(), os.getpid(), began, machine, _namespace(), run, lease=lease)


def holder_in(note: bytes) -> Holder | None:
    """Whom a note tells of; None for any other text."""
    try:
        told = json.loads(note.partition(b"\n")[2])
        found = Holder(**{**told, "machine": tuple(map(str, told["machine"]))})
        sound = type(found.process) is int and found.process > 0 and len(found.machine) == len((_MACHINE, _BOOT))
    except (ValueError, TypeError, KeyError):
        return None
    return found if sound else None


def is_gone(holder: Holder) -> bool:
    """Whether a holder has ended for certain: a process of this very machine that is not there any more.

    Its number may be another process' by now: then that one began at another time. Of another machine, of a container
    that counts its processes apart, and of a machine that only has the same name, nothing can be said: False.
    """
    here = this_process()
    if holder.host != here.host or holder.machine[0] != here.machine[0]:
        return False
    if holder.machine[1] != here.machine[1]:
        return UNKNOWN not in holder.machine and UNKNOWN not in here.machine  # it was started anew since
    if holder.processes != here.processes:
        return False
    began = began_at(holder.process)
    return began is None or (UNKNOWN not in {began, holder.began} and began != holder.began)


def began_at(process: int) -> str | None:
    """When a process of this machine began; UNKNOWN where that is not told, None when there is no such process."""
    if sys.platform == "win32":
        return _began_on_windows(process)
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return None
    except OSError:  # somebody else's: it is there
        pass
    return _began_by_proc(process) if os.path.exists("/proc/self/stat") else _began_by_ps(process)


def _began_by_proc(process: int) -> str | None:
    try:
        with open(f"/proc/{process}/stat", "rb") as f:
            fields = f.read().rpartition(b")")[2].split()
    except OSError:  # hidden from this user, or ended this moment
        return UNKNOWN
    return None if fields[0] in {b"Z", b"X"} else fields[_START_FIELD].decode("ascii")


def _began_by_ps(process: int) -> str | None:
    """By the program of every POSIX system: its state, and when it began to the second."""
    import subprocess

    words = ["/bin/ps", "-o", "state=,lstart=", "-p", str(process)]
    try:
        done = subprocess.run(words, env={"LC_ALL": "C"}, capture_output=True, check=False, timeout=10)  # noqa: S603 - own words
    except (OSError, subprocess.SubprocessError):
        return UNKNOWN
    state, _, began = done.stdout.decode("ascii", "replace").strip().partition(" ")
    return None if state.startswith("Z") else began.strip() or UNKNOWN


def _began_on_windows(process: int) -> str | None:
    ctypes = importlib.import_module("ctypes")
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.OpenProcess.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(kernel.OpenProcess(_MAY_ASK, False, process))
    if not handle:
        no_such_process = 87
        return None if ctypes.get_last_error() == no_such_process else UNKNOWN
    try:
        code, times = ctypes.c_ulong(), [ctypes.c_ulonglong() for _ in range(4)]
        if kernel.GetExitCodeProcess(handle, ctypes.byref(code)) and code.value != _STILL_ACTIVE:
            return None
        told = kernel.GetProcessTimes(handle, *(ctypes.byref(t) for t in times))
        return str(times[0].value) if told else UNKNOWN
    finally:
        kernel.CloseHandle(handle)


@cache
def _line(path: str) -> str:
    """The one line of a file of the system."""
    with contextlib.suppress(OSError), open(path, encoding="ascii", errors="replace") as f:
        return f.readline().strip() or UNKNOWN
    return UNKNOWN


def _namespace() -> str:
    try:
        return os.readlink(_NAMESPACE)
    except OSError:
        return UNKNOWN
