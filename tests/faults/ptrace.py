"""Linux' ptrace by ctypes: hold a child at a system call, look at what it asks for, change what it gets back."""

from __future__ import annotations

import ctypes
import os
import platform
import signal
from collections.abc import Callable

_TRACEME, _CONT, _GETREGS, _SETREGS, _SETOPTIONS = 0, 7, 12, 13, 0x4200
_O_TRACESECCOMP, _O_EXITKILL = 1 << 7, 1 << 20
_EVENT_SECCOMP = 7
"""Of <sys/ptrace.h>."""

_PAGE = 4096


class Registers(ctypes.Structure):
    """user_regs_struct of x86-64: <sys/user.h>."""

    _fields_ = tuple(
        (name, ctypes.c_ulonglong)
        for name in (
            *("r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx", "rsi", "rdi"),
            *("orig_rax", "rip", "cs", "eflags", "rsp", "ss", "fs_base", "gs_base", "ds", "es", "fs", "gs"),
        )
    )


class Held:
    """A child that is held at each call its filter names."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._registers = Registers()
        self._memory = -1

    def start(self) -> None:
        """Wait for the child's first stop, and set what it is held at; if it dies with us, it dies at once."""
        os.waitpid(self.pid, 0)
        _ptrace(_SETOPTIONS, self.pid, 0, _O_TRACESECCOMP | _O_EXITKILL)
        self._memory = os.open(f"/proc/{self.pid}/mem", os.O_RDONLY | os.O_CLOEXEC)

    def close(self) -> None:
        """Let go of its memory."""
        if self._memory >= 0:
            os.close(self._memory)

    def next_call(self) -> int | None:
        """Let it run to its next call; None when it has ended instead, see `status`."""
        deliver = 0
        while True:
            _ptrace(_CONT, self.pid, 0, deliver)
            _, status = os.waitpid(self.pid, 0)
            if not os.WIFSTOPPED(status):
                self.status = os.waitstatus_to_exitcode(status)
                return None
            if status >> 8 == signal.SIGTRAP | _EVENT_SECCOMP << 8:
                return self._look()
            deliver = os.WSTOPSIG(status)

    def _look(self) -> int:
        _ptrace(_GETREGS, self.pid, 0, ctypes.addressof(self._registers))
        return int(self._registers.orig_rax)

    def arguments(self) -> tuple[int, ...]:
        """The six arguments of the call it is held at, unsigned."""
        r = self._registers
        return (r.rdi, r.rsi, r.rdx, r.r10, r.r8, r.r9)

    def text(self, address: int) -> str:
        """The text that stands at an address of its memory."""
        found = b""
        while b"\0" not in found:
            where = address + len(found)
            found += os.pread(self._memory, _PAGE - where % _PAGE, where)
        return os.fsdecode(found.partition(b"\0")[0])

    def refuse(self, number: int) -> None:
        """The call it is held at is not carried out; it is told this error."""
        self._registers.orig_rax = ctypes.c_ulonglong(-1).value
        self._registers.rax = ctypes.c_ulonglong(-number).value
        _ptrace(_SETREGS, self.pid, 0, ctypes.addressof(self._registers))

    def kill(self) -> int:
        """End it as it is, the call it is held at not carried out; its exit status."""
        os.kill(self.pid, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def be_traced() -> None:
    """In the child: ask to be traced, and wait until the parent is there."""
    _ptrace(_TRACEME, 0, 0, 0)
    os.kill(os.getpid(), signal.SIGSTOP)


def fork(work: Callable[[], int]) -> int:
    """A child that does something and ends with its number as exit code, touching nothing else of this process."""
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            code = work()
        finally:
            os._exit(code)
    return pid


def reason_against() -> str:
    """Why this machine does not let a process be traced; empty when it does."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        return f"the tracer knows x86-64 Linux only, this is {platform.machine()} {platform.system()}"

    def stop() -> int:
        be_traced()
        return 0

    pid = fork(stop)
    _, status = os.waitpid(pid, 0)
    if not os.WIFSTOPPED(status):
        return "the system does not let a process be traced (ptrace is forbidden here)"
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return ""


def _ptrace(request: int, pid: int, address: int, data: int) -> None:
    if _call(request, pid, address, data) == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"ptrace {request}: {os.strerror(number)}")


_libc = ctypes.CDLL(None, use_errno=True)
_call = _libc.ptrace
_call.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
_call.restype = ctypes.c_long
