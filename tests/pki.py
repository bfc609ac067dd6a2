"""Certification authorities made up for tests, on the embedded authority's own code.

Two calls of `authority()` give two roots of the same name and different keys, which is what a forger would make.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import typst
from cryptography.hazmat.primitives.serialization import Encoding

from portal.adapters.authority import NAMES, STAMP_ROOM, Holder, Role, certify, name, revocation_list
from portal.adapters.tsa import EmbeddedTimeStamper
from verifier.seal import Sealer

NOW = datetime(2026, 4, 14, 4, 39, 5, tzinfo=UTC)
"""The instant of most tests."""
YEAR = timedelta(days=365)
OPERATOR = "Poste d’essai"


@dataclass
class Clock:
    """A clock that a test sets."""

    time: datetime = NOW

    def __call__(self) -> datetime:
        return self.time


class CarelessSealer(Sealer):
    """A sealer that does not look at validity or revocation, to make the seals that a verifier must turn down."""

    def _validation_data(self, now: datetime) -> dict[str, Sequence[bytes]]:
        return {"/Certs": self._encoded_certificates, "/CRLs": tuple(self.revocation())}


@dataclass
class Authority:
    """A root with one seal and one time-stamping authority, and a clock for both."""

    root: Holder
    seal: Holder
    tsa: Holder
    clock: Clock = field(default_factory=Clock)
    revoked: list[tuple[int, datetime]] = field(default_factory=list)

    @property
    def root_pem(self) -> bytes:
        return self.root.certificate.public_bytes(Encoding.PEM)

    @property
    def time_stamper(self) -> EmbeddedTimeStamper:
        return EmbeddedTimeStamper(self.tsa.credential, self.clock)

    def revoke(self, holder: Holder, since: datetime) -> None:
        """List the holder's certificate as revoked from `since` on."""
        self.revoked.append((holder.certificate.serial_number, since))

    def revocation(self) -> tuple[bytes, ...]:
        """The revocation list as of the clock, fresh at each call."""
        return (revocation_list(self.root, now=self.clock(), revoked=self.revoked),)

    def sealer(self, *, careless: bool = False) -> Sealer:
        kind = CarelessSealer if careless else Sealer
        return kind(self.seal.credential, self.time_stamper, self.revocation, stamp_room=STAMP_ROOM)


def authority(
    *,
    at: datetime = NOW,
    root_years: int = 30,
    seal_since: datetime | None = None,
    seal_until: datetime | None = None,
    tsa_since: datetime | None = None,
    tsa_until: datetime | None = None,
    operator: str = OPERATOR,
) -> Authority:
    """Make an authority whose clock stands at `at`; certificates begin a day before and leaves last ten years."""
    since = at - timedelta(days=1)
    oldest = min(filter(None, (since, seal_since, tsa_since)))
    root = certify(
        Role.ROOT, name(NAMES[Role.ROOT], operator), issuer=None, since=oldest, until=oldest + root_years * YEAR
    )
    seal = certify(
        Role.SEAL,
        name(NAMES[Role.SEAL], operator),
        issuer=root,
        since=seal_since or since,
        until=seal_until or (seal_since or since) + 10 * YEAR,
    )
    tsa = certify(
        Role.TIME_STAMP,
        name(NAMES[Role.TIME_STAMP], operator),
        issuer=root,
        since=tsa_since or since,
        until=tsa_until or (tsa_since or since) + 10 * YEAR,
    )
    return Authority(root, seal, tsa, Clock(at))


@cache
def drawn(text: str = "Bonjour") -> bytes:
    """Return a page as PDF/A-3b and PDF/UA-1, drawn once per text."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "page.typ"
        source.write_text(f'#set document(title: "Preuve")\n#set text(lang: "fr")\n= Preuve d’essai\n{text}\n', "utf-8")
        return typst.compile(str(source), format="pdf", pdf_standards=["a-3b", "ua-1"])
