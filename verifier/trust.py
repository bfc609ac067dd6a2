"""Trust anchors: the certificates that a chain may end at, read from PEM, DER or PKCS #7, and named by their SHA-256.

Nothing is trusted because it came inside a file that is judged. An anchor is given by whoever verifies, or lies in the
folder ``anchors`` of this package, which ships empty: see its README.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from verifier import stores
from verifier.beside import Store, StoreRefused

if TYPE_CHECKING:
    from pyhanko_certvalidator.authority import TrustAnchor


class AnchorUnreadable(ValueError):
    """The bytes hold no X.509 certificate, in PEM, in DER or in PKCS #7."""


@dataclass(frozen=True)
class Anchor:
    """A certificate that a chain may end at."""

    certificate: x509.Certificate
    store: str
    """Name of the store that it came from."""
    listed: bool = False
    """Whether it is a service of a trusted list, to be trusted only while the list grants it."""

    @property
    def sha256(self) -> str:
        return fingerprint(self.certificate)


def parse(raw: bytes, *, source: str = "anchor") -> list[x509.Certificate]:
    """Return the certificates of a file in PEM (one or more), DER (one) or PKCS #7; raise `AnchorUnreadable`."""
    try:
        if b"-----BEGIN PKCS7" in raw:
            return pkcs7.load_pem_pkcs7_certificates(raw)
        if b"-----BEGIN" in raw:
            return x509.load_pem_x509_certificates(raw)
        return _der(raw)
    except ValueError as fault:
        raise AnchorUnreadable(f"{source}: expected a certificate in PEM or DER: {fault}") from fault


def _der(raw: bytes) -> list[x509.Certificate]:
    try:
        return [x509.load_der_x509_certificate(raw)]
    except ValueError as fault:
        try:
            return pkcs7.load_der_pkcs7_certificates(raw)
        except ValueError:
            raise fault from None


def anchors(raws: Iterable[bytes]) -> tuple[x509.Certificate, ...]:
    """Return the certificates of several files, each once, in the order given."""
    return tuple(dict.fromkeys(one for raw in raws for one in parse(raw)))


def open_stores(held: Sequence[Store], *, now: datetime, expired: bool) -> tuple[list[Anchor], list[str]]:
    """Return the anchors of some stores, each once, and a line for each certificate left aside; raise `StoreRefused`.

    A certificate that is no authority's, or has expired (unless `expired`), is left aside; a file of which nothing is left
    is refused, because whoever named it meant to trust something.
    """
    found: dict[x509.Certificate, Anchor] = {}
    aside: list[str] = []
    for one in held:
        try:
            certificates = parse(one.raw, source=one.file)
        except AnchorUnreadable as fault:
            raise StoreRefused("unreadable", one.file, str(fault.__cause__)) from fault
        unfit = [(certificate, _unfit(certificate, now, expired)) for certificate in certificates]
        if not certificates:
            raise StoreRefused("empty", one.file)
        if all(why for _, why in unfit):
            certificate, why = unfit[0]
            raise StoreRefused(why, one.file, _detail(certificate, why))
        for certificate, why in unfit:
            if why:
                aside.append(f"{one.file}: {certificate.subject.rfc4514_string()}: {why}")
            else:
                found.setdefault(certificate, Anchor(certificate, one.name))
    return list(found.values()), aside


def roots(certificates: Iterable[x509.Certificate]) -> Iterator[TrustAnchor]:
    """Yield anchors that bring their own constraints: path length, names and policies (RFC 5937).

    Their dates are not among them: whether an expired one is used is decided where stores are opened.
    """
    from asn1crypto import x509 as asn1_x509
    from pyhanko_certvalidator.authority import CertTrustAnchor, TrustedServiceType, derive_quals_from_cert

    for one in certificates:
        certificate = asn1_x509.Certificate.load(one.public_bytes(Encoding.DER))
        derived = derive_quals_from_cert(certificate)
        unbound = replace(
            derived, valid_from=None, valid_until=None, trusted_service_type=TrustedServiceType.UNSPECIFIED
        )
        yield CertTrustAnchor(certificate, unbound)


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the DER certificate, 64 hexadecimal digits: what a proof prints of its anchor."""
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()


def shipped() -> list[bytes]:
    """Return the anchors that travel with this package, none by default."""
    return [one.raw for one in stores.shipped()]


def _unfit(certificate: x509.Certificate, now: datetime, expired: bool) -> str:
    """Return why a certificate is no anchor, or an empty string."""
    try:
        authority = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        # certificates of version 1 have no extensions: old roots, that sign themselves
        authority = certificate.version is x509.Version.v1 and certificate.subject == certificate.issuer
    except ValueError:
        return "unreadable"
    if not authority:
        return "not-ca"
    return "" if expired or certificate.not_valid_after_utc >= now else "expired"


def _detail(certificate: x509.Certificate, why: str) -> str:
    if why == "expired":
        return f"{certificate.not_valid_after_utc:%d/%m/%Y}"
    return certificate.subject.rfc4514_string()
