"""An embedded certification authority, plainly a TEST: it lets an instance seal proofs on its first day.

A root issues two certificates, one for the seal and one for the time stamps, and the revocation list that covers both. They
live in one folder, each key in a PKCS#12 file of its own under a passphrase. A file is written whole or not at all and under
a lock, so that a crash leaves at worst one file to make at the next start, and two processes never make two roots. A file
whose name begins with a dot was not finished, and goes.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from portal.adapters.tsa import EmbeddedTimeStamper
from verifier.credential import Credential, issued
from verifier.seal import Sealer

ROOT_YEARS = 30
LEAF_YEARS = 10
LEAF_RENEWAL = timedelta(days=365)
"""A leaf that has less than this left is replaced at the next start; the root stays."""
LIST_AGE = timedelta(days=1)
"""A revocation list older than this is issued afresh."""
LIST_LIFE = timedelta(days=8)
STAMP_ROOM = 2048
"""Bytes kept for a token of the embedded authority, its longest names included."""
MAX_NAME = 64
"""Upper bound of an organization's name (RFC 5280, appendix A.1)."""
MIN_PASSPHRASE = 32


class AuthorityUnreadable(RuntimeError):
    """The folder holds an authority that the passphrase does not open, or that is not whole."""


class Role(StrEnum):
    """What a certificate is for; the value is the name of its file."""

    ROOT = "root"
    SEAL = "seal"
    TIME_STAMP = "tsa"


NAMES = {
    Role.ROOT: "LSE TEST Root — SANS VALEUR",
    Role.SEAL: "LSE TEST Sceau — SANS VALEUR",
    Role.TIME_STAMP: "LSE TEST Horodatage — SANS VALEUR",
}


@dataclass(frozen=True)
class Holder:
    """A key with its certificate and those of its issuers, root last."""

    private_key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def credential(self) -> Credential:
        return Credential.of(self.private_key, self.certificate, self.chain)


def name(common: str, operator: str) -> x509.Name:
    """Return the distinguished name of one of the operator's certificates."""
    if not 1 <= len(operator) <= MAX_NAME:
        raise ValueError(f"operator: got {len(operator)} characters, expected 1 to {MAX_NAME}")
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, operator), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


def certify(role: Role, subject: x509.Name, *, issuer: Holder | None, since: datetime, until: datetime) -> Holder:
    """Make a P-256 key and its certificate, self-signed if there is no issuer (RFC 5280; EN 319 412-3 for the seal)."""
    key = ec.generate_private_key(ec.SECP256R1())
    above = issuer.certificate if issuer else None
    signing_key = issuer.private_key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above.subject if above else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False)
        .add_extension(x509.BasicConstraints(ca=role is Role.ROOT, path_length=None), critical=True)
        .add_extension(_key_usage(role), critical=True)
    )
    if role is Role.TIME_STAMP:
        # RFC 3161, 2.3: critical, and nothing else
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    chain = (issuer.certificate, *issuer.chain) if issuer else ()
    return Holder(key, builder.sign(signing_key, hashes.SHA256()), chain)


