"""The level of a signature: what its form and the data around it amount to (ETSI EN 319 142-1, 6; EN 319 142-2, 5).

A level says what is there, not that it is valid: that is another answer. The computation is the one that the European
Commission's DSS makes, so that both name the same file alike: baseline levels B, T, LT, LTA for signatures that keep the
baseline profile; BES, EPES and LTV for those that keep the older one; PKCS7-B to PKCS7-LTA for Adobe's; PDF-NOT-ETSI for
all others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from asn1crypto import x509
from pyhanko.pdf_utils import generic

from verifier import value
from verifier.envelope import (
    COMMITMENT_TYPE,
    CONTENT_TYPE,
    DATA,
    MESSAGE_DIGEST,
    SIGNATURE_POLICY,
    SIGNER_ATTRIBUTES,
    SIGNING_CERTIFICATE,
    SIGNING_CERTIFICATE_V2,
    SIGNING_TIME,
    Envelope,
)
from verifier.material import Material, chain_of, self_issued
from verifier.structure import SignatureField

NOT_ETSI = "PDF-NOT-ETSI"
CADES, PKCS7 = "/ETSI.CAdES.detached", ("/adbe.pkcs7.detached", "/adbe.pkcs7.sha1")


@dataclass(frozen=True)
class DocumentStamp:
    """A document time stamp that covers a signature."""

    envelope: Envelope
    revision: int
    rfc3161: bool
    """Its SubFilter is ETSI.RFC3161."""


def of(
    field: SignatureField,
    one: Envelope,
    material: Material,
    *,
    stamps: Sequence[Envelope],
    documents: Sequence[DocumentStamp],
) -> str:
    """Return the level of a signature with its own time stamps and the document time stamps that cover it."""
    stamped = bool(stamps or documents)
    if field.subfilter in PKCS7:
        return (
            f"PKCS7-{_reached(one, material, stamps, documents)}" if one.certificate in one.certificates else NOT_ETSI
        )
    if field.subfilter != CADES or not _bes(field, one):
        return NOT_ETSI
    if not _baseline(field, one):
        if documents and material.stores:
            return "PAdES-LTV"
        return "PAdES-EPES" if one.signed(SIGNATURE_POLICY) and not _text(field, "/Reason") else "PAdES-BES"
    if not stamped:
        return "PAdES-BASELINE-B"
    if not material.stores and not _all_self_issued(one, stamps):
        return "PAdES-BASELINE-T"
    return f"PAdES-BASELINE-{_reached(one, material, stamps, documents)}"


def _reached(one: Envelope, material: Material, stamps: Sequence[Envelope], documents: Sequence[DocumentStamp]) -> str:
    if not stamps and not documents:
        return "B"
    if not _long_term(one, material, stamps, documents):
        return "T"
    needed = _needed(one, material, stamps, documents)
    archived = any(each.rfc3161 and _within(needed, material, each.revision) for each in documents)
    return "LTA" if archived else "LT"


def _long_term(
    one: Envelope, material: Material, stamps: Sequence[Envelope], documents: Sequence[DocumentStamp]
) -> bool:
    """Revocation data for each certificate that needs some (EN 319 142-1, 6.3, requirements for LT)."""
    if not (material.crls or material.ocsps):
        return False
    needed = _needed(one, material, stamps, documents)
    return bool(needed) and all(next(material.covering(each), None) is not None for each in needed)


def _needed(
    one: Envelope, material: Material, stamps: Sequence[Envelope], documents: Sequence[DocumentStamp]
) -> list[x509.Certificate]:
    """The certificates of the signer and of the time stamps, but of the last archive time stamp, that others issued."""
    earlier = sorted(documents, key=lambda each: each.revision)[:-1]
    # where nothing but one document time stamp proves the time, it is the signature's and no archive's
    leaves = [one.certificate, *(each.certificate for each in stamps), *(each.envelope.certificate for each in earlier)]
    chains = [chain_of(leaf, material.certificates.values()) for leaf in leaves if leaf is not None]
    found = {each.dump(): each for chain in chains for each in chain}
    return [each for each in found.values() if not self_issued(each) and not _unchecked(each)]


def _within(needed: Sequence[x509.Certificate], material: Material, revision: int) -> bool:
    """Whether a time stamp covers at least one revocation datum of each certificate (EN 319 142-1, 6.3, y)."""
    return all(any(datum.revision <= revision for datum in material.covering(each)) for each in needed)


def _unchecked(certificate: x509.Certificate) -> bool:
    """A responder’s certificate that need not be checked (RFC 6960, 4.2.2.2.1)."""
    return certificate.ocsp_no_check_value is not None


def _all_self_issued(one: Envelope, stamps: Sequence[Envelope]) -> bool:
    held = [each for source in (one, *stamps) for each in source.certificates]
    return bool(held) and all(self_issued(each) for each in held)


def _bes(field: SignatureField, one: Envelope) -> bool:
    """PAdES-BES (EN 319 142-2, 5.3; EN 319 122-2, 5.2)."""
    references = len(one.signed(SIGNING_CERTIFICATE)) + len(one.signed(SIGNING_CERTIFICATE_V2))
    return (
        one.signers == 1
        and one.content is None
        and all(_has(field, key) for key in ("/Filter", "/ByteRange", "/SubFilter", "/Contents"))
        and [each.dotted for each in one.signed(CONTENT_TYPE)] == [DATA]
        and len(one.signed(MESSAGE_DIGEST)) == 1
        and references == 1
        and sum(len(one.signed(each)) for each in SIGNER_ATTRIBUTES) <= 1
        and not (_text(field, "/Reason") and one.signed(COMMITMENT_TYPE))
    )


def _baseline(field: SignatureField, one: Envelope) -> bool:
    """PAdES-BASELINE-B beyond BES (EN 319 142-1, 6.3; EN 319 122-1, 6.3)."""
    stated = one.signed(COMMITMENT_TYPE) or one.signed(SIGNATURE_POLICY)
    return (
        bool(one.certificates)
        and one.certificate in one.certificates
        and _has(field, "/M")
        and not (_text(field, "/Reason") and stated)
        and not one.signed(SIGNING_TIME)
        and len(one.signed(SIGNATURE_POLICY)) <= 1
        and _referenced_rightly(one)
    )


def _referenced_rightly(one: Envelope) -> bool:
    """Version 2 of the reference is for other digests than SHA-1 (EN 319 122-1, 6.3, h and i)."""
    for reference in one.signed(SIGNING_CERTIFICATE_V2):
        for entry in list(reference["certs"])[:1]:
            if value.DIGESTS.get(entry["hash_algorithm"]["algorithm"].dotted) == "sha1":
                return False
    return True


def _has(field: SignatureField, key: str) -> bool:
    return field.dictionary is not None and key in field.dictionary


def _text(field: SignatureField, key: str) -> str:
    if field.dictionary is None or key not in field.dictionary:
        return ""
    held = field.dictionary[key]
    return str(held) if isinstance(held, generic.TextStringObject) else ""
