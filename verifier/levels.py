"""The level of a signature: what its form and the data around it amount to (ETSI EN 319 142-1, 6; EN 319 142-2, 5).

A level says what is there, not that it is valid: that is another answer. The computation is the one that the European
Commission's DSS makes, so that both name the same file alike: baseline levels B, T, LT, LTA for signatures that keep the
baseline profile; BES, EPES and LTV for those that keep the older one; PKCS7-B to PKCS7-LTA for Adobe's; PDF-NOT-ETSI for
all others.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
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
    anchors: Container[bytes] = (),
) -> str:
    """Return the level of a signature with its own time stamps and the document time stamps that cover it.

    `anchors` are trusted certificates in DER, of which nothing more is needed.
    """
    held = _Held(one, material, list(stamps), list(documents), anchors)
    if field.subfilter in PKCS7:
        return f"PKCS7-{held.reached()}" if one.certificate in one.certificates else NOT_ETSI
    if field.subfilter != CADES or not _bes(field, one):
        return NOT_ETSI
    if not _baseline(field, one):
        if documents and material.stores:
            return "PAdES-LTV"
        return "PAdES-EPES" if one.signed(SIGNATURE_POLICY) and not _text(field, "/Reason") else "PAdES-BES"
    if (stamps or documents) and not material.stores and not _all_self_issued(one, stamps):
        return "PAdES-BASELINE-T"
    return f"PAdES-BASELINE-{held.reached()}"


@dataclass(frozen=True)
class _Held:
    """A signature and what stands around it."""

    one: Envelope
    material: Material
    stamps: list[Envelope]
    documents: list[DocumentStamp]
    anchors: Container[bytes]

    def reached(self) -> str:
        """Return B, T, LT or LTA (EN 319 142-1, 6.3): revocation data for every certificate that needs some make LT."""
        if not self.stamps and not self.documents:
            return "B"
        needed = self.needed()
        if not needed or not all(next(self.material.covering(each), None) is not None for each in needed):
            return "T"
        archived = any(each.rfc3161 and self._within(needed, each.revision) for each in self.documents)
        return "LTA" if archived else "LT"

    def needed(self) -> list[x509.Certificate]:
        """Return the certificates that others issued, of the signer and of all time stamps but the last archive one.

        Nothing is returned where a chain breaks off: its last revocation data could not be verified.
        """
        earlier = sorted(self.documents, key=lambda each: each.revision)[:-1]
        leaves = [self.one.certificate, *(each.certificate for each in self.stamps)]
        leaves += [each.envelope.certificate for each in earlier]
        known = list(self.material.certificates.values())
        found: dict[bytes, x509.Certificate] = {}
        for leaf in leaves:
            chain = [] if leaf is None else chain_of(leaf, known)
            trusted = next((at for at, each in enumerate(chain) if each.dump() in self.anchors), None)
            if trusted is None and (not chain or not self_issued(chain[-1])):
                return []
            found |= {each.dump(): each for each in chain[:trusted]}
        return [each for each in found.values() if not self_issued(each) and each.ocsp_no_check_value is None]

    def _within(self, needed: Sequence[x509.Certificate], revision: int) -> bool:
        """Whether a time stamp covers at least one revocation datum of each certificate (EN 319 142-1, 6.3, y)."""
        return all(any(datum.revision <= revision for datum in self.material.covering(each)) for each in needed)


def _all_self_issued(one: Envelope, stamps: Sequence[Envelope]) -> bool:
    held = [each for source in (one, *stamps) for each in source.certificates]
    return bool(held) and all(self_issued(each) for each in held)


def _bes(field: SignatureField, one: Envelope) -> bool:
    """PAdES-BES (EN 319 142-2, 5.3; EN 319 122-2, 5.2)."""
    return (
        one.signers == 1
        and one.content is None
        and all(_has(field, key) for key in ("/Filter", "/ByteRange", "/SubFilter", "/Contents"))
        and [each.dotted for each in one.signed(CONTENT_TYPE)] == [DATA]
        and one.attributes(MESSAGE_DIGEST) == 1
        and one.attributes(SIGNING_CERTIFICATE, SIGNING_CERTIFICATE_V2) == 1
        and one.attributes(*SIGNER_ATTRIBUTES) <= 1
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
        and one.attributes(SIGNATURE_POLICY) <= 1
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
