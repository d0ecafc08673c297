"""Look at the weights of a .keras file in a process of its own, with limits: HDF5 is a language, and C reads it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from labelkit.domain.errors import BundleError

MAX_BYTES = 4_000_000_000
"""Bytes that all weights together may come to once they are read: a thousand million parameters."""

SECONDS = 60
"""More is taken for a hang; 4 GB of weights are walked in well under one."""

_CHILD = """
import io, struct, sys, zipfile
try:
    import resource
except ImportError:
    resource = None
import h5py
path, member, seconds, most = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
held = {"numbers": 0, "bytes": 0}
if resource:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (2_000_000_000, 2_000_000_000))
def refuse(why):
    print(why)
    sys.exit(9)
def look(group, depth):
    if depth > 64:
        refuse("its groups lie too deep")
    for name in group:
        link = group.get(name, getlink=True)
        if not isinstance(link, h5py.HardLink):
            refuse(f"{name!r} is a link ({type(link).__name__}), not weights")
        item = group.get(name)
        if isinstance(item, h5py.Group):
            look(item, depth + 1)
        elif isinstance(item, h5py.Dataset):
            if item.is_virtual or item.external:
                refuse(f"{name!r} lies in another file")
            if item.dtype.kind not in "biufV":
                refuse(f"{name!r} holds {item.dtype}, not numbers")
            stored = item.id.get_storage_size()
            if item.nbytes > 1000 * (stored + 1000):
                refuse(f"{name!r} claims {item.nbytes:,} bytes and stores {stored:,}")
            held["numbers"] += item.size
            held["bytes"] += item.nbytes
            if held["bytes"] > most:
                refuse(f"they come to more than {most:,} bytes")
        else:
            refuse(f"{name!r} is neither a group nor weights")
class Part(io.RawIOBase):
    def __init__(self, file, start, size):
        self.file, self.start, self.size, self.at = file, start, size, 0
    def readable(self):
        return True
    def seekable(self):
        return True
    def seek(self, to, whence=0):
        self.at = max(0, to + (0, self.at, self.size)[whence])
        return self.at
    def tell(self):
        return self.at
    def readinto(self, into):
        self.file.seek(self.start + self.at)
        data = self.file.read(max(0, min(len(into), self.size - self.at)))
        into[: len(data)] = data
        self.at += len(data)
        return len(data)
if not member:
    with h5py.File(path, "r") as weights:
        look(weights, 0)
    print(held["numbers"])
    sys.exit(0)
with zipfile.ZipFile(path) as archive, open(path, "rb") as file:
    info = archive.getinfo(member)
    if info.compress_type == zipfile.ZIP_STORED:
        file.seek(info.header_offset + 26)
        begin = info.header_offset + 30 + sum(struct.unpack("<HH", file.read(4)))
        stream = io.BufferedReader(Part(file, begin, info.file_size))
    elif info.file_size < 500_000_000:
        stream = io.BytesIO(archive.read(member))
    else:
        refuse("they are compressed and large; Keras stores them as they are")
    with h5py.File(stream, "r") as weights:
        look(weights, 0)
print(held["numbers"])
"""
"""The child imports nothing of ours and writes no file; it says why on stdout and ends with 9."""

_REFUSED = 9


def check_weights(path: Path, member: str = "") -> int:
    """Make sure that a member of an archive, or the whole file, is an HDF5 file whose numbers all lie inside it.

    Returns:
        how many numbers it holds.

    Raises:
        BundleError: links, data in other files, text in place of numbers, sizes that cannot be meant, or no HDF5.

    """
    command = [sys.executable, "-I", "-c", _CHILD, str(path.absolute()), member, str(SECONDS), str(MAX_BYTES)]
    try:
        done = subprocess.run(  # noqa: S603 - our own script
            command, capture_output=True, encoding="utf-8", errors="replace", check=False, timeout=SECONDS
        )
    except subprocess.TimeoutExpired as e:
        raise BundleError("the weights cannot be looked through in a minute", place=str(path)) from e
    if done.returncode == _REFUSED:
        raise BundleError(f"the weights: {done.stdout.strip()}", place=str(path))
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["the process ended"]
        raise BundleError(f"the weights cannot be read: {last[0][:200]}", place=str(path))
    return int(done.stdout)
