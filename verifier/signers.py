"""A certificate as the report names it, read leniently: odd certificates are judged too."""

from __future__ import annotations

import hashlib
import warnings

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from verifier.report import Signer


def signer_of(certificate: asn1_x509.Certificate | x509.Certificate | None) -> Signer | None:
    """Describe a certificate; one that the strict parser refuses is described as the lenient one reads it, if it does."""
    if certificate is None:
        return None
    if isinstance(certificate, x509.Certificate):
        return signer_named(certificate)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of certificates that break RFC 5280 and are reported all the same
            return signer_named(x509.load_der_x509_certificate(certificate.dump()))
    except MemoryError:
        raise
    except Exception:  # the parser lets ValueError, TypeError and its own errors through
        return _lenient(certificate)


def signer_named(certificate: x509.Certificate) -> Signer:
    """Describe a certificate that the strict parser has read."""
    return Signer(
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        serial=f"{certificate.serial_number:x}",
        sha256=certificate.fingerprint(hashes.SHA256()).hex(),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )


def _lenient(certificate: asn1_x509.Certificate) -> Signer | None:
    try:
        validity = certificate["tbs_certificate"]["validity"]
        return Signer(
            subject=certificate.subject.human_friendly,
            issuer=certificate.issuer.human_friendly,
            serial=f"{certificate.serial_number:x}",
            sha256=hashlib.sha256(certificate.dump()).hexdigest(),
            not_before=validity["not_before"].native,
            not_after=validity["not_after"].native,
        )
    except MemoryError:
        raise
    except Exception:  # what cannot be read names nobody
        return None
