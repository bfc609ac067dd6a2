"""Read the files that a command line names: nothing is waited for, whatever a name leads to, and nothing fills the memory."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import sys
from dataclasses import dataclass

MAX_HASHED = 1024 * 1024 * 1024
"""Bytes up to which a file that is too large to be judged still has its SHA-256 shown."""
_BLOCK = 1024 * 1024
_ERRORS = {
    errno.ENOENT: "missing",
    errno.ENOTDIR: "missing",
    errno.EISDIR: "folder",
    errno.EACCES: "denied",
    errno.EPERM: "denied",
    errno.ENXIO: "not-a-file",
    errno.ENAMETOOLONG: "missing",
    errno.ELOOP: "missing",
}
"""The fault that each error of open(2) is said as."""


@dataclass(frozen=True)
class Given:
    """One file as it was read, or why it was not."""

    raw: bytes = b""
    size: int = 0
    sha256: str = ""
    """Of a file that was not judged; empty where it was not read."""
    fault: str = ""
    """``missing``, ``folder``, ``denied``, ``not-a-file``, ``empty``, ``too-large``, ``error``, or empty."""
    detail: str = ""


def read(path: str, *, most: int) -> Given:
    """Read one file of at most `most` bytes, ``-`` for standard input; never raises `OSError`, never waits for a device."""
    if path == "-":
        return _piped(most)
    try:
        # a FIFO without a writer, or a terminal, must not hold the program
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as fault:
        return Given(fault=_ERRORS.get(fault.errno or 0, "error"), detail=fault.strerror or "")
    except ValueError:  # a NUL inside the name
        return Given(fault="missing")
    try:
        return _regular(descriptor, most)
    except OSError as fault:
        return Given(fault=_ERRORS.get(fault.errno or 0, "error"), detail=fault.strerror or "")
    finally:
        os.close(descriptor)


def _regular(descriptor: int, most: int) -> Given:
    found = os.fstat(descriptor)
    if stat.S_ISDIR(found.st_mode):
        return Given(fault="folder")
    if not stat.S_ISREG(found.st_mode):
        return Given(fault="not-a-file")
    if found.st_size > most:
        return Given(size=found.st_size, sha256=_digest(descriptor, found.st_size), fault="too-large")
    with os.fdopen(os.dup(descriptor), "rb") as opened:
        raw = opened.read(most + 1)
    return _judgeable(raw, most)


def _judgeable(raw: bytes, most: int) -> Given:
    if not raw:
        return Given(sha256=hashlib.sha256(b"").hexdigest(), fault="empty")
    if len(raw) > most:
        return Given(size=len(raw), fault="too-large")
    return Given(raw, len(raw))


def _piped(most: int) -> Given:
    return _judgeable(sys.stdin.buffer.read(most + 1), most)


def _digest(descriptor: int, size: int) -> str:
    if size > MAX_HASHED:
        return ""
    digest = hashlib.sha256()
    while block := os.read(descriptor, _BLOCK):
        digest.update(block)
    return digest.hexdigest()
