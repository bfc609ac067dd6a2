"""What tells each signature of a file from all others: its value, and digests of what it was made over.

A validation report (ETSI TS 119 102-2) names a signature by the digest of its data to be signed. Those data are the signed
attributes as they were hashed: a SET OF, tag 31, and not the [0] IMPLICIT under which the container holds them (RFC 5652,
5.4).
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from asn1crypto import cms
from pyhanko.sign.general import extract_signer_info

from verifier import signature, structure
from verifier.report import Report, SignatureIdentity
from verifier.structure import Covered, PdfBroken, SignatureField


def identified(raw: bytes, report: Report) -> Report:
    """Return the report of `raw` with the identity of each signature; one that cannot be read stays without."""
    if not report.signatures:
        return report
    try:
        fields = {one.name: one for one in structure.signature_fields(structure.open_pdf(raw))}
    except PdfBroken:
        return report
    found = tuple(
        replace(one, identity=_identity(raw, fields[one.field])) if one.field in fields else one
        for one in report.signatures
    )
    return replace(report, signatures=found)


def _identity(raw: bytes, field: SignatureField) -> SignatureIdentity | None:
    if field.dictionary is None:
        return None
    try:
        covered = structure.covered(raw, field.dictionary)
        signer = extract_signer_info(cms.ContentInfo.load(covered.container)["content"])
        octets = covered.octets(raw)
        attributes = signer["signed_attrs"]
        signed = attributes.untag().dump() if len(attributes) else octets
        return SignatureIdentity(
            value=signer["signature"].native,
            dtbsr_sha256=hashlib.sha256(signed).hexdigest(),
            document_sha256=hashlib.sha256(octets).hexdigest(),
            time_stamp_sha256=_token(covered, field),
        )
    except MemoryError:
        raise
    except (
        Exception
    ):  # a gap that is wrong; besides, the libraries let ValueError, KeyError, TypeError and their own errors through
        return None


def _token(covered: Covered, field: SignatureField) -> str | None:
    if field.is_time_stamp:
        return hashlib.sha256(covered.container).hexdigest()
    try:
        token = signature.stamp_of(covered.container)
    except signature.Unsupported:
        return None
    return None if token is None else hashlib.sha256(token).hexdigest()
