"""One CMS signature opened for judgement: its signer, its attributes, its digest and its value (RFC 5652).

What a PDF holds in /Contents is signed data around nothing (ETSI.CAdES.detached, adbe.pkcs7.detached), around a SHA-1 digest
(adbe.pkcs7.sha1), or around a TSTInfo (ETSI.RFC3161). Each says in its own way which octets it was made over.
"""

from __future__ import annotations

import hmac
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import cms, core, tsp, x509
from cryptography import x509 as strict_x509
from pyhanko.sign import general

from verifier import asn1, value
from verifier.value import Malformed, Mechanism, Unsupported

asn1.install()
_REGISTERED = general.__name__
"""Loaded for what it teaches asn1crypto: the attributes of CAdES."""

DATA, TST_INFO = "1.2.840.113549.1.7.1", "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"
SIGNING_CERTIFICATE, SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47"
COMMITMENT_TYPE, SIGNATURE_POLICY = "1.2.840.113549.1.9.16.2.16", "1.2.840.113549.1.9.16.2.15"
SIGNER_ATTRIBUTES = ("1.2.840.113549.1.9.16.2.18", "0.4.0.19122.1.1")
TIME_STAMP, TIME_STAMP_V2 = "1.2.840.113549.1.9.16.2.14", "0.4.0.1733.2.5"
REVOCATION_ARCHIVAL = "1.2.840.113583.1.1.8"
_MAX_ATTRIBUTES = 64
_ABSENT = core.Void
_STRINGS = (core.OctetString, core.ParsableOctetString)


class Unreadable(ValueError):
    """The octets are no CMS signature that can be read."""


@dataclass(frozen=True)
class Envelope:
    """Signed data with its one signer, or the first of several."""

    data: cms.SignedData
    signers: int
    info: cms.SignerInfo
    certificates: tuple[x509.Certificate, ...]
    """Those inside the container, the signer's among them if it is there."""
    certificate: x509.Certificate | None
    """The signer's, from the container or from elsewhere in the file."""
    content_type: str
    """Object identifier of what is signed."""
    content: bytes | None
    """What the container holds itself; None where that lies outside."""

    def signed(self, identifier: str) -> list[Any]:
        """Return the values of a signed attribute."""
        return _values(self.info["signed_attrs"], identifier)

    def unsigned(self, identifier: str) -> list[Any]:
        """Return the values of an unsigned attribute."""
        return _values(self.info["unsigned_attrs"], identifier)

    def attributes(self, *identifiers: str) -> int:
        """Count the signed attributes of some types, however many values each has."""
        held = self.info["signed_attrs"]
        return 0 if isinstance(held, _ABSENT) else sum(each["type"].dotted in identifiers for each in held)

    @property
    def signature(self) -> bytes:
        return bytes(self.info["signature"].native)

    @property
    def digest_algorithm(self) -> str:
        """Name of the digest over the content; raises `Malformed` or `Unsupported`."""
        return value.digest_name(self.info["digest_algorithm"]["algorithm"].dotted)

    @property
    def signing_time(self) -> datetime | None:
        """What the signer says, as an aware instant."""
        try:
            moment = next((each.native for each in self.signed(SIGNING_TIME)), None)
        except (ValueError, KeyError, TypeError):  # what cannot be read says no time
            return None
        return moment if isinstance(moment, datetime) and moment.tzinfo is not None else None


@dataclass(frozen=True)
class Judged:
    """What the container says of the octets that it was made over."""

    digest: bool
    """They are those that were signed."""
    value: bool
    """The signature value is the certificate's key's."""
    made: Mechanism | None
    """None where the digest algorithm alone spoils the signature."""
    digest_algorithm: str
    detail: str = ""


def read(octets: bytes, also: Iterable[x509.Certificate] = ()) -> Envelope:
    """Open a container; `also` are certificates to look for the signer's in. Raises `Unreadable`."""
    try:
        info = cms.ContentInfo.load(octets, strict=True)
        if info["content_type"].native != "signed_data":
            raise Unreadable(f"got {info['content_type'].native}, expected signed data")
        data = info["content"]
        signers = data["signer_infos"]
        if len(signers) == 0:
            raise Unreadable("got no signer")
        signer = signers[0]
        _minimal(signer, data["certificates"] or ())
        held = tuple(one.chosen for one in data["certificates"] or () if one.name == "certificate")
        content = data["encap_content_info"]["content"]
        return Envelope(
            data=data,
            signers=len(signers),
            info=signer,
            certificates=held,
            certificate=_signer(signer, [*held, *also]),
            content_type=data["encap_content_info"]["content_type"].dotted,
            content=None if isinstance(content, _ABSENT) else _octets(content),
        )
    except (MemoryError, Unreadable):
        raise
    except Exception as fault:  # the library lets ValueError, KeyError, TypeError and RecursionError through
        raise Unreadable(f"{type(fault).__name__}: {fault}"[:300]) from fault


