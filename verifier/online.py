"""Fetch the revocation data that certificates name, for the command line and only where it was asked for.

An address inside a file is a stranger's wish. It is resolved once and each address it resolves to must be a public one;
what is connected to is that address. No redirect is followed, and bytes, seconds and number have a limit. The confined child
says which addresses there are, and reads what came back: this process understands neither.
"""

from __future__ import annotations

import base64
import http.client
import ipaddress
import queue
import socket
import ssl
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import SplitResult, urlsplit

from verifier import __version__, sandbox
from verifier.confine import Limits

MAX_FETCHES, MAX_BYTES, MAX_ALL = 16, 8 * 1024 * 1024, 16 * 1024 * 1024
SECONDS, SECONDS_ALL = 10.0, 40.0
PORTS = {"http": 80, "https": 443}
_BLOCK = 64 * 1024
_TUNNELS = tuple(
    ipaddress.ip_network(one) for one in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")
)
"""Addresses that carry another one inside (NAT64, 6to4, Teredo, IPv4-compatible): where they lead is not theirs to say."""


class NotFetched(OSError):
    """An address was turned down, or gave nothing; the message says why."""


@dataclass(frozen=True)
class Fetched:
    """What came back, and a line for each address."""

    data: tuple[bytes, ...] = ()
    told: tuple[str, ...] = ()


def revocation(raw: bytes, limits: Limits) -> Fetched:
    """Return the revocation data that the certificates of a file point at; what cannot be had is told, never raised."""
    request = b'{"want":"pointers"}\n' + raw
    try:
        answer = sandbox.ask(request, limits, demand_confinement=sys.platform == "linux", probe=False)
        wanted = [(str(url), base64.b64decode(body)) for url, body in answer["pointers"]][:MAX_FETCHES]
    except (sandbox.Ended, OSError, ValueError, KeyError, TypeError) as fault:
        return Fetched(told=(str(fault),))
    end = monotonic() + SECONDS_ALL
    data: list[bytes] = []
    told: list[str] = []
    for url, body in wanted:
        try:
            left = MAX_ALL - sum(len(one) for one in data)
            data.append(fetch(url, body, most=min(MAX_BYTES, left), end=min(end, monotonic() + SECONDS)))
            told.append(f"{url}: {len(data[-1])} bytes")
        except (OSError, http.client.HTTPException, ValueError) as fault:
            told.append(f"{url}: {type(fault).__name__}: {fault}")
    return Fetched(tuple(data), tuple(told))


def fetch(url: str, body: bytes, *, most: int, end: float) -> bytes:
    """Return what is at one address; `body` is posted as an OCSP request where there is one; `end` is a monotonic time.

    Raises `NotFetched`, another `OSError`, `ValueError` or `http.client.HTTPException`.
    """
    parts = urlsplit(url)
    host = _host(parts)
    address = resolved(host, PORTS[parts.scheme], end)
    connection = _Pinned(host, address, PORTS[parts.scheme], parts.scheme == "https", max(0.1, end - monotonic()))
    stop = threading.Timer(max(0.1, end - monotonic()), connection.cut)
    stop.daemon = True
    stop.start()
    try:
        headers = {"User-Agent": f"lse-verify/{__version__}", "Accept-Encoding": "identity"}
        if body:
            headers["Content-Type"] = "application/ocsp-request"
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST" if body else "GET", path, body or None, headers)
        answer = connection.getresponse()
        if answer.status != 200:
            raise NotFetched(f"got status {answer.status}, expected 200")
        return _read(answer, most, end)
    finally:
        stop.cancel()
        connection.close()


def resolved(host: str, port: int, end: float) -> str:
    """Return the address of a host, resolved once, all of whose addresses are public; raise `NotFetched`."""
    found: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def resolve() -> None:
        try:
            found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as fault:
            found.put(fault)

    threading.Thread(target=resolve, daemon=True).start()
    try:
        answer = found.get(timeout=max(0.1, end - monotonic()))
    except queue.Empty:
        raise NotFetched("the name was not resolved in time") from None
    if isinstance(answer, Exception):
        raise NotFetched(f"the name was not resolved: {answer}")
    addresses = [str(one[4][0]) for one in answer]
    refused = [one for one in addresses if not is_public(one)]
    if refused or not addresses:
        raise NotFetched(f"got the address {refused[0] if refused else 'none'}, expected a public one")
    return addresses[0]


def is_public(text: str) -> bool:
    """Whether an address is of the open internet, and carries no other inside."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:  # a zone id, or no address at all
        return False
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return True
    return address.ipv4_mapped is None and not any(address in one for one in _TUNNELS)


def _host(parts: SplitResult) -> str:
    if parts.scheme not in PORTS:
        raise NotFetched(f"got the scheme {parts.scheme or 'none'}, expected http or https")
    if parts.username is not None or parts.password is not None:
        raise NotFetched("got a user name in the address")
    if parts.port not in (None, PORTS[parts.scheme]):
        raise NotFetched(f"got port {parts.port}, expected {PORTS[parts.scheme]}")
    if not parts.hostname or any(one <= " " or one == "\x7f" for one in parts.path + parts.query):
        raise NotFetched("got no host, or spaces in the address")
    return parts.hostname


def _read(answer: http.client.HTTPResponse, most: int, end: float) -> bytes:
    held = bytearray()
    while block := answer.read1(_BLOCK):
        held += block
        if len(held) > most:
            raise NotFetched(f"got more than {most} bytes")
        if monotonic() >= end:
            break
    if monotonic() >= end:  # an end that the timer made is no end of the answer
        raise NotFetched("took too long")
    if answer.length:
        raise NotFetched("the answer ends too soon")
    return bytes(held)


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was looked at, whatever the name resolves to by now."""

    def __init__(self, host: str, address: str, port: int, secure: bool, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout)
        self._address, self._secure = address, secure

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)

    def cut(self) -> None:
        """End the connection from another thread: an answer that drips never times out by itself."""
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)
