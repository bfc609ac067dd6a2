"""Settings, read once from the environment and frozen. A word that is not understood stops the process.

Secrets are files in one folder (``LSE_SECRETS``, default ``$LSE_HOME/secrets``), never variables: see `portal.security.keys`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MAIN_COUNTERS = frozenset({"recipient", "sender", "verify", "audit"})
_ADDRESS = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?\Z")
_SMTP = re.compile(r"smtps?://(?:[^@/\s]+@)?(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?/?\Z")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\Z")
_SITE = re.compile(r"[0-9]{8}\Z")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class SettingInvalid(ValueError):
    """A setting is not understood; the process must not start."""


@dataclass(frozen=True)
class Settings:
    home: Path
    """Folder of everything the instance owns: database, vault, authority, mailbox, secrets."""
    secrets: Path
    database_url: str
    base_url: str
    """Public address without trailing slash; its scheme decides whether cookies are Secure."""
    operator: str
    operator_mention: str
    """Registration line for proofs, may be empty."""
    support_email: str
    support_phone: str
    support_hours: str
    mail_from: str
    smtp_url: str
    """``smtp://host:port`` or ``smtps://…``; empty keeps mail in the local mailbox, on a test instance only."""
    test: bool
    """True: everything says SANS VALEUR — TEST; the mailbox page and the simulated bank are served."""
    legal_tz: str
    legal_place: str
    article: str
    policy_uri: str
    challenge: Literal["email", "none"]
    rebind: Literal["never", "mailbox"]
    access_days: int
    draft_days: int
    """How long a draft is kept that nobody saves."""
    trusted_proxies: int
    price: int
    tax_percent: int
    bank_site: str
    bank_url: str
    """The bank's payment page; the simulated one of a test instance by default."""
    log_origin: str
    limits_storage: str
    """Where rate limits are counted: ``memory://`` for one process, ``redis://…`` for several."""
    limits: bool
    """False only on a test instance, to measure it."""

    @property
    def secure(self) -> bool:
        """Whether the instance is reached over HTTPS."""
        return self.base_url.startswith("https://")

    @property
    def host(self) -> str:
        """Host name of the public address, without port."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def local(self) -> bool:
        """Whether visitors may sit at this very machine; elsewhere its own address is a proxy's that nobody told of."""
        return self.test or self.host in _LOOPBACK

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read the settings; raise `SettingInvalid` with what was got and what was expected."""
        home = Path(env.get("LSE_HOME", "instance")).resolve()
        test = _choice(env, "LSE_TEST", "yes", ("yes", "no")) == "yes"
        base_url, host = _base_url(env, test=test)
        zone = env.get("LSE_LEGAL_TZ", "Pacific/Noumea")
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones, such as Europe
            raise SettingInvalid(f"LSE_LEGAL_TZ: got {zone!r}, expected an IANA name such as Pacific/Noumea") from None
        return cls(
            home=home,
            secrets=Path(env.get("LSE_SECRETS", str(home / "secrets"))).resolve(),
            database_url=env.get("LSE_DATABASE_URL", f"sqlite:///{home / 'lse.sqlite'}"),
            base_url=base_url,
            operator=env.get("LSE_OPERATOR", "Poste de démonstration" if test else _required(env, "LSE_OPERATOR")),
            operator_mention=env.get("LSE_OPERATOR_MENTION", ""),
            support_email=env.get("LSE_SUPPORT_EMAIL", f"assistance@{host}"),
            support_phone=env.get("LSE_SUPPORT_PHONE", ""),
            support_hours=env.get("LSE_SUPPORT_HOURS", ""),
            mail_from=_asked(env, "LSE_MAIL_FROM", _MAIL, "an address", test=test)
            or f"ne-pas-repondre@{_mail_domain(host)}",
            smtp_url=_asked(env, "LSE_SMTP_URL", _SMTP, "smtp://host or smtps://host", test=test),
            test=test,
            legal_tz=zone,
            legal_place=env.get("LSE_LEGAL_PLACE", "Nouméa"),
            article=env.get("LSE_ARTICLE", "article 43.1 du règlement (UE) n° 910/2014 (eIDAS)"),
            policy_uri=env.get("LSE_POLICY_URI", f"{base_url}/politique"),
            challenge="email"
            if _choice(env, "LSE_RECIPIENT_CHALLENGE", "email", ("email", "none")) == "email"
            else "none",
            rebind="mailbox" if _choice(env, "LSE_REBIND", "never", ("never", "mailbox")) == "mailbox" else "never",
            access_days=_number(env, "LSE_ACCESS_DAYS", 365, least=1),
            draft_days=_number(env, "LSE_DRAFT_DAYS", 30, least=1),
            trusted_proxies=_number(env, "LSE_TRUSTED_PROXIES", 0, least=0),
            price=_number(env, "LSE_PRICE", 400, least=0),
            tax_percent=_number(env, "LSE_TAX_PERCENT", 6, least=0),
            bank_site=_asked(env, "LSE_BANK_SITE", _SITE, "the shop's 8 digits", test=test) or "12345678",
            bank_url=env.get("LSE_BANK_URL", f"{base_url}/dev/banque" if test else "https://epaync.nc/vads-payment/"),
            log_origin=env.get("LSE_LOG_ORIGIN", f"{host}/journal" + ("-test" if test else "")),
            limits_storage=env.get("LSE_LIMITS_STORAGE", "memory://"),
            limits=not test or _choice(env, "LSE_LIMITS", "yes", ("yes", "no")) == "yes",
        )


def _base_url(env: Mapping[str, str], *, test: bool) -> tuple[str, str]:
    """Return the public address and its host name; cookies and links are made for the root of one host."""
    text = env.get("LSE_BASE_URL", f"http://127.0.0.1:{_number(env, 'LSE_PORT', 8000, least=1)}").rstrip("/")
    if not _ADDRESS.match(text):
        raise SettingInvalid(
            f"LSE_BASE_URL: got {text!r}, expected http(s)://host, with a port where it is not the usual"
        )
    host = urlsplit(text).hostname or ""
    if text.startswith("http://") and not test and host not in _LOOPBACK:
        raise SettingInvalid(f"LSE_BASE_URL: got {text!r}, expected https://host where LSE_TEST=no")
    return text, host


def _required(env: Mapping[str, str], name: str) -> str:
    if not env.get(name):
        raise SettingInvalid(f"{name}: got nothing, expected a value where LSE_TEST=no")
    return env[name]


def _asked(env: Mapping[str, str], name: str, form: re.Pattern[str], expected: str, *, test: bool) -> str:
    """Read what a test instance can do without: a real one would prove what its own mailbox or another's shop says."""
    text = env.get(name, "")
    if not form.match(text) and (text or not test):
        raise SettingInvalid(f"{name}: got {'nothing' if not text else 'another form'}, expected {expected}")
    return text


def _choice(env: Mapping[str, str], name: str, default: str, choices: tuple[str, ...]) -> str:
    value = env.get(name, default)
    if value not in choices:
        raise SettingInvalid(f"{name}: got {value!r}, expected one of {', '.join(choices)}")
    return value


def _number(env: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    text = env.get(name, str(default))
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise SettingInvalid(f"{name}: got {text!r}, expected a whole number of at least {least}")
    return int(text)


def _mail_domain(host: str) -> str:
    return host if any(letter.isalpha() for letter in host) and "." in host else "lse.example"
