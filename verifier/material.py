"""The certificates and revocation data that a file carries, and the revision that first held each.

They lie in the document security stores of all revisions (a later store may lack what an earlier one held), in the containers
of signatures and time stamps, and in the signed attribute of Adobe (ETSI EN 319 142-1, 5.4.2; EN 319 122-1; ISO 32000-2,
12.8.3.3.2). Nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from asn1crypto import crl, ocsp, x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from verifier.difference import items, raw, reference_of, resolved
from verifier.envelope import REVOCATION_ARCHIVAL, Envelope, legible

MAX_DATA = 2_000
_REVOCATION_VALUES = "1.2.840.113549.1.9.16.2.24"
_KINDS = (
    ("/Certs", x509.Certificate),
    ("/Cert", x509.Certificate),
    ("/CRLs", crl.CertificateList),
    ("/CRL", crl.CertificateList),
    ("/OCSPs", ocsp.OCSPResponse),
    ("/OCSP", ocsp.OCSPResponse),
)
"""Entries of a DSS dictionary and of the VRI dictionaries in it."""
_Read = TypeVar("_Read")


@dataclass(frozen=True)
class Datum:
    """One piece of revocation data."""

    value: Any
    """A list or a response."""
    revision: int
    """Number of the first revision that holds it."""


@dataclass
class Material:
    """All that a file carries to judge its signatures by."""

    certificates: dict[bytes, x509.Certificate] = field(default_factory=dict)
    crls: dict[bytes, Datum] = field(default_factory=dict)
    ocsps: dict[bytes, Datum] = field(default_factory=dict)
    stores: list[int] = field(default_factory=list)
    """Revisions with a document security store."""

    def add(self, one: Any, octets: bytes, revision: int) -> None:
        """Keep one piece once, with the first revision that holds it."""
        if len(self.certificates) + len(self.crls) + len(self.ocsps) >= MAX_DATA:
            return
        if not _attempt(lambda: _legible(one)):
            return
        if isinstance(one, x509.Certificate):
            self.certificates.setdefault(octets, one)
            return
        held = self.crls if isinstance(one, crl.CertificateList) else self.ocsps
        if octets not in held or held[octets].revision > revision:
            held[octets] = Datum(one, revision)

    def add_container(self, one: Envelope, revision: int) -> None:
        """Keep what a signature or time stamp brings itself."""
        for certificate in one.certificates:
            self.add(certificate, certificate.dump(), revision)
        for found in _attempt(lambda: list(_from_container(one))) or ():
            self.add(found, found.dump(), revision)

    def covering(self, certificate: x509.Certificate) -> Iterator[Datum]:
        """Yield the revocation data that speak of a certificate, by its issuer's name, unverified."""
        issuer = certificate.issuer
        for one in self.crls.values():
            if _attempt(lambda one=one: one.value.issuer == issuer):  # type: ignore[misc]
                yield one
        for one in self.ocsps.values():
            serials = _attempt(lambda one=one: _serials(one.value)) or ()  # type: ignore[misc]
            if certificate.serial_number in serials:
                yield one


def gather(reader: PdfFileReader) -> Material:
    """Read the document security stores of all revisions, each stream once; what cannot be read is left out."""
    found = Material()
    seen: set[tuple[object, ...]] = set()  # references of this kind that were read, and have not been given again since
    for revision in range(reader.total_revisions):
        resolver = reader.get_historical_resolver(revision)
        catalog = _attempt(lambda resolver=resolver: resolver.root)  # type: ignore[misc]
        store = resolved(resolver, raw(catalog, "/DSS"))  # type: ignore[arg-type]
        if not isinstance(store, generic.DictionaryObject):
            continue
        found.stores.append(revision)
        given = set(reader.xrefs.explicit_refs_in_revision(revision)) if seen else set()
        for kind, value in _streams(resolver, store):
            reference = reference_of(value)
            if reference is not None and (kind, reference) in seen and reference not in given:
                continue
            seen.add((kind, reference))
            stream = resolved(resolver, value)  # type: ignore[arg-type]
            octets = _attempt(lambda stream=stream: stream.data)  # type: ignore[misc]
            one = _attempt(lambda kind=kind, octets=octets: kind.load(octets, strict=False))  # type: ignore[misc]
            if one is not None:
                found.add(one, octets or b"", revision)
    return found


def _streams(resolver: Any, store: generic.DictionaryObject) -> Iterator[tuple[Any, generic.PdfObject]]:
    held = resolved(resolver, raw(store, "/VRI"))
    vri = [resolved(resolver, raw(held, key)) for key in held] if isinstance(held, generic.DictionaryObject) else []
    for dictionary in [store, *vri]:
        for key, kind in _KINDS:
            for value in items(resolved(resolver, raw(dictionary, key))):
                yield kind, value


def _from_container(one: Envelope) -> Iterator[Any]:
    """Yield lists and responses inside a container, as CMS, CAdES and Adobe put them."""
    for choice in one.data["crls"] or ():
        if isinstance(choice.chosen, crl.CertificateList):
            yield choice.chosen
        elif choice.name == "other":
            yield from _responses([choice.chosen["other_rev_info"]])
    for archival in one.signed(REVOCATION_ARCHIVAL):
        yield from archival["crl"] or ()
        yield from archival["ocsp"] or ()
    for values in one.unsigned(_REVOCATION_VALUES):
        yield from values["crl_vals"] or ()
        yield from _responses(values["ocsp_vals"] or ())


def _responses(basics: Iterable[Any]) -> Iterator[ocsp.OCSPResponse]:
    """Wrap basic responses as the responses that they were cut from."""
    for one in basics:
        octets = one.dump()
        response = _attempt(lambda octets=octets: ocsp.OCSPResponse.load(octets))  # type: ignore[misc]
        if response is not None and _attempt(lambda: response["response_status"].native):  # noqa: B023
            yield response
            continue
        yield ocsp.OCSPResponse(
            {
                "response_status": "successful",
                "response_bytes": {"response_type": "basic_ocsp_response", "response": octets},
            }
        )


def _legible(one: Any) -> bool:
    """Read all that is asked of a piece later, so that one which cannot be read spoils nothing but itself."""
    if isinstance(one, x509.Certificate):
        return legible(one)
    if isinstance(one, crl.CertificateList):
        return bool(one.issuer.hashable and one["tbs_cert_list"]["this_update"].native)
    return bool(_serials(one))


def _serials(response: ocsp.OCSPResponse) -> list[int]:
    held = response["response_bytes"]["response"].parsed["tbs_response_data"]["responses"]
    return [one["cert_id"]["serial_number"].native for one in held]


def _attempt(part: Callable[[], _Read]) -> _Read | None:
    try:
        return part()
    except MemoryError:
        raise
    except Exception:  # what cannot be read proves nothing
        return None


def self_issued(certificate: x509.Certificate) -> bool:
    return bool(certificate.subject == certificate.issuer)


def chain_of(certificate: x509.Certificate, known: Iterable[x509.Certificate]) -> list[x509.Certificate]:
    """Return the certificates from one upward as far as the file holds them, by name and key identifier alone."""
    pool, chain = list(known), [certificate]
    while len(chain) < 10 and not self_issued(chain[-1]):
        wanted = chain[-1].authority_key_identifier
        above = [
            one
            for one in pool
            if one.subject == chain[-1].issuer
            and (wanted is None or one.key_identifier is None or one.key_identifier == wanted)
        ]
        if not above or above[0] in chain:
            break
        chain.append(above[0])
    return chain
