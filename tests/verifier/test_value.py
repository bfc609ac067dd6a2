"""Signature values of every algorithm that is known here, and how long each was fit."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from asn1crypto import algos
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from verifier import algorithms, value
from verifier.value import Malformed, Mechanism, Unsupported

OCTETS = b"signed attributes"
RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
PSS = {
    "hash_algorithm": {"algorithm": "sha256"},
    "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": "sha256"}},
    "salt_length": 32,
}


def _plain(octets: bytes) -> bytes:
    r, s = decode_dss_signature(EC.sign(octets, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


_ED25519, _ED448, _DSA = (
    ed25519.Ed25519PrivateKey.generate(),
    ed448.Ed448PrivateKey.generate(),
    dsa.generate_private_key(2048),
)
SIGNED: dict[str, tuple[str, Any, bytes]] = {
    "RSA, SHA-256": ("1.2.840.113549.1.1.11", RSA, RSA.sign(OCTETS, padding.PKCS1v15(), hashes.SHA256())),
    "RSA, digest named beside": ("1.2.840.113549.1.1.1", RSA, RSA.sign(OCTETS, padding.PKCS1v15(), hashes.SHA256())),
    "RSA, SHA3-256": ("2.16.840.1.101.3.4.3.14", RSA, RSA.sign(OCTETS, padding.PKCS1v15(), hashes.SHA3_256())),
    "RSA-PSS": (
        "1.2.840.113549.1.1.10",
        RSA,
        RSA.sign(OCTETS, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()),
    ),
    "ECDSA": ("1.2.840.10045.4.3.2", EC, EC.sign(OCTETS, ec.ECDSA(hashes.SHA256()))),
    "ECDSA, the key's identifier": ("1.2.840.10045.2.1", EC, EC.sign(OCTETS, ec.ECDSA(hashes.SHA256()))),
    "plain ECDSA": ("0.4.0.127.0.7.1.1.4.1.3", EC, _plain(OCTETS)),
    "Ed25519": ("1.3.101.112", _ED25519, _ED25519.sign(OCTETS)),
    "Ed448": ("1.3.101.113", _ED448, _ED448.sign(OCTETS)),
    "DSA": ("2.16.840.1.101.3.4.3.2", _DSA, _DSA.sign(OCTETS, hashes.SHA256())),
}


@pytest.mark.parametrize("name", list(SIGNED))
def test_a_value_holds_over_what_was_signed_and_over_nothing_else(name: str) -> None:
    identifier, private, signature = SIGNED[name]
    key = private.public_key()
    algorithm = algos.SignedDigestAlgorithm(
        {"algorithm": identifier, **({"parameters": PSS} if name == "RSA-PSS" else {})}
    )
    made = value.mechanism(algorithm, "sha256", key)
    assert value.holds(made, algorithm, key, value=signature, octets=OCTETS)
    assert not value.holds(made, algorithm, key, value=signature, octets=OCTETS + b".")
    assert not value.holds(made, algorithm, key, value=signature[:-1] + bytes([signature[-1] ^ 1]), octets=OCTETS)


def test_a_key_of_another_kind_made_no_such_value() -> None:
    identifier, _, signature = SIGNED["ECDSA"]
    algorithm = algos.SignedDigestAlgorithm({"algorithm": identifier})
    made = value.mechanism(algorithm, "sha256", RSA.public_key())
    assert not value.holds(made, algorithm, RSA.public_key(), value=signature, octets=OCTETS)


def test_an_unknown_algorithm_is_unsupported_and_a_misplaced_one_malformed() -> None:
    with pytest.raises(Unsupported, match="unknown"):
        value.mechanism(algos.SignedDigestAlgorithm({"algorithm": "1.2.3.4"}), "sha256", None)
    with pytest.raises(Unsupported, match="unknown"):
        value.digest_name("1.2.3.4")
    with pytest.raises(Malformed, match="signature algorithm"):
        value.digest_name("1.2.840.113549.1.1.11")


@pytest.mark.parametrize(
    ("made", "digest", "year"),
    [
        (Mechanism("rsa", "sha1", 2048), "sha1", 2012),
        (Mechanism("rsa", "sha256", 2048), "sha1", 2012),
        (Mechanism("rsa", "md5", 1024), "md5", 2004),
        (Mechanism("rsa", "sha256", 1024), "sha256", 2019),
        (Mechanism("rsa", "sha256", 2048), "sha256", 2029),
        (Mechanism("ecdsa", "sha256", 224), "sha256", 2021),
    ],
)
def test_an_algorithm_is_fit_until_the_first_of_its_parts_ends(made: Mechanism, digest: str, year: int) -> None:
    assert algorithms.end_of(made, digest).year == year


def test_strong_algorithms_have_no_end_and_keys_too_short_have_no_beginning() -> None:
    assert algorithms.end_of(Mechanism("ecdsa", "sha256", 256), "sha256") is algorithms.NEVER
    assert algorithms.end_of(Mechanism("rsa-pss", "sha512", 4096), "sha512") is algorithms.NEVER
    assert algorithms.end_of(Mechanism("rsa", "sha256", 512), "sha256") is algorithms.ALWAYS_UNFIT


def test_edwards_signatures_have_a_digest_of_their_own() -> None:
    assert algorithms.mismatched(Mechanism("ed25519", "sha512", 256), "sha256")
    assert not algorithms.mismatched(Mechanism("ed25519", "sha512", 256), "sha512")
    assert not algorithms.mismatched(Mechanism("rsa", "sha256", 2048), "sha512")


def test_certificates_age_by_the_same_table() -> None:
    sha1 = algos.SignedDigestAlgorithm({"algorithm": "sha1_rsa"})
    ages = algorithms.Ages()
    assert ages.signature_algorithm_allowed(sha1, datetime(2010, 1, 1, tzinfo=UTC), None)
    assert not ages.signature_algorithm_allowed(sha1, datetime(2020, 1, 1, tzinfo=UTC), None)
    assert not ages.digest_algorithm_allowed(algos.DigestAlgorithm({"algorithm": "md5"}), None)