def ill_formed(one: Envelope) -> str:
    """Say what of a container cannot be read as its type demands, the values of attributes and extensions aside.

    Most of it is not signed, and nothing is concluded from it; but another reader may read it otherwise.
    """
    try:
        held, info = one.data, one.info
        read_through = [held["version"].native, info["version"].native, info["sid"].native, info["signature"].native]
        read_through += [each.native for each in held["digest_algorithms"]]
        read_through += [info["digest_algorithm"].native, info["signature_algorithm"].native]
        read_through += [each.name for each in held["certificates"] or ()]
        for attributes in (info["signed_attrs"], info["unsigned_attrs"]):
            if not isinstance(attributes, _ABSENT):
                read_through += [(each["type"].native, len(each["values"])) for each in attributes]
        if any(len(each.children or ()) > len(each._fields) for each in (held, info)):
            return "an element that does not belong there"
        odd = [each for each in one.certificates if not legible(each) or not _strictly(each)]
        return f"{len(odd)} certificates" if odd else ""
    except MemoryError:
        raise
    except Exception as fault:  # the library lets ValueError, KeyError, TypeError and RecursionError through
        return f"{type(fault).__name__}: {fault}"[:300]


def _strictly(certificate: x509.Certificate) -> bool:
    """Whether a strict parser takes the certificate."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of certificates that break RFC 5280 and are reported all the same
        return bool(strict_x509.load_der_x509_certificate(certificate.dump()).public_key())


def legible(certificate: x509.Certificate) -> bool:
    """Whether all of a certificate that a judgement asks for can be read (RFC 5280, 4.1)."""
    validity = certificate["tbs_certificate"]["validity"]
    names = certificate.subject.hashable, certificate.issuer.hashable, certificate.issuer_serial
    keys = certificate.key_identifier, certificate.authority_key_identifier, certificate.public_key.algorithm
    uses = certificate.ca, certificate.key_usage_value, certificate.extended_key_usage_value
    algorithms = certificate["signature_algorithm"].native, certificate["tbs_certificate"]["signature"].native
    body = certificate["tbs_certificate"]
    parts = body["version"].native, certificate.public_key.native, len(body["extensions"])
    whole = names and keys and uses and algorithms and parts and certificate["signature_value"].native
    return bool(whole) and bool(validity["not_before"].native <= validity["not_after"].native)


def judge(one: Envelope, octets: bytes, subfilter: str = "") -> Judged:
    """Judge digest and value over the octets that the container speaks of; raises `Unsupported`.

    `subfilter` tells adbe.pkcs7.sha1, whose content is the SHA-1 of the octets (ISO 32000-1, 12.8.3.3).
    """
    try:
        return _judge(one, octets, subfilter)
    except (MemoryError, Unsupported):
        raise
    except Malformed as fault:
        return Judged(False, False, None, "", str(fault))
    except Exception as fault:
        raise Unsupported(f"{type(fault).__name__}: {fault}"[:300]) from fault


def _judge(one: Envelope, octets: bytes, subfilter: str) -> Judged:
    name = one.digest_algorithm
    agrees, over = _content(one, octets, subfilter)
    if one.certificate is None:
        raise Unsupported("the signer’s certificate is not in the file")
    key = value.public_key(one.certificate.public_key.dump())
    algorithm = one.info["signature_algorithm"]
    made = value.mechanism(algorithm, name, key)
    attributes = one.info["signed_attrs"]
    if len(attributes) == 0:
        # without attributes the digest and the value are one (RFC 5652, 5.4)
        valid = value.holds(made, algorithm, key, value=one.signature, octets=over)
        return Judged(agrees and valid, valid, made, name)
    stated = one.signed(MESSAGE_DIGEST)
    same = len(stated) == 1 and hmac.compare_digest(bytes(stated[0].native), value.digest(name, over))
    valid = value.holds(made, algorithm, key, value=one.signature, octets=attributes.untag().dump())
    # signatures are verified over the attributes sorted as DER demands (RFC 5652, 5.4): others signed something else
    encoded = [each.dump() for each in attributes]
    ordered = encoded == sorted(encoded)
    return Judged(
        agrees and same, valid and ordered, made, name, "" if ordered else "signed attributes not in DER order"
    )


def _content(one: Envelope, octets: bytes, subfilter: str) -> tuple[bool, bytes]:
    """Say whether the content speaks of these octets, and what the message digest is of."""
    if one.content_type == TST_INFO:
        if one.content is None:
            raise Unsupported("the time stamp holds no TSTInfo")
        imprint = tsp.TSTInfo.load(one.content)["message_imprint"]
        made = value.digest(value.digest_name(imprint["hash_algorithm"]["algorithm"].dotted), octets)
        return hmac.compare_digest(made, imprint["hashed_message"].native), one.content
    if subfilter == "/adbe.pkcs7.sha1":
        held = one.content or b""
        return hmac.compare_digest(value.digest("sha1", octets), held), held
    return True, octets


def stamped_at(one: Envelope) -> datetime | None:
    """Return the time in a time-stamp token, or None if it is none."""
    try:
        if one.content_type != TST_INFO or one.content is None:
            return None
        moment = tsp.TSTInfo.load(one.content)["gen_time"].native
    except MemoryError:
        raise
    except Exception:  # what cannot be read says no time
        return None
    return moment if isinstance(moment, datetime) else None


def stamps(one: Envelope) -> list[bytes]:
    """Return the signature time stamps as DER tokens (RFC 3161, appendix A)."""
    return [each.dump() for each in one.unsigned(TIME_STAMP)][:_MAX_ATTRIBUTES]


def same_certificate(one: Envelope) -> bool | None:
    """Whether the signed references name the signer's certificate (RFC 5035); None without any reference."""
    if one.certificate is None:
        return None
    answers = [_is_named(entry, "sha1", one.certificate) for entry in _references(one, SIGNING_CERTIFICATE)]
    for entry in _references(one, SIGNING_CERTIFICATE_V2):
        name = value.digest_name(entry["hash_algorithm"]["algorithm"].dotted)
        answers.append(_is_named(entry, name, one.certificate))
    return all(answers) if answers else None


