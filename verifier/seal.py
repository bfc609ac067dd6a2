"""Seal a drawn PDF as PAdES B-LTA (ETSI EN 319 142-1), and renew the archive time stamp of a sealed one.

The drawn file stays as it is; three revisions are appended (ISO 32000-1, 7.5.6):

    1. the seal: a certifying signature, DocMDP "no changes", time-stamped
    2. the document security store: every certificate, the roots included, and the revocation lists
    3. a document time stamp over all of it

The field is invisible and no metadata is touched, so that a PDF/A-3 file stays one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from verifier import cms, revise, stamp
from verifier.append import Document, date
from verifier.credential import Credential

_SIGNER_ROOM = 1024
"""Bytes of a container beside its certificates and time stamp: attributes, names, a signature of up to 4096 bits."""


class SealRefused(ValueError):
    """The seal is not made, because it would not verify."""


@dataclass(frozen=True)
class Sealer:
    """Seals with one key, one time-stamping authority and the revocation lists that go with both."""

    credential: Credential
    time_stamper: stamp.TimeStamper
    revocation: Callable[[], Sequence[bytes]]
    """Returns the current DER revocation lists (CRL) of every issuer in the two chains."""
    tolerance: timedelta = timedelta(minutes=5)
    """How far a time stamp may lie from the clock, and how much later than `now` a revocation list may begin."""
    stamp_room: int = 8192
    """Bytes kept for a time-stamp token; one that is larger is refused."""

    def seal(self, pdf: bytes, *, now: datetime, field: str = revise.FIELD, title: str = revise.TITLE) -> bytes:
        """Return `pdf` followed by the three revisions of a B-LTA seal.

        `now` is aware UTC. What is no proof of a letter is sealed in a `field` of another name. Raise `SealRefused` where
        the certificates or revocation lists are not current, `verifier.stamp.StampRefused` and `StampUnavailable`
        where the authority fails.
        """
        validation = self._validation_data(now)
        document = Document(pdf)
        if document.fields:
            raise SealRefused(
                "got a file with form fields: a certifying signature must be the first (ISO 32000-1, 12.8)"
            )
        self._certify(document, now, field, title)
        revise.add_validation_data(document, validation)
        self._time_stamp(document, now)
        return document.to_bytes()

    def renew(self, sealed: bytes, *, now: datetime) -> bytes:
        """Return `sealed` followed by current validation data and one more document time stamp.

        Done before the last time stamp weakens (EN 319 142-1, 5.4); same exceptions as `seal`.
        """
        validation = self._validation_data(now)
        document = Document(sealed)
        revise.add_validation_data(document, validation)
        self._time_stamp(document, now)
        return document.to_bytes()

    @cached_property
    def _certificates(self) -> tuple[x509.Certificate, ...]:
        return tuple(dict.fromkeys((*self.credential.certificates, *self.time_stamper.certificates)))

    @cached_property
    def _encoded_certificates(self) -> tuple[bytes, ...]:
        return tuple(one.public_bytes(Encoding.DER) for one in self._certificates)

    @cached_property
    def _name(self) -> str:
        names = self.credential.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(names[0].value) if names else self.credential.certificate.subject.rfc4514_string()

    def _validation_data(self, now: datetime) -> dict[str, Sequence[bytes]]:
        for one in self._certificates:
            if not one.not_valid_before_utc <= now <= one.not_valid_after_utc:
                raise SealRefused(
                    f"{one.subject.rfc4514_string()}: got {now.isoformat()}, expected a time from "
                    f"{one.not_valid_before_utc.isoformat()} to {one.not_valid_after_utc.isoformat()}"
                )
        lists = tuple(self.revocation())
        _demand_current(lists, self._certificates, now, self.tolerance)
        return {"/Certs": self._encoded_certificates, "/CRLs": lists}

    def _certify(self, document: Document, now: datetime, field: str, title: str) -> None:
        def container(digest: bytes) -> bytes:
            signer = cms.sign(self.credential, cms.DATA, digest)
            cms.add_time_stamp(signer, self._stamp(hashlib.sha256(signer.signature).digest(), now))
            return cms.wrap(self.credential, signer, cms.DATA, None)

        chain = sum(len(one.public_bytes(Encoding.DER)) for one in self.credential.certificates)
        room = _SIGNER_ROOM + self.stamp_room + chain
        revise.certify(
            document, when=date(now), name=self._name, room=room, container=container, field=field, title=title
        )

    def _time_stamp(self, document: Document, now: datetime) -> None:
        revise.time_stamp(document, room=self.stamp_room, container=lambda digest: self._stamp(digest, now))

    def _stamp(self, imprint: bytes, now: datetime) -> bytes:
        token = self.time_stamper.stamp(imprint)
        if len(token) > self.stamp_room:
            raise SealRefused(f"time stamp: got {len(token)} bytes, expected at most {self.stamp_room}")
        stamp.demand(token, imprint=imprint, near=now, within=self.tolerance)
        return token


def _demand_current(
    lists: Iterable[bytes], certificates: Iterable[x509.Certificate], now: datetime, tolerance: timedelta
) -> None:
    """Raise `SealRefused` unless a revocation list of every issuer is in force and lists none of the certificates."""
    by_issuer = {crl.issuer: crl for crl in map(x509.load_der_x509_crl, lists)}
    for certificate in certificates:
        if certificate.issuer == certificate.subject:
            continue
        name = certificate.subject.rfc4514_string()
        crl = by_issuer.get(certificate.issuer)
        if crl is None:
            raise SealRefused(f"{name}: got no revocation list of its issuer")
        if crl.next_update_utc is None or not crl.last_update_utc - tolerance <= now <= crl.next_update_utc:
            raise SealRefused(f"{name}: the revocation list of its issuer is not in force at {now.isoformat()}")
        if crl.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None:
            raise SealRefused(f"{name}: the certificate is revoked")
