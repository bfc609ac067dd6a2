"""The containers and certificates that a file carries, none of them believed."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from asn1crypto import cms as asn1_cms
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from verifier import revocation, structure

MAX_CERTIFICATES = 256


def containers(raw: bytes) -> dict[str, bytes]:
    """Return the container of each signature of the file that has a sound gap, by field."""
    found: dict[str, bytes] = {}
    try:
        fields = structure.signature_fields(structure.open_pdf(raw))
    except structure.PdfBroken:
        return found
    for one in fields:
        if one.dictionary is not None:
            with suppress(structure.GapWrong):
                found[one.name] = structure.covered(raw, one.dictionary).container
    return found


def certificates(raw: bytes, held: Iterable[bytes]) -> list[x509.Certificate]:
    """Return the certificates of some containers, and those of the file's document security store."""
    found: dict[x509.Certificate, None] = {}
    for container in held:
        found.update(dict.fromkeys(of_container(container)))
        # a time stamp inside has certificates of its own
        for token in _stamps(container):
            found.update(dict.fromkeys(of_container(token)))
    with suppress(structure.PdfBroken):
        found.update(dict.fromkeys(revocation.certificates(structure.open_pdf(raw))))
    return list(found)[:MAX_CERTIFICATES]


def of_container(container: bytes) -> list[x509.Certificate]:
    """Return the certificates of one container, none where it cannot be read."""
    try:
        held = asn1_cms.ContentInfo.load(container)["content"]["certificates"]
        return [x509.load_der_x509_certificate(one.chosen.dump()) for one in held if one.name == "certificate"]
    except MemoryError:
        raise
    except Exception:  # the libraries let ValueError, KeyError, TypeError and their own errors through
        return []


def _stamps(container: bytes) -> list[bytes]:
    try:
        signer = asn1_cms.ContentInfo.load(container)["content"]["signer_infos"][0]
        return [
            value.dump()
            for one in signer["unsigned_attrs"] or ()
            if one["type"].native == "signature_time_stamp_token"
            for value in one["values"]
        ]
    except MemoryError:
        raise
    except Exception:
        return []


def issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the issuer's key signed the certificate."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False
