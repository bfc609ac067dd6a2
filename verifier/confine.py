"""What a process gives up before it reads a hostile file: memory, time, files, and the network.

Each step is taken by the process itself, first thing, with nothing but the standard library loaded. The system-call filter is
seccomp in its classic form (Linux, prctl(2)); it holds for every thread and child made later.
"""

from __future__ import annotations

import ctypes
import platform
import resource
import struct
import sys
from dataclasses import dataclass

_MIB = 1024 * 1024
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_ALLOW, _DENY, _KILL = 0x7FFF0000, 0x00050000 | 1, 0x80000000
"""SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO with EPERM, SECCOMP_RET_KILL_PROCESS."""
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_X32 = 0x40000000
_DENIED = {
    "socket": (41, 198),
    "connect": (42, 203),
    "accept": (43, 202),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept4": (288, 242),
    "ptrace": (101, 117),
    "execve": (59, 221),
    "execveat": (322, 281),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "io_uring_setup": (425, 425),
    "mount": (165, 40),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "open_by_handle_at": (304, 265),
    "pidfd_getfd": (438, 438),
}
"""Calls, with their numbers on x86_64 and on aarch64 (Linux, unistd.h)."""
_MACHINES = {
    "x86_64": (0xC000003E, tuple(first for first, _ in _DENIED.values())),
    "aarch64": (0xC00000B7, tuple(second for _, second in _DENIED.values())),
}
"""AUDIT_ARCH value, and the numbers of the denied calls."""


class NotConfined(OSError):
    """The system refuses a step, or has no such step."""


@dataclass(frozen=True)
class Limits:
    """What one file may cost."""

    file: int = 20 * _MIB
    """Bytes of the file itself."""
    memory: int = 512 * _MIB
    """Address space, bytes."""
    cpu: int = 10
    """Seconds of processor time."""
    wall: float = 20
    """Seconds in all."""
    answer: int = 256 * 1024
    """Bytes of the JSON report."""
    pictures: int = 4 * _MIB
    """Bytes of the pictures of pages that differ, as JSON."""
    open_files: int = 64


def limit(limits: Limits) -> None:
    """Set the limits of this process: no file written, no core dumped."""
    for kind, soft, hard in (
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_NOFILE, limits.open_files, limits.open_files),
        (resource.RLIMIT_CPU, limits.cpu, limits.cpu + 1),
        (resource.RLIMIT_AS, limits.memory, limits.memory),
    ):
        _, ceiling = resource.getrlimit(kind)
        if ceiling != resource.RLIM_INFINITY:
            soft, hard = min(soft, ceiling), min(hard, ceiling)
        resource.setrlimit(kind, (soft, hard))


def leave_network() -> None:
    """Move to user and network namespaces of one's own, where no interface is up; raise `NotConfined`."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
        raise NotConfined(ctypes.get_errno(), "unshare: user and network namespaces are refused")


def filter_calls() -> None:
    """Deny the system calls that open sockets, run programs or reach into other processes; raise `NotConfined`.

    ``socketpair`` stays, because an event loop makes one for itself and it leads nowhere.
    """
    machine = _MACHINES.get(platform.machine())
    if machine is None or not sys.platform.startswith("linux") or struct.calcsize("P") != 8:
        raise NotConfined(f"seccomp: no filter for {sys.platform} on {platform.machine()}")
    program = _program(*machine, deny_x32=platform.machine() == "x86_64")
    octets = ctypes.create_string_buffer(program, len(program))
    pointed = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(octets))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise NotConfined(ctypes.get_errno(), "prctl: PR_SET_NO_NEW_PRIVS is refused")
    if libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.c_char_p(pointed), 0, 0) != 0:
        raise NotConfined(ctypes.get_errno(), "prctl: PR_SET_SECCOMP is refused")


def _program(architecture: int, denied: tuple[int, ...], *, deny_x32: bool) -> bytes:
    """Return the filter: a foreign architecture is killed, a denied call gets EPERM, the rest passes."""

    def step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
        return struct.pack("HBBI", code, if_true, if_false, value)

    tests = [step(_AT_LEAST, _X32, len(denied) + 1)] if deny_x32 else []
    tests += [step(_EQUAL, number, len(denied) - position) for position, number in enumerate(denied)]
    return b"".join(
        [
            step(_LOAD, 4),  # offset of seccomp_data.arch
            step(_EQUAL, architecture, 1),
            step(_RETURN, _KILL),
            step(_LOAD, 0),  # offset of seccomp_data.nr
            *tests,
            step(_RETURN, _ALLOW),
            step(_RETURN, _DENY),
        ]
    )
