"""A guard against values that asn1crypto takes seconds to re-encode.

asn1crypto 1.5.1 takes a definite length whose last octet is 0x80 for the indefinite form, and encodes such a value anew at
each ``dump``, with all that it holds (wbond/asn1crypto#249). The indefinite form ends in two zero octets, the trailer; where
there is none, the octets that were read are the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from asn1crypto import core

_GUARDED = (core.Asn1Value, core.Primitive, core.Choice, core.Sequence, core.SequenceOf)
_MARK = "_definite_length_guard"


def install() -> None:
    """Guard ``dump`` of every class that re-encodes; done before, it does nothing."""
    for class_ in _GUARDED:
        if "dump" in vars(class_) and not hasattr(class_.dump, _MARK):
            class_.dump = _guarded(class_.dump)


def _guarded(dump: Callable[..., bytes]) -> Callable[..., bytes]:
    @wraps(dump)
    def guarded(self: Any, force: bool = False) -> bytes:
        if not force and not getattr(self, "_trailer", b"") and _ends_in_0x80(self):
            contents = self.chosen.dump() if isinstance(self, core.Choice) else self.contents
            # a value that was changed drops its header when its contents are asked for
            if contents is not None and _ends_in_0x80(self):
                return bytes(self._header + contents)
        return dump(self, force=force)

    setattr(guarded, _MARK, True)
    return guarded


def _ends_in_0x80(value: Any) -> bool:
    header = getattr(value, "_header", None)
    return header is not None and header[-1:] == b"\x80"
