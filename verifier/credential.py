"""A key that signs, with its certificates: P-256 or RSA of at least 3072 bits, always with SHA-256.

The key itself is a function, so that a file or a token (PKCS#11) can stand behind it. It is parsed once, because loading an
RSA key checks its primes, which takes far longer than signing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

MIN_RSA_BITS = 3072

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey


class CredentialUnfit(ValueError):
    """The key cannot seal: it is of an unknown or weak kind, or the certificate belongs to another key."""


class SignatureWrong(ValueError):
    """The signature does not match the content or the certificate."""


@dataclass(frozen=True)
class Credential:
    """A key that signs, with its certificate and the certificates that lead from it to the root."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    """From the issuer to the root, the root included."""
    sign: Callable[[bytes], bytes]
    """Signs octets with SHA-256: ECDSA as DER (r, s), or RSA PKCS#1 v1.5. A token (PKCS#11) can stand behind it."""

    @classmethod
    def of(
        cls,
        private_key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
        certificate: x509.Certificate,
        chain: tuple[x509.Certificate, ...],
    ) -> Credential:
        """Return the credential of a private key held in memory; raise `CredentialUnfit` if the two do not pair."""
        if private_key.public_key() != certificate.public_key():
            raise CredentialUnfit(f"the certificate of {certificate.subject.rfc4514_string()} is for another key")
        if isinstance(private_key, ec.EllipticCurvePrivateKey):
            return cls(certificate, chain, _ecdsa(private_key))
        return cls(certificate, chain, _rsa(private_key))

    @classmethod
    def from_pkcs12(cls, raw: bytes, passphrase: bytes | None) -> Credential:
        """Read a PKCS#12 file that holds a key, its certificate and the chain up to the root; raise `CredentialUnfit`."""
        try:
            key, certificate, others = pkcs12.load_key_and_certificates(raw, passphrase)
        except ValueError as fault:
            raise CredentialUnfit("PKCS#12: wrong passphrase, or not such a file") from fault
        if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) or certificate is None:
            raise CredentialUnfit("PKCS#12: expected a P-256 or RSA key and its certificate")
        return cls.of(key, certificate, _chain(certificate, others))

    @property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        """The certificate and its chain."""
        return (self.certificate, *self.chain)

    @cached_property
    def public_key(self) -> ec.EllipticCurvePublicKey | rsa.RSAPublicKey:
        return known_key(self.certificate)


def issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Tell whether `issuer` signed `certificate` under its name; nothing else is looked at."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def verify(
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey, signature: bytes, octets: bytes, digest: hashes.HashAlgorithm
) -> None:
    """Raise `SignatureWrong` unless `signature` is the key's over `octets`."""
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, octets, ec.ECDSA(digest))
        else:
            key.verify(signature, octets, padding.PKCS1v15(), digest)
    except InvalidSignature as fault:
        raise SignatureWrong("the signature does not match the certificate's key") from fault


def known_key(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey | rsa.RSAPublicKey:
    """Return a certificate's key if it is of a kind that seals; raise `CredentialUnfit`."""
    key = certificate.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= MIN_RSA_BITS:
        return key
    raise CredentialUnfit(f"got {type(key).__name__}, expected P-256 or RSA of at least {MIN_RSA_BITS} bits")


def _chain(certificate: x509.Certificate, others: list[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """Order the issuers of a certificate up to a self-signed one."""
    chain: list[x509.Certificate] = []
    last = certificate
    while last.issuer != last.subject:
        above = [one for one in others if one not in chain and issued(last, one)]
        if not above:
            raise CredentialUnfit(
                f"PKCS#12: got no certificate of {last.issuer.rfc4514_string()}, expected all up to the root"
            )
        last = above[0]
        chain.append(last)
    return tuple(chain)


def _ecdsa(key: ec.EllipticCurvePrivateKey) -> Callable[[bytes], bytes]:
    return lambda octets: key.sign(octets, ec.ECDSA(hashes.SHA256()))


def _rsa(key: rsa.RSAPrivateKey) -> Callable[[bytes], bytes]:
    return lambda octets: key.sign(octets, padding.PKCS1v15(), hashes.SHA256())