def revocation_list(issuer: Holder, *, now: datetime, revoked: Sequence[tuple[int, datetime]] = ()) -> bytes:
    """Return a DER revocation list in force for eight days; `revoked` pairs serial numbers with times (RFC 5280, 5)."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(now)
        .next_update(now + LIST_LIFE)
        # a number that grows with time needs no counter to survive a crash
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.private_key.public_key()), critical=False
        )
    )
    for serial, since in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(issuer.private_key, hashes.SHA256()).public_bytes(Encoding.DER)


@dataclass
class EmbeddedAuthority:
    """The root, the seal and the time-stamping authority of one instance."""

    folder: Path
    now: Callable[[], datetime]
    root: Holder
    seal: Holder
    time_stamp: Holder
    _list: x509.CertificateRevocationList | None = field(default=None, repr=False)

    @classmethod
    def open(cls, folder: Path, *, now: Callable[[], datetime], operator: str, passphrase: bytes) -> EmbeddedAuthority:
        """Open the authority of `folder`, made at the first call; raise `AuthorityUnreadable`.

        `passphrase` has at least 32 bytes; `operator` is the organization named in new certificates.
        """
        if len(passphrase) < MIN_PASSPHRASE:
            raise ValueError(f"passphrase: got {len(passphrase)} bytes, expected at least {MIN_PASSPHRASE}")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        with _locked(folder):
            for left in folder.glob(".*"):
                left.unlink()
            since = now().replace(microsecond=0)
            root = _load_or_make(folder, Role.ROOT, None, operator, since, passphrase)
            seal = _load_or_make(folder, Role.SEAL, root, operator, since, passphrase)
            time_stamp = _load_or_make(folder, Role.TIME_STAMP, root, operator, since, passphrase)
            _write(folder / "root.pem", root.certificate.public_bytes(Encoding.PEM))
        return cls(folder, now, root, seal, time_stamp)

    @property
    def root_pem(self) -> bytes:
        """The trust anchor, to hand to whoever verifies."""
        return self.root.certificate.public_bytes(Encoding.PEM)

    @property
    def anchor_sha256(self) -> str:
        """SHA-256 of the DER root certificate, 64 hexadecimal digits."""
        return hashlib.sha256(self.root.certificate.public_bytes(Encoding.DER)).hexdigest()

    def sealer(self) -> Sealer:
        """Return what seals proofs with this authority."""
        stamper = EmbeddedTimeStamper(self.time_stamp.credential, self.now)
        return Sealer(self.seal.credential, stamper, self.revocation, stamp_room=STAMP_ROOM)

    def revocation(self) -> tuple[bytes, ...]:
        """Return the current revocation list, issued afresh when the last one is older than a day."""
        now = self.now()
        if self._list is None or not _fresh(self._list, now):
            with _locked(self.folder):
                self._list = self._read_or_issue(now)
        return (self._list.public_bytes(Encoding.DER),)

    def _read_or_issue(self, now: datetime) -> x509.CertificateRevocationList:
        path = self.folder / "root.crl"
        if path.exists():
            # a list that cannot be read is worth no more than none: the next one replaces it
            with suppress(ValueError):
                held = x509.load_der_x509_crl(path.read_bytes())
                if _fresh(held, now):
                    return held
        raw = revocation_list(self.root, now=now.replace(microsecond=0))
        _write(path, raw)
        return x509.load_der_x509_crl(raw)


def _key_usage(role: Role) -> x509.KeyUsage:
    root = role is Role.ROOT
    return x509.KeyUsage(
        digital_signature=not root,
        content_commitment=role is Role.SEAL,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=root,
        crl_sign=root,
        encipher_only=False,
        decipher_only=False,
    )


def _fresh(held: x509.CertificateRevocationList, now: datetime) -> bool:
    return timedelta(0) <= now - held.last_update_utc <= LIST_AGE


def _load_or_make(
    folder: Path, role: Role, issuer: Holder | None, operator: str, since: datetime, passphrase: bytes
) -> Holder:
    path = folder / f"{role.value}.p12"
    if path.exists():
        held = _load(path, issuer, passphrase)
        if issuer is None or held.certificate.not_valid_after_utc - since > LEAF_RENEWAL:
            return held
    elif role is Role.ROOT and any(folder.glob("*.p12")):
        raise AuthorityUnreadable(f"{path}: missing beside certificates that it issued; restore it from a backup")
    until = since + timedelta(days=round(365.25 * (ROOT_YEARS if role is Role.ROOT else LEAF_YEARS)))
    if issuer:
        until = min(until, issuer.certificate.not_valid_after_utc)
    holder = certify(role, name(NAMES[role], operator), issuer=issuer, since=since, until=until)
    _write(
        path,
        pkcs12.serialize_key_and_certificates(
            NAMES[role].encode(),
            holder.private_key,
            holder.certificate,
            holder.chain or None,
            BestAvailableEncryption(passphrase),
        ),
    )
    return holder


def _load(path: Path, issuer: Holder | None, passphrase: bytes) -> Holder:
    try:
        key, certificate, _ = pkcs12.load_key_and_certificates(path.read_bytes(), passphrase)
    except ValueError as fault:
        raise AuthorityUnreadable(f"{path}: wrong passphrase, or not a PKCS#12 file") from fault
    if not isinstance(key, ec.EllipticCurvePrivateKey) or certificate is None:
        raise AuthorityUnreadable(f"{path}: expected a P-256 key and its certificate")
    if not issued(certificate, issuer.certificate if issuer else certificate):
        raise AuthorityUnreadable(f"{path}: not issued by the root of this folder")
    return Holder(key, certificate, (issuer.certificate,) if issuer else ())


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; the system lets go of it when a process dies."""
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, readable by its owner only, and durable before it is seen under its name."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
