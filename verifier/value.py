"""Is a signature value the key's over these octets? Digests and signature algorithms by their object identifiers.

Three answers are kept apart: the value holds, it does not, or the algorithm is none that is known here, which does not make
the signature wrong. Whether an algorithm was still fit for use at some date is another question (`verifier.algorithms`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from asn1crypto import algos
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

DIGESTS: dict[str, str] = {
    "1.2.840.113549.2.5": "md5",
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "2.16.840.1.101.3.4.2.5": "sha512_224",
    "2.16.840.1.101.3.4.2.6": "sha512_256",
    "2.16.840.1.101.3.4.2.7": "sha3_224",
    "2.16.840.1.101.3.4.2.8": "sha3_256",
    "2.16.840.1.101.3.4.2.9": "sha3_384",
    "2.16.840.1.101.3.4.2.10": "sha3_512",
    "2.16.840.1.101.3.4.2.12": "shake256",
    "2.16.840.1.101.3.4.2.18": "shake256",
    "1.3.36.3.2.1": "ripemd160",
}
"""RFC 3370, RFC 5754, RFC 8702 (SHAKE256 gives 64 octets), NIST CSOR."""
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "md5": hashes.MD5(),  # noqa: S303 # judged, never chosen
    "sha1": hashes.SHA1(),  # noqa: S303 # judged, never chosen
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
    "sha512_224": hashes.SHA512_224(),
    "sha512_256": hashes.SHA512_256(),
    "sha3_224": hashes.SHA3_224(),
    "sha3_256": hashes.SHA3_256(),
    "sha3_384": hashes.SHA3_384(),
    "sha3_512": hashes.SHA3_512(),
}
_SHAKE256_OCTETS = 64
_MECHANISMS: dict[str, tuple[str, str]] = {
    "1.2.840.113549.1.1.1": ("rsa", ""),
    "1.2.840.113549.1.1.4": ("rsa", "md5"),
    "1.2.840.113549.1.1.5": ("rsa", "sha1"),
    "1.2.840.113549.1.1.14": ("rsa", "sha224"),
    "1.2.840.113549.1.1.11": ("rsa", "sha256"),
    "1.2.840.113549.1.1.12": ("rsa", "sha384"),
    "1.2.840.113549.1.1.13": ("rsa", "sha512"),
    "2.16.840.1.101.3.4.3.13": ("rsa", "sha3_224"),
    "2.16.840.1.101.3.4.3.14": ("rsa", "sha3_256"),
    "2.16.840.1.101.3.4.3.15": ("rsa", "sha3_384"),
    "2.16.840.1.101.3.4.3.16": ("rsa", "sha3_512"),
    "1.2.840.113549.1.1.10": ("rsa-pss", ""),
    "1.2.840.10045.2.1": ("ecdsa", ""),
    "1.2.840.10045.4.1": ("ecdsa", "sha1"),
    "1.2.840.10045.4.3.1": ("ecdsa", "sha224"),
    "1.2.840.10045.4.3.2": ("ecdsa", "sha256"),
    "1.2.840.10045.4.3.3": ("ecdsa", "sha384"),
    "1.2.840.10045.4.3.4": ("ecdsa", "sha512"),
    "2.16.840.1.101.3.4.3.9": ("ecdsa", "sha3_224"),
    "2.16.840.1.101.3.4.3.10": ("ecdsa", "sha3_256"),
    "2.16.840.1.101.3.4.3.11": ("ecdsa", "sha3_384"),
    "2.16.840.1.101.3.4.3.12": ("ecdsa", "sha3_512"),
    "0.4.0.127.0.7.1.1.4.1.1": ("plain-ecdsa", "sha1"),
    "0.4.0.127.0.7.1.1.4.1.2": ("plain-ecdsa", "sha224"),
    "0.4.0.127.0.7.1.1.4.1.3": ("plain-ecdsa", "sha256"),
    "0.4.0.127.0.7.1.1.4.1.4": ("plain-ecdsa", "sha384"),
    "0.4.0.127.0.7.1.1.4.1.5": ("plain-ecdsa", "sha512"),
    "1.2.840.10040.4.1": ("dsa", ""),
    "1.2.840.10040.4.3": ("dsa", "sha1"),
    "2.16.840.1.101.3.4.3.1": ("dsa", "sha224"),
    "2.16.840.1.101.3.4.3.2": ("dsa", "sha256"),
    "1.3.101.112": ("ed25519", "sha512"),
    "1.3.101.113": ("ed448", "shake256"),
}
"""RFC 8017, RFC 5758, RFC 8419, NIST CSOR, BSI TR-03111 (signatures as r || s)."""


class Unsupported(ValueError):
    """The signature is of a kind or an algorithm that is not judged here; that does not make it wrong."""


class Malformed(ValueError):
    """An identifier stands where it cannot: a signature algorithm in the place of a digest algorithm."""


@dataclass(frozen=True)
class Mechanism:
    """How a signature was made."""

    family: str
    """``rsa``, ``rsa-pss``, ``ecdsa``, ``plain-ecdsa``, ``dsa``, ``ed25519`` or ``ed448``."""
    digest: str
    """Name of the digest that the signature is made over."""
    bits: int
    """Length of the key."""

    @property
    def name(self) -> str:
        return f"{self.family}-{self.bits} {self.digest}"


def digest_name(identifier: str) -> str:
    """Name a digest algorithm; raise `Malformed` for an identifier of another kind, `Unsupported` for an unknown one."""
    if identifier in DIGESTS:
        return DIGESTS[identifier]
    if identifier in _MECHANISMS:
        raise Malformed(f"digest algorithm: got {identifier}, a signature algorithm")
    raise Unsupported(f"digest algorithm: got {identifier}, which is unknown here")


def digest(name: str, octets: bytes) -> bytes:
    """Hash octets; raise `Unsupported` for a digest that the system does not offer."""
    if name == "shake256":
        return hashlib.shake_256(octets).digest(_SHAKE256_OCTETS)
    try:
        return hashlib.new(name, octets, usedforsecurity=False).digest()
    except ValueError as fault:
        raise Unsupported(f"digest algorithm: {name} is not offered here") from fault


def mechanism(algorithm: algos.SignedDigestAlgorithm, digest_algorithm: str, key: Any) -> Mechanism:
    """Say how a signature was made; `digest_algorithm` is the container's, for identifiers that name none."""
    identifier = algorithm["algorithm"].dotted
    if identifier not in _MECHANISMS:
        raise Unsupported(f"signature algorithm: got {identifier}, which is unknown here")
    family, named = _MECHANISMS[identifier]
    if family == "rsa-pss":
        named = digest_name(_pss(algorithm)["hash_algorithm"]["algorithm"].dotted)
    bits = getattr(key, "key_size", 448 if family == "ed448" else 256)
    return Mechanism(family, named or digest_algorithm, bits)