def _references(one: Envelope, identifier: str) -> list[Any]:
    """Return the first certificate reference of each value: it is the signer's (RFC 5035, 5.4)."""
    return [each["certs"][0] for each in one.signed(identifier) if len(each["certs"])]


def _is_named(entry: Any, name: str, certificate: x509.Certificate) -> bool:
    return hmac.compare_digest(value.digest(name, certificate.dump()), entry["cert_hash"].native)


def _signer(info: cms.SignerInfo, certificates: Sequence[x509.Certificate]) -> x509.Certificate | None:
    sid = info["sid"]
    for one in certificates:
        if sid.name == "subject_key_identifier":
            if one.key_identifier == sid.chosen.native:
                return one
        elif one.serial_number == sid.chosen["serial_number"].native and one.issuer == sid.chosen["issuer"]:
            return one
    return None


def _minimal(signer: cms.SignerInfo, choices: Iterable[Any]) -> None:
    """Serial numbers are written in the fewest octets, in BER as in DER (X.690, 8.3.2): readers refuse others."""
    sid = signer["sid"]
    numbers = [] if sid.name == "subject_key_identifier" else [sid.chosen["serial_number"]]
    numbers += [one.chosen["tbs_certificate"]["serial_number"] for one in choices if one.name == "certificate"]
    for one in numbers:
        octets = one.contents
        if not octets or (len(octets) > 1 and octets[0] in (0, 0xFF) and octets[0] >> 7 == octets[1] >> 7):
            raise Unreadable(f"a serial number is not written in the fewest octets: {octets.hex()[:40]}")


def _values(attributes: Any, identifier: str) -> list[Any]:
    if isinstance(attributes, _ABSENT):
        return []
    return [one for each in attributes if each["type"].dotted == identifier for one in each["values"]]


def _octets(content: Any) -> bytes:
    held: bytes = bytes(content) if isinstance(content, _STRINGS) else content.dump()
    return held
