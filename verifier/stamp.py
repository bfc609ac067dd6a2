"""Time-stamp tokens (RFC 3161, profiled by EN 319 422): issued by an authority of ours, or received and checked.

A token is signed data (CMS) around a TSTInfo, which pairs a digest, the *imprint*, with a time. Whoever asks checks what it
got: the imprint is the one sent, the time is the time, the signature holds. Only SHA-256 imprints are made or accepted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Protocol

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.x509.oid import ExtendedKeyUsageOID

from verifier import cms
from verifier.credential import Credential, issued

TST_INFO = cms.Oid("1.2.840.113549.1.9.16.1.4")
GRANTED = (0, 1)
"""PKIStatus granted and grantedWithMods (RFC 3161, 2.4.2)."""


class StampRefused(ValueError):
    """A time stamp came back, and it is not the one that was asked for."""


class StampUnavailable(OSError):
    """No time stamp came back: the authority is down, slow, or declined."""


class RequestMalformed(ValueError):
    """The bytes are not a time-stamp request that can be served."""


class TimeStamper(Protocol):
    """Whoever issues time stamps."""

    @property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        """The authority's certificate and its chain, the root included."""

    def stamp(self, imprint: bytes) -> bytes:
        """Return a DER TimeStampToken over a SHA-256 `imprint`; raise `StampUnavailable` or `StampRefused`."""


_UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.UnsupportedGeneralNameType,
)
"""What reading a hostile certificate raises."""


@asn1.sequence
class MessageImprint:
    algorithm: cms.AlgorithmIdentifier
    digest: bytes


@asn1.sequence
class Accuracy:
    seconds: int | None
    millis: Annotated[int | None, asn1.Implicit(0)]
    micros: Annotated[int | None, asn1.Implicit(1)]


@asn1.sequence
class TstInfo:
    version: int
    policy: cms.Oid
    imprint: MessageImprint
    serial: int
    time: asn1.GeneralizedTime
    accuracy: Accuracy | None
    ordering: Annotated[bool, asn1.Default(False)]
    nonce: int | None
    # GeneralName, in the forms that name an authority
    authority: Annotated[
        Annotated[asn1.TLV, asn1.Explicit(4)]
        | Annotated[asn1.IA5String, asn1.Implicit(2)]
        | Annotated[asn1.IA5String, asn1.Implicit(6)]
        | None,
        asn1.Explicit(0),
    ]
    extensions: Annotated[list[asn1.TLV] | None, asn1.Implicit(1)]


@asn1.sequence
class Request:
    version: int
    imprint: MessageImprint
    policy: cms.Oid | None
    nonce: int | None
    certificates: Annotated[bool, asn1.Default(False)]
    extensions: Annotated[list[asn1.TLV] | None, asn1.Implicit(0)]


@asn1.sequence
class Status:
    status: int
    text: list[str] | None
    failure: asn1.BitString | None


@asn1.sequence
class Granted:
    status: Status
    token: asn1.TLV


@asn1.sequence
class Declined:
    status: Status


@dataclass(frozen=True)
class Stamp:
    """What a token says."""

    imprint: bytes
    """32 bytes, SHA-256."""
    time: datetime
    """Aware UTC."""
    serial: int
    policy: str
    nonce: int | None


def issue(credential: Credential, stamp: Stamp) -> bytes:
    """Return the DER token that says `stamp`, with an accuracy of one second, signed by an authority of ours."""
    info = TstInfo(
        version=1,
        policy=cms.Oid(stamp.policy),
        imprint=_imprint(stamp.imprint),
        serial=stamp.serial,
        time=asn1.GeneralizedTime(stamp.time.astimezone(UTC)),
        accuracy=Accuracy(seconds=1, millis=None, micros=None),
        ordering=False,
        nonce=stamp.nonce,
        authority=None,
        extensions=None,
    )
    content = asn1.encode_der(info)
    signer = cms.sign(credential, TST_INFO, hashlib.sha256(content).digest())
    return cms.wrap(credential, signer, TST_INFO, content)


