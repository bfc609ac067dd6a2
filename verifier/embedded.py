"""The files embedded in a PDF, as its name tree lists them (ISO 32000-1, 7.11.4)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.rw_common import PdfHandler

from verifier.structure import at

MAX_FILES = 256
MAX_BYTES = 32 * 1024 * 1024


class EmbeddedUnreadable(ValueError):
    """The embedded files cannot be listed or read."""


@dataclass(frozen=True)
class EmbeddedFile:
    name: str
    media_type: str
    relationship: str
    """AFRelationship without its slash, in lower case: ``data``, ``supplement`` …"""
    description: str
    content: bytes
    number: int
    """Object number of its file specification, which keeps the order of writing."""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def embedded_files(pdf: PdfHandler) -> tuple[EmbeddedFile, ...]:
    """Return the embedded files in the order in which they were written; raise `EmbeddedUnreadable`."""
    try:
        tree = at(at(pdf.root, "/Names"), "/EmbeddedFiles")
        found = [] if tree is None else [_file(one) for one in _leaves(tree, 0)]
    except (MemoryError, EmbeddedUnreadable):
        raise
    except Exception as fault:  # the parser lets all kinds of errors through
        raise EmbeddedUnreadable(f"{type(fault).__name__}: {fault}") from fault
    if len(found) > MAX_FILES or sum(len(one.content) for one in found) > MAX_BYTES:
        raise EmbeddedUnreadable(f"got more than {MAX_FILES} embedded files, or {MAX_BYTES} bytes")
    return tuple(sorted(found, key=lambda one: one.number))


def _leaves(node: generic.DictionaryObject, depth: int) -> Iterator[generic.IndirectObject]:
    if depth > 8:
        raise EmbeddedUnreadable("name tree: got more than 8 levels")
    for kid in at(node, "/Kids") or ():
        yield from _leaves(kid.get_object(), depth + 1)
    pairs = at(node, "/Names") or generic.ArrayObject()
    for position in range(1, len(pairs), 2):
        yield pairs.raw_get(position)


def _file(reference: generic.IndirectObject) -> EmbeddedFile:
    specification = reference.get_object()  # type: ignore[no-untyped-call]
    stream = specification["/EF"]["/F"]
    return EmbeddedFile(
        name=str(at(specification, "/UF") or specification["/F"]),
        media_type=str(at(stream, "/Subtype") or "")[1:],
        relationship=str(at(specification, "/AFRelationship") or "")[1:].lower(),
        description=str(at(specification, "/Desc") or ""),
        content=stream.data,
        number=reference.idnum,
    )
