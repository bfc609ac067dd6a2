"""The cryptography of a plain proof, judged from what `verifier.rebuild` took out of it.

Plain means that nothing needs weighing: one signer, SHA-256, P-256 or RSA of at least 3072 bits; a chain of plain
certificates, each within its dates when it signed and when it is judged; a revocation list of the issuer in force at
each stamped time, which names none of them; every container in the very bytes that our own writer gives. Whatever is
otherwise raises `NotPlain`, which says nothing against the file: the general validator judges it (`verifier.check`).

The containers are read by `cryptography`'s strict DER code, by declaration (`verifier.cms`, `verifier.stamp`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtensionOID

from verifier import cms, stamp
from verifier.credential import issued, known_key
from verifier.rebuild import Rebuilt, Signed
from verifier.revocation import CLOCKS, in_force

_SIGNED = {cms.CONTENT_TYPE, cms.MESSAGE_DIGEST, cms.SIGNING_CERTIFICATE_V2}
_KNOWN = {
    ExtensionOID.BASIC_CONSTRAINTS,
    ExtensionOID.KEY_USAGE,
    ExtensionOID.EXTENDED_KEY_USAGE,
    ExtensionOID.SUBJECT_KEY_IDENTIFIER,
    ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
}
"""Extensions that this module understands; a certificate with another one is not plain."""
_KNOWN_OF_LISTS = {ExtensionOID.CRL_NUMBER, ExtensionOID.AUTHORITY_KEY_IDENTIFIER}
_DIGESTS = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_MAX_PATH = 4
_UNREADABLE = (
    ValueError,
    TypeError,
    InvalidSignature,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What reading a hostile certificate or list raises; the errors of `cms`, `stamp` and `credential` are ValueErrors."""


class NotPlain(ValueError):
    """Something would have to be weighed, or is wrong: which of the two is not said here."""


@dataclass(frozen=True)
class Stamped:
    """A time stamp that holds."""

    time: datetime
    """Aware UTC."""
    path: tuple[x509.Certificate, ...]
    """From the authority's certificate to the anchor."""


@dataclass(frozen=True)
class Judged:
    """A seal and time stamps that hold, all of them, under the anchors given."""

    path: tuple[x509.Certificate, ...]
    """From the seal's certificate to the anchor."""
    stamped: Stamped
    """The seal's own time stamp."""
    archived: tuple[Stamped, ...]
    """The archive time stamps, oldest first."""


def judge(found: Rebuilt, anchors: Sequence[x509.Certificate], now: datetime) -> Judged:
    """Judge a proof's containers at `now` (aware UTC); raise `NotPlain`."""
    try:
        held = [x509.load_der_x509_certificate(one) for one in found.certificates]
        lists = [x509.load_der_x509_crl(one) for one in found.lists]
        plain = _Plain(tuple(anchors), tuple(held), tuple(lists), now)
        return plain.judged(found)
    except NotPlain:
        raise
    except _UNREADABLE as fault:
        raise NotPlain(f"{type(fault).__name__}: {fault}") from fault