def read(token: bytes) -> Stamp:
    """Return what a token says, its signature unchecked; raise `StampRefused` if it cannot be read."""
    try:
        data, _ = cms.unwrap(token)
        if data.content.type != TST_INFO or data.content.content is None:
            raise StampRefused(f"token: got content {data.content.type.dotted_string}, expected a TSTInfo")
        info = asn1.decode_der(TstInfo, data.content.content)
    except ValueError as fault:
        raise StampRefused(f"token: {fault}") from fault
    if info.imprint.algorithm.algorithm != cms.SHA256:
        raise StampRefused(f"imprint: got algorithm {info.imprint.algorithm.algorithm.dotted_string}, expected SHA-256")
    return Stamp(info.imprint.digest, info.time.as_datetime(), info.serial, info.policy.dotted_string, info.nonce)


def demand(token: bytes, *, imprint: bytes, near: datetime, within: timedelta) -> Stamp:
    """Return what a token says once it is over `imprint` and within a margin of the time now; raise `StampRefused`.

    A token with a byte that its signature leaves free is refused too: whoever holds the file could change that byte.
    """
    stamp = read(token)
    try:
        cms.demand_exact(*cms.unwrap(token), token)
    except cms.ContainerMalformed as fault:
        raise StampRefused(f"token: {fault}") from fault
    if stamp.imprint != imprint:
        raise StampRefused(f"imprint: got {stamp.imprint.hex()}, expected {imprint.hex()}")
    if abs(stamp.time - near) > within:
        raise StampRefused(f"time: got {stamp.time.isoformat()}, expected {near.isoformat()} give or take {within}")
    return stamp


def authenticate(token: bytes, certificates: Sequence[x509.Certificate]) -> None:
    """Check a token's signature, and that its signer is one we know or was issued by one; raise `StampRefused`.

    Short of path validation on purpose: the verifier does that. It keeps a token that nobody could ever trust out of a seal.
    """
    try:
        data, signer = cms.unwrap(token)
        certificate = cms.signer_certificate(data, signer)
        cms.verify_content(data, signer, certificate)
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except _UNREADABLE as fault:
        raise StampRefused(f"token: {fault}") from fault
    if not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise StampRefused("signer: expected a critical extended key usage of time stamping alone (RFC 3161, 2.3)")
    if certificate not in certificates and not any(issued(certificate, one) for one in certificates):
        raise StampRefused(f"signer: {certificate.subject.rfc4514_string()} is not of the authority expected")


def request(imprint: bytes, nonce: int) -> bytes:
    """Return a DER TimeStampReq that asks for the certificates too (RFC 3161, 2.4.1)."""
    return asn1.encode_der(
        Request(version=1, imprint=_imprint(imprint), policy=None, nonce=nonce, certificates=True, extensions=None)
    )


def parse_request(raw: bytes) -> tuple[bytes, int | None]:
    """Return the imprint and the nonce of a DER TimeStampReq; raise `RequestMalformed`."""
    try:
        asked = asn1.decode_der(Request, raw)
    except ValueError as fault:
        raise RequestMalformed(f"request: {fault}") from fault
    if asked.imprint.algorithm.algorithm != cms.SHA256 or len(asked.imprint.digest) != 32:
        raise RequestMalformed("request: expected an imprint of SHA-256")
    return asked.imprint.digest, asked.nonce


def response(token: bytes) -> bytes:
    """Return the DER TimeStampResp that grants `token`."""
    status = Status(status=0, text=None, failure=None)
    return asn1.encode_der(Granted(status=status, token=asn1.decode_der(asn1.TLV, token)))


def rejection(text: str) -> bytes:
    """Return the DER TimeStampResp that declines (PKIStatus rejection)."""
    return asn1.encode_der(Declined(status=Status(status=2, text=[text], failure=None)))


def parse_response(raw: bytes) -> bytes:
    """Return the token of a DER TimeStampResp; raise `StampUnavailable` if it declines, `StampRefused` if unreadable."""
    try:
        answer = asn1.decode_der(Granted, raw)
    except ValueError:
        try:
            status = asn1.decode_der(Declined, raw).status
        except ValueError as fault:
            raise StampRefused(f"response: {fault}") from fault
        raise StampUnavailable(
            f"status: got {status.status} ({'; '.join(status.text or [])}), expected granted"
        ) from None
    if answer.status.status not in GRANTED:
        raise StampUnavailable(f"status: got {answer.status.status}, expected granted")
    return asn1.encode_der(answer.token)


def _imprint(digest: bytes) -> MessageImprint:
    if len(digest) != 32:
        raise ValueError(f"imprint: got {len(digest)} bytes, expected the 32 of SHA-256")
    return MessageImprint(algorithm=cms.AlgorithmIdentifier(algorithm=cms.SHA256, parameters=None), digest=digest)
