"""Who may read a letter again: the address of the first consultation, and for an hour the browser that made it.

The address is what the server sees, not an identification. It is kept as a canonical prefix: IPv4 /32, IPv6 /64 (privacy
extensions rotate the low half), IPv4-mapped addresses unmapped; anything else is refused.
"""

from __future__ import annotations

import ipaddress
import unicodedata
from datetime import datetime, timedelta

from portal.domain.errors import AddressUnclear

GRACE = timedelta(minutes=60)
"""How long the same browser may come from another address, so that a download survives a network flip."""


def prefix(address: str | None) -> str:
    """Return the canonical prefix of a client's address, such as ``203.0.113.7/32``; raise `AddressUnclear`."""
    if not address or "%" in address or address != address.strip():
        raise AddressUnclear(f"network address: got {address!r}")
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        raise AddressUnclear(f"network address: got {address!r}") from None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    width = 32 if parsed.version == 4 else 64
    return str(ipaddress.ip_network((parsed, width), strict=False))


def may_read(*, bound: str | None, client: str, grace_until: datetime | None, now: datetime) -> bool:
    """Whether a visit from the prefix `client` may read a letter bound to `bound`.

    `grace_until` is the term of the device's grace if this browser made the act, else None.
    """
    if bound is None:
        return False
    return client == bound or (grace_until is not None and now <= grace_until)


def same_mailbox(typed: str, expected: str) -> bool:
    """Whether two addresses name the same mailbox: NFC, trimmed, domain without case; the local part as a mailbox sees it.

    The local part is compared without case too: no recipient should be locked out by a phone's capital letter, and the
    challenge is against robots, not an identification.
    """
    return _mailbox(typed) == _mailbox(expected)


def _mailbox(address: str) -> str:
    return unicodedata.normalize("NFC", address).strip().lower()


def masked(address: str) -> str:
    """Return an address that its owner recognises and a stranger does not learn: ``k•••@exemple.nc``."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"
