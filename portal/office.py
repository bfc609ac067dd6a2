"""The office owns what is real: clock, database, vault, seal, mail, bank. It is wired here and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portal.adapters.authority import EmbeddedAuthority
from portal.adapters.gateway import Gateway
from portal.adapters.mail import Mailbox, Mailer, SmtpMailer
from portal.adapters.mailtext import MailTexts
from portal.adapters.store import LocalStore
from portal.config import SettingInvalid, Settings
from portal.db.engine import Database
from portal.security.keys import Keys
from portal.security.links import Links
from portal.security.vault import Vault
from verifier.note import SignerKey
from verifier.seal import Sealer
from verifier.warm import WarmSandbox

PACKAGE = Path(__file__).parent
TEMPLATES = next(folder for folder in (PACKAGE / "templates", PACKAGE.parent / "templates") if folder.is_dir())
TRANSLATIONS = PACKAGE / "translations"


def _clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the one place that asks what time it is


@dataclass(frozen=True)
class Office:
    """Everything real that a gesture may need."""

    settings: Settings
    clock: Callable[[], datetime]
    db: Database
    vault: Vault
    links: Links
    gateway: Gateway
    mailer: Mailer
    texts: MailTexts
    sealer: Sealer
    test_seal: bool
    """Whether the embedded TEST authority seals: its proofs then say SANS VALEUR, on a real instance too."""
    sandbox: WarmSandbox
    """Where files that visitors bring are judged; its process starts with the first of them."""
    root_pem: bytes
    """The trust anchor under which the proofs are sealed."""
    anchor_sha256: str
    log: SignerKey
    index_key: bytes
    session_key: bytes

    def now(self) -> datetime:
        """Return the current instant: aware UTC, whole seconds, as facts and proofs state it."""
        return self.clock().astimezone(UTC).replace(microsecond=0)


def open_office(settings: Settings, *, clock: Callable[[], datetime] = _clock) -> Office:
    """Wire an office from its settings and secrets; raises before anything is served where one of them is amiss."""
    if "FAILPOINT" in os.environ and not settings.test:
        raise SettingInvalid("FAILPOINT: only a test instance may be told to die")
    keys = Keys.load(settings.secrets)
    authority = EmbeddedAuthority.open(
        settings.home / "authority", now=clock, operator=settings.operator, passphrase=keys.authority.hex().encode()
    )
    if not (settings.test or settings.smtp_url):  # its acceptance would be sealed as that of a mail server
        raise SettingInvalid("LSE_SMTP_URL: got nothing, expected a mail server where LSE_TEST=no")
    mailer: Mailer = SmtpMailer(settings.smtp_url) if settings.smtp_url else Mailbox(settings.home / "mailbox")
    return Office(
        settings=settings,
        clock=clock,
        db=Database(settings.database_url),
        vault=Vault(LocalStore(settings.home / "vault"), keys.vault),
        links=Links(keys.links),
        gateway=Gateway(
            site_id=settings.bank_site,
            key=keys.bank,
            test=settings.test,
            form_url=settings.bank_url,
            notice_url=f"{settings.base_url}/paiement/notification",
            return_url=f"{settings.base_url}/paiement/retour",
        ),
        mailer=mailer,
        texts=MailTexts(settings, templates=TEMPLATES, translations=TRANSLATIONS),
        sealer=authority.sealer(),
        test_seal=True,
        sandbox=WarmSandbox(),
        root_pem=authority.root_pem,
        anchor_sha256=authority.anchor_sha256,
        log=SignerKey(settings.log_origin, Ed25519PrivateKey.from_private_bytes(keys.journal)),
        index_key=keys.index,
        session_key=keys.session,
    )
