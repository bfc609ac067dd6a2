"""Were the revocation lists inside a file in force when a signature of it was time-stamped (RFC 5280, 5.1.2.4 and 5.1.2.5)?

A list from before would not tell of a key stolen since: whoever holds a revoked key could seal with an old list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from asn1crypto import cms as asn1_cms
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from pyhanko.pdf_utils.reader import PdfFileReader

from verifier.structure import at

CLOCKS = timedelta(seconds=5)
"""How far the clocks of two authorities may lie apart."""
MAX_ENTRIES = 64
_Read = TypeVar("_Read")


def lists(reader: PdfFileReader) -> list[x509.CertificateRevocationList]:
    """Return the revocation lists of the document security store, up to the first unreadable one."""
    return _store(reader, "/CRLs", x509.load_der_x509_crl)


def certificates(reader: PdfFileReader) -> list[x509.Certificate]:
    """Return the certificates of the document security store, up to the first unreadable one."""
    return _store(reader, "/Certs", x509.load_der_x509_certificate)


def signer(container: bytes) -> x509.Certificate | None:
    """Return the certificate that a container's signer names by issuer and serial number."""
    try:
        data = asn1_cms.ContentInfo.load(container)["content"]
        sid = data["signer_infos"][0]["sid"].chosen
        for one in data["certificates"]:
            if one.name == "certificate" and one.chosen.serial_number == sid["serial_number"].native:
                return x509.load_der_x509_certificate(one.chosen.dump())
    except MemoryError:
        raise
    except Exception:  # whatever cannot be read names nobody
        return None
    return None


def in_force(
    certificate: x509.Certificate,
    moment: datetime,
    held: Iterable[x509.CertificateRevocationList],
    issuers: Iterable[x509.Certificate],
) -> bool:
    """Whether a list signed by the certificate's issuer was in force at `moment` (aware UTC)."""
    keys = [one for one in issuers if one.subject == certificate.issuer]
    for one in held:
        if one.issuer != certificate.issuer or one.next_update_utc is None:
            continue
        if one.last_update_utc - CLOCKS <= moment <= one.next_update_utc and any(_signed(one, key) for key in keys):
            return True
    return False


def _signed(held: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    try:
        return held.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False


def _store(reader: PdfFileReader, key: str, parse: Callable[[bytes], _Read]) -> list[_Read]:
    found: list[_Read] = []
    try:
        entries = at(at(reader.root, "/DSS"), key) or ()
        for position in range(min(len(entries), MAX_ENTRIES)):
            found.append(parse(entries[position].data))
    except MemoryError:
        raise
    except Exception:  # what cannot be read proves nothing
        return found
    return found
