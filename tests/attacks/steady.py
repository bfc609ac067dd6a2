"""Chance taken out of the making of files: the same keys, numbers and signatures at each run, so the same bytes.

Whatever draws a random number meanwhile, here or in a library, draws from a stream that the seed fixes; ECDSA signs as
RFC 6979 says. For made-up files only: a key made so is known to everybody who reads this.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partialmethod
from hashlib import shake_256
from typing import Any
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.writer import BasePdfFileWriter

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Order of the group of P-256 (FIPS 186-5; SEC 2, 2.4.2)."""


class _Stream:
    """Octets that look random and are always the same."""

    def __init__(self, seed: str) -> None:
        self.seed, self.drawn = seed, 0

    def octets(self, count: int | None = None) -> bytes:
        self.drawn += 1
        return shake_256(f"{self.seed} {self.drawn}".encode()).digest(32 if count is None else count)

    def number(self, bits: int) -> int:
        return int.from_bytes(self.octets((bits + 7) // 8), "big") >> -bits % 8

    def key(self, curve: ec.EllipticCurve, backend: Any = None) -> ec.EllipticCurvePrivateKey:
        if not isinstance(curve, ec.SECP256R1):
            raise TypeError(f"got {curve.name}, expected P-256")
        return ec.derive_private_key(self.number(256) % (_ORDER - 1) + 1, curve)


def _deterministic(made: Callable[..., None]) -> Callable[..., None]:
    def init(self: ec.ECDSA, algorithm: Any, deterministic_signing: bool = True) -> None:
        made(self, algorithm, True)

    return init


@contextmanager
def steady(seed: str) -> Iterator[None]:
    """Fix all that would be random; two blocks of the same seed make the same bytes."""
    stream = _Stream(seed)
    fixed: dict[tuple[object, str], object] = {
        (os, "urandom"): stream.octets,
        (secrets, "token_bytes"): stream.octets,
        (secrets, "token_hex"): lambda count=None: stream.octets(count).hex(),
        (secrets, "randbits"): stream.number,
        (x509, "random_serial_number"): lambda: stream.number(159),
        (ec, "generate_private_key"): stream.key,
        # the class itself stays: a library that is imported meanwhile keeps what it finds
        (ec.ECDSA, "__init__"): _deterministic(ec.ECDSA.__init__),
    }
    # the library writes into each file when it did so
    fixed[BasePdfFileWriter, "_update_meta"] = lambda _: None
    for builder in (x509.CertificateBuilder, x509.CertificateRevocationListBuilder):
        fixed[builder, "sign"] = partialmethod(builder.sign, ecdsa_deterministic=True)
    with ExitStack() as stack:
        for (owner, name), value in fixed.items():
            stack.enter_context(patch.object(owner, name, value))
        yield


def signed(key: ec.EllipticCurvePrivateKey, octets: bytes) -> bytes:
    """Return the one ECDSA signature with SHA-256 that RFC 6979 gives."""
    return key.sign(octets, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
