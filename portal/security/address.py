"""The client's address: what the socket says, or what exactly as many trusted proxies as there are have set."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import current_app, request
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.domain.access import prefix
from portal.domain.errors import AddressUnclear

UNCLEAR = "lse.address-unclear"
FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")
LOOPBACK = ("127.", "::/64")

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


class TrustedProxies:
    """WSGI layer: with `count` proxies in front, believe X-Forwarded-For and -Proto, if they hold as many values.

    A proxy of ours *sets* the header; a count that differs means that a client wrote it, or that somebody stands between,
    and no address is then believed at all.
    """

    def __init__(self, app: WsgiApp, count: int) -> None:
        self._app = app
        self._count = count
        self._fixed = ProxyFix(app, x_for=count, x_proto=count, x_host=0, x_port=0, x_prefix=0)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        forwarded = environ.get("HTTP_X_FORWARDED_FOR", "")
        if len(forwarded.split(",")) != self._count or not forwarded:
            environ[UNCLEAR] = True
            return self._app(environ, start_response)
        return self._fixed(environ, start_response)


def client_prefix() -> str:
    """Return the canonical prefix of the client of this request; raise `AddressUnclear`.

    A letter bound to a loopback address would be bound to the proxy, and so to nobody: where visitors come from elsewhere,
    there is no service rather than that. The same holds for a proxy's address on a private network, which shows by what the
    proxy writes beside it.
    """
    if request.environ.get(UNCLEAR):
        raise AddressUnclear("the proxies' header does not hold as many addresses as there are proxies")
    if (
        not current_app.config["PROXIES"]
        and not current_app.config["LOCAL_CLIENTS"]
        and any(name in request.headers for name in FORWARDED)
    ):
        raise AddressUnclear("a proxy says for whom it asks, and LSE_TRUSTED_PROXIES knows of none")
    found = prefix(request.remote_addr)
    if found.startswith(LOOPBACK) and not current_app.config["LOCAL_CLIENTS"]:
        raise AddressUnclear("everybody would have this machine's own address: LSE_TRUSTED_PROXIES counts too few")
    return found
