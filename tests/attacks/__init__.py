"""Attacks on signed PDFs, as families of files; none of them may be VALID.

A family is a generator. Those on proofs of ours take the proof and yield a name and the bytes of a file (`Attack`); those on
any other signed PDF start from `contract`, a form of three pages signed with another library, and yield a `Vector`, which
holds what must be said of it. Under `steady.steady` they are the same bytes at each run: no key, number or time is chance.

    wrapping, forgery    bytes in the gap; odd /ByteRange and /Contents: on any signed file
    own, saving          proofs of ours: changed, stripped, foreign, untrue; revisions appended
    pages, certified     shadow attacks, pages, incremental saving; permissions, forms, annotations, sneaky signatures
    chains, weak         strangers, expiry, revocation, old algorithms
    bombs                small files that cost gigabytes, minutes or the stack
    benign               controls, which must stay what they are
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.attacks.bombs import bombs
from tests.attacks.forgery import forged
from tests.attacks.own import flipped, foreign, other_files, sealed_twice, untrue
from tests.attacks.saving import incremental
from tests.attacks.wrapping import Attack, wrapped
from tests.proofs import Service

__all__ = ["Attack", "bombs", "flipped", "foreign", "forged", "incremental", "of", "other_files", "untrue", "wrapped"]


def of(service: Service, proof: bytes) -> Iterator[Attack]:
    """Every attack on a proof of ours but the bombs; each differs from the proof it is made from."""
    for name, raw in _all(service, proof):
        assert raw != proof, name
        yield name, raw


def _all(service: Service, proof: bytes) -> Iterator[Attack]:
    yield from flipped(proof)
    yield from incremental(proof)
    yield from wrapped(proof)
    yield from forged(proof)
    yield from foreign(service)
    yield from untrue(service)
    yield from other_files(proof)
    yield "second seal", sealed_twice(service, proof)
