"""The system calls that change a disk, and the kernel's filter that stops a process at them alone (x86-64 Linux)."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass

_O_CREATES = os.O_CREAT | os.O_TRUNC
_FICLONE = 0x40049409

_ARCH_X86_64 = 0xC000003E
_TRACE, _ALLOW = 0x7FF00000, 0x7FFF0000
"""Of <linux/audit.h> and <linux/seccomp.h>."""

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
"""Of <linux/bpf_common.h>: load a word; jump if equal, if at least, if any bit is set; return."""

_NR_AT, _ARCH_AT, _ARGUMENTS_AT = 0, 4, 16
"""Offsets into struct seccomp_data."""


@dataclass(frozen=True, slots=True)
class Test:
    """When a call changes anything: a comparison with the lower half of one argument."""

    argument: int
    how: int
    value: int


@dataclass(frozen=True, slots=True)
class Alike:
    """Calls that are alike: the number of the system call, and (argument, lower half of its value) pairs."""

    number: int
    values: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """One system call.

    Attributes:
        name: as in the manual.
        number: on x86-64.
        names: where its paths are, one letter and the arguments each: `p0` a path, `a01` a path in an open folder,
            `f0` an open file, `t0` a text that is taken as it is.
        flags: the argument that holds flags or the mode of opening; -1 for none.
        when: the test that makes it count; None: always.
        numbers: further arguments that are plain numbers and the same in each run.

    """

    name: str
    number: int
    names: tuple[str, ...]
    flags: int = -1
    when: Test | None = None
    numbers: tuple[int, ...] = ()

    def alike(self, arguments: Sequence[int]) -> Alike:
        """What tells a call of one run from nearly all others: its number and the arguments that are no addresses."""
        plain = {int(spec[1]) for spec in self.names if spec[0] == "f" or len(spec) == 3}
        plain |= {self.flags} - {-1} | set(self.numbers)
        return Alike(self.number, tuple((i, arguments[i] & 0xFFFFFFFF) for i in sorted(plain)))


def _open_file(name: str, number: int, *names: str, numbers: tuple[int, ...] = ()) -> Shape:
    """A call on an open file; the three standard streams are no part of what is tried."""
    written = names or ("f0",)
    return Shape(name, number, written, when=Test(int(written[-1][1]), _AT_LEAST, 3), numbers=numbers)


SHAPES = (
    Shape("open", 2, ("p0",), 1, Test(1, _ANY_BIT, _O_CREATES)),
    Shape("openat", 257, ("a01",), 2, Test(2, _ANY_BIT, _O_CREATES)),
    Shape("creat", 85, ("p0",)),
    _open_file("write", 1),
    _open_file("pwrite64", 18, numbers=(2, 3)),
    _open_file("writev", 20),
    _open_file("pwritev", 296),
    _open_file("pwritev2", 328),
    _open_file("copy_file_range", 326, "f0", "f2"),
    _open_file("sendfile", 40, "f1", "f0"),
    _open_file("fsync", 74),
    _open_file("fdatasync", 75),
    _open_file("syncfs", 306),
    _open_file("ftruncate", 77),
    _open_file("fallocate", 285),
    _open_file("fchmod", 91),
    _open_file("fchown", 93),
    Shape("truncate", 76, ("p0",)),
    Shape("link", 86, ("p0", "p1")),
    Shape("linkat", 265, ("a01", "a23"), 4),
    Shape("symlink", 88, ("t0", "p1")),
    Shape("symlinkat", 266, ("t0", "a12")),
    Shape("rename", 82, ("p0", "p1")),
    Shape("renameat", 264, ("a01", "a23")),
    Shape("renameat2", 316, ("a01", "a23"), 4),
    Shape("unlink", 87, ("p0",)),
    Shape("unlinkat", 263, ("a01",), 2),
    Shape("rmdir", 84, ("p0",)),
    Shape("mkdir", 83, ("p0",)),
    Shape("mkdirat", 258, ("a01",)),
    Shape("mknod", 133, ("p0",)),
    Shape("mknodat", 259, ("a01",)),
    Shape("chmod", 90, ("p0",)),
    Shape("fchmodat", 268, ("a01",)),
    Shape("chown", 92, ("p0",)),
    Shape("lchown", 94, ("p0",)),
    Shape("fchownat", 260, ("a01",)),
    Shape("utime", 132, ("p0",)),
    Shape("utimes", 235, ("p0",)),
    Shape("utimensat", 280, ("a01",)),
    Shape("ioctl", 16, ("f2", "f0"), 1, Test(1, _EQUAL, _FICLONE)),
)
BY_NUMBER = {s.number: s for s in SHAPES}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def install_filter(only: Alike | None = None) -> None:
    """From now on this process, under a tracer, stops at each of these calls; every other one goes on at full speed.

    Args:
        only: stop at calls that are like this one, and at no other.

    Raises:
        OSError: the kernel does not allow it.

    """
    code = _program(only)
    program = _Program(len(code) // 8, code)
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    no_new_privileges, set_seccomp, by_filter = 38, 22, 2
    for words in ((no_new_privileges, 1, 0, 0, 0), (set_seccomp, by_filter, ctypes.byref(program), 0, 0)):
        if prctl(*words) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _program(only: Alike | None) -> bytes:
    other_machine = _word(_LOAD, _ARCH_AT) + _word(_EQUAL, _ARCH_X86_64, yes=1) + _word(_RETURN, _ALLOW)
    blocks = [_block(s) for s in SHAPES] if only is None else [_one(only)]
    return other_machine + _word(_LOAD, _NR_AT) + b"".join(blocks) + _word(_RETURN, _ALLOW)


def _block(shape: Shape) -> bytes:
    """Is it this call? Then its test, where it has one; else on to the next block."""
    if shape.when is None:
        return _word(_EQUAL, shape.number, no=1) + _word(_RETURN, _TRACE)
    test = shape.when
    return b"".join(
        [
            _word(_EQUAL, shape.number, no=4),
            _word(_LOAD, _ARGUMENTS_AT + 8 * test.argument),
            _word(test.how, test.value, no=1),
            _word(_RETURN, _TRACE),
            _word(_RETURN, _ALLOW),
        ]
    )


def _one(alike: Alike) -> bytes:
    """Is it like this call, in every number? Any difference leads past the end of the block."""
    left = 2 * len(alike.values) + 1
    parts = [_word(_EQUAL, alike.number, no=left)]
    for argument, value in alike.values:
        left -= 2
        parts += [_word(_LOAD, _ARGUMENTS_AT + 8 * argument), _word(_EQUAL, value, no=left)]
    return b"".join([*parts, _word(_RETURN, _TRACE)])


def _word(code: int, value: int, *, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)