@dataclass(frozen=True)
class _Plain:
    anchors: tuple[x509.Certificate, ...]
    held: tuple[x509.Certificate, ...]
    lists: tuple[x509.CertificateRevocationList, ...]
    now: datetime

    def judged(self, found: Rebuilt) -> Judged:
        signer, certificate = self._seal(found.seal)
        token = _the_only(signer.unsigned or [], cms.TIME_STAMP_TOKEN)
        stamped = self._stamped(token, hashlib.sha256(signer.signature).digest())
        archived = tuple(self._stamped(one.container, one.digest) for one in found.time_stamps)
        times = [stamped.time, *(one.time for one in archived)]
        if any(later + CLOCKS < earlier for earlier, later in pairwise(times)):
            raise NotPlain("time stamps: a later one bears an earlier time")
        if max(times) > self.now + CLOCKS:
            raise NotPlain("time stamps: got a time that is still to come")
        return Judged(self._path(certificate, stamped.time, _seals), stamped, archived)

    def _seal(self, seal: Signed) -> tuple[cms.SignerInfo, x509.Certificate]:
        data, signer = cms.unwrap(seal.container)
        cms.demand_exact(data, signer, seal.container)
        if data.content.type != cms.DATA or data.content.content is not None or data.crls:
            raise NotPlain("seal: expected a detached container without revocation data")
        if {one.type for one in signer.signed.as_list()} != _SIGNED or len(signer.signed.as_list()) != len(_SIGNED):
            raise NotPlain(
                "seal: got other signed attributes than content-type, message-digest, signing-certificate-v2"
            )
        if signer.digest_algorithm.algorithm != cms.SHA256:
            raise NotPlain("seal: expected the digest that is compared, SHA-256")
        certificate = cms.signer_certificate(data, signer)
        cms.verify_detached(data, signer, certificate, seal.digest)
        return signer, certificate

    def _stamped(self, token: bytes, imprint: bytes) -> Stamped:
        said = stamp.read(token)
        if said.imprint != imprint:
            raise NotPlain("time stamp: it is over something else")
        data, signer = cms.unwrap(token)
        cms.demand_exact(data, signer, token)
        certificate = cms.signer_certificate(data, signer)
        stamp.authenticate(token, self._issuers(certificate))
        return Stamped(said.time, self._path(certificate, said.time, _stamps))

    def _issuers(self, certificate: x509.Certificate) -> list[x509.Certificate]:
        return [one for one in (*self.anchors, *self.held) if one.subject == certificate.issuer]

    def _path(self, leaf: x509.Certificate, moment: datetime, fits: object) -> tuple[x509.Certificate, ...]:
        """Return the chain of a leaf that signed at `moment`, up to the first anchor reached."""
        assert callable(fits)  # noqa: S101 # one of the two functions below
        if not fits(leaf):
            raise NotPlain(f"{leaf.subject.rfc4514_string()}: its key is not for this use")
        path = [leaf]
        while path[-1] not in self.anchors:
            last = path[-1]
            above = next((one for one in self._issuers(last) if one not in path and issued(last, one)), None)
            if above is None or len(path) == _MAX_PATH:
                raise NotPlain(f"{last.subject.rfc4514_string()}: no chain leads from it to an anchor")
            if not _issues(above, below=len(path) - 1):
                raise NotPlain(f"{above.subject.rfc4514_string()}: it may not issue certificates here")
            path.append(above)
        if len(path) == 1:
            raise NotPlain("the signer itself is an anchor")
        for one in path:
            self._demand_current(one, moment)
        for one in path[:-1]:
            self._demand_unrevoked(one, moment)
        return tuple(path)

    def _demand_current(self, one: x509.Certificate, moment: datetime) -> None:
        for instant in (moment, self.now):
            if not one.not_valid_before_utc <= instant <= one.not_valid_after_utc:
                raise NotPlain(f"{one.subject.rfc4514_string()}: not valid at {instant.isoformat()}")
        known_key(one)
        if not isinstance(one.signature_hash_algorithm, _DIGESTS):
            raise NotPlain(f"{one.subject.rfc4514_string()}: signed with another digest than SHA-2")
        if any(extension.oid not in _KNOWN for extension in one.extensions):
            raise NotPlain(f"{one.subject.rfc4514_string()}: it has extensions beyond the plain ones")

    def _demand_unrevoked(self, one: x509.Certificate, moment: datetime) -> None:
        name = one.subject.rfc4514_string()
        lists = [held for held in self.lists if held.issuer == one.issuer]
        for held in lists:
            if any(extension.oid not in _KNOWN_OF_LISTS for extension in held.extensions):
                raise NotPlain(f"{name}: its revocation list has a scope of its own")
            if not isinstance(held.signature_hash_algorithm, _DIGESTS):
                raise NotPlain(f"{name}: its revocation list is signed with another digest than SHA-2")
            if held.get_revoked_certificate_by_serial_number(one.serial_number) is not None:
                raise NotPlain(f"{name}: a revocation list names it")
        if not in_force(one, moment, lists, self._issuers(one)):
            raise NotPlain(f"{name}: no revocation list was in force at {moment.isoformat()}")


def _the_only(attributes: Sequence[cms.Attribute], type_: cms.Oid) -> bytes:
    if len(attributes) != 1 or attributes[0].type != type_ or len(attributes[0].values.as_list()) != 1:
        raise NotPlain("seal: expected one unsigned attribute, its time stamp")
    return asn1.encode_der(attributes[0].values.as_list()[0])


def _usage(one: x509.Certificate) -> x509.KeyUsage:
    return one.extensions.get_extension_for_class(x509.KeyUsage).value


def _seals(leaf: x509.Certificate) -> bool:
    """Either key usage fits a seal (ETSI EN 319 412-2, 4.3.2); a certificate for other uses only is none."""
    usage = _usage(leaf)
    named = [one for one in leaf.extensions if one.oid == ExtensionOID.EXTENDED_KEY_USAGE]
    return (usage.digital_signature or usage.content_commitment) and not named and not _is_authority(leaf)


def _stamps(leaf: x509.Certificate) -> bool:
    """The extended usage is demanded by `verifier.stamp.authenticate` (RFC 3161, 2.3)."""
    usage = _usage(leaf)
    return (usage.digital_signature or usage.content_commitment) and not _is_authority(leaf)


def _issues(one: x509.Certificate, *, below: int) -> bool:
    """Whether a certificate is an authority's that may have `below` authorities under it (RFC 5280, 4.2.1.9)."""
    constraints = one.extensions.get_extension_for_class(x509.BasicConstraints).value
    room = constraints.path_length is None or below <= constraints.path_length
    usage = _usage(one)
    return constraints.ca and usage.key_cert_sign and usage.crl_sign and room


def _is_authority(one: x509.Certificate) -> bool:
    found = [held for held in one.extensions if held.oid == ExtensionOID.BASIC_CONSTRAINTS]
    return bool(found) and bool(found[0].value.ca)
