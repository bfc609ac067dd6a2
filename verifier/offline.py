"""Stand in for the HTTP client that the signature library loads, in a process that has no network.

The library imports aiohttp for time-stamp clients and fetchers that the verifier never uses. A child that reads a hostile
file is better without it, and starts a fifth sooner.
"""

from __future__ import annotations

import sys
from types import ModuleType

NAME = "aiohttp"


class NoNetwork(RuntimeError):
    """Something asked for an HTTP client where there is none."""


class _Refused:
    def __init__(self, *_: object, **__: object) -> None:
        raise NoNetwork("aiohttp: this process has no network")


class _Absent(ModuleType):
    """A module of which each public name is a class that cannot be made."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        kind = type(name, (_Refused,), {})
        setattr(self, name, kind)
        return kind


def without_http() -> None:
    """Put the stand-in in place of aiohttp; to be called before the first import of pyHanko."""
    sys.modules.setdefault(NAME, _Absent(NAME))