def public_key(info: bytes) -> Any:
    """Load a SubjectPublicKeyInfo; raise `Unsupported`."""
    try:
        return load_der_public_key(info)
    except (ValueError, UnsupportedAlgorithm) as fault:
        raise Unsupported(f"public key: {fault}") from fault


def holds(made: Mechanism, algorithm: algos.SignedDigestAlgorithm, key: Any, *, value: bytes, octets: bytes) -> bool:
    """Whether `value` is a signature of `key` over `octets`; raise `Unsupported`."""
    if made.family not in _KEYS or not isinstance(key, _KEYS[made.family]):
        return False
    try:
        _verify(made, algorithm, key, value, octets)
    except (InvalidSignature, ValueError, OverflowError) as fault:
        if isinstance(fault, Unsupported):
            raise
        return False
    except UnsupportedAlgorithm as fault:
        raise Unsupported(f"signature algorithm: {fault}") from fault
    return True


_KEYS: dict[str, type] = {
    "rsa": rsa.RSAPublicKey,
    "rsa-pss": rsa.RSAPublicKey,
    "ecdsa": ec.EllipticCurvePublicKey,
    "plain-ecdsa": ec.EllipticCurvePublicKey,
    "dsa": dsa.DSAPublicKey,
    "ed25519": ed25519.Ed25519PublicKey,
    "ed448": ed448.Ed448PublicKey,
}


def _verify(made: Mechanism, algorithm: algos.SignedDigestAlgorithm, key: Any, value: bytes, octets: bytes) -> None:
    if made.family in ("ed25519", "ed448"):
        key.verify(value, octets)
        return
    if made.digest not in _HASHES:
        raise Unsupported(f"signature algorithm: {made.family} over {made.digest} is not judged here")
    over = _HASHES[made.digest]
    if made.family == "rsa":
        key.verify(value, octets, padding.PKCS1v15(), over)
    elif made.family == "rsa-pss":
        stated = _pss(algorithm)
        masked = digest_name(stated["mask_gen_algorithm"]["parameters"]["algorithm"].dotted)
        key.verify(value, octets, padding.PSS(padding.MGF1(_HASHES[masked]), stated["salt_length"].native), over)
    elif made.family == "dsa":
        key.verify(value, octets, over)
    else:
        key.verify(_as_der(value) if made.family == "plain-ecdsa" else value, octets, ec.ECDSA(over))


def _as_der(value: bytes) -> bytes:
    """Write r || s as the sequence that X9.62 has."""
    half = len(value) // 2
    return encode_dss_signature(int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big"))


def _pss(algorithm: algos.SignedDigestAlgorithm) -> Any:
    stated = algorithm["parameters"]
    return stated if isinstance(stated, algos.RSASSAPSSParams) else algos.RSASSAPSSParams({})
