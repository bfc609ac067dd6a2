"""Rates: per network prefix, per letter where an address is typed, and per account where a password is."""

from __future__ import annotations

import hashlib
import hmac
import logging

from flask import Flask, Response, current_app, request
from flask_limiter import Limiter

from portal.domain.errors import AddressUnclear
from portal.security.address import client_prefix

EVERYTHING = "600 per minute"
"""Per network prefix and door, counted before anything of a form is read; doors with a rate of their own have both."""
SIGN_IN = "10 per minute"
SIGN_IN_FAILURES = "10 per 15 minutes"
"""Per address typed, whoever types it and whether or not it has an account."""
JUDGE = "20 per minute"
REPORTS = "30 per minute"
TYPED_ADDRESS = "50 per 5 minutes"
"""Per letter, whoever types."""
CODES = "5 per hour"
"""One-time codes sent to a mailbox, per letter."""

PROBES = frozenset({"home.live", "home.ready"})
"""What machines beside the server ask: they come past the proxies, so nobody has set an address for them."""


def per_client() -> str:
    """Count by network prefix; raise `AddressUnclear` where there is none, but for probes, which are counted together."""
    try:
        return client_prefix()
    except AddressUnclear:
        if request.endpoint in PROBES:
            return "probes"
        raise


def per_door() -> str:
    """Count by network prefix at each door."""
    return f"{per_client()} {request.endpoint}"


def per_letter() -> str:
    """Count by the link itself, so that many addresses do not make many tries."""
    return str((request.view_args or {}).get("token", ""))


def per_account() -> str:
    """Count by a keyed digest of the address typed, so that the counter's storage names nobody."""
    typed = request.form.get("email", "").strip().lower()
    return hmac.new(str(current_app.secret_key).encode(), typed.encode(), hashlib.sha256).hexdigest()


def failed(answer: Response) -> bool:
    """Whether a form was denied: what succeeds is not counted against an account."""
    return answer.status_code == 422


def attach(app: Flask, *, storage: str, enabled: bool) -> Limiter:
    """Count requests to `app` in `storage`."""
    limiter = Limiter(
        key_func=per_door,
        application_limits=[EVERYTHING],  # default ones would cease where a door has a rate of its own
        storage_uri=storage,
        enabled=enabled,
        headers_enabled=False,
    )
    limiter.init_app(app)
    limiter.logger.setLevel(logging.WARNING)  # below, it names who asks, and by which link
    app.extensions["rates"] = (
        limiter  # the views hold it weakly: without this it would be collected, and they would fail
    )
    return limiter
