"""Time-stamping authorities: the embedded one, which is a TEST, and any other over HTTP (RFC 3161, 3.4)."""

from __future__ import annotations

import http.client
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from cryptography import x509

from verifier import stamp
from verifier.credential import Credential

TEST_POLICY = "2.999.3161.1"
"""Policy of the embedded authority, under the arc that ITU-T X.660 reserves for examples."""
MAX_RESPONSE = 64 * 1024


@dataclass(frozen=True)
class EmbeddedTimeStamper:
    """A time-stamping authority in this process, whose only clock is the machine's."""

    credential: Credential
    now: Callable[[], datetime]
    policy: str = TEST_POLICY

    @property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        return self.credential.certificates

    def stamp(self, imprint: bytes, nonce: int | None = None) -> bytes:
        """Return a token with a random serial number of 128 bits and a time in whole milliseconds."""
        now = self.now()
        time = now.replace(microsecond=now.microsecond // 1000 * 1000)
        said = stamp.Stamp(imprint=imprint, time=time, serial=secrets.randbits(128), policy=self.policy, nonce=nonce)
        return stamp.issue(self.credential, said)

    def respond(self, request: bytes) -> bytes:
        """Return the DER TimeStampResp to a DER TimeStampReq, a rejection if the request cannot be served."""
        try:
            imprint, nonce = stamp.parse_request(request)
        except stamp.RequestMalformed as fault:
            return stamp.rejection(str(fault))
        return stamp.response(self.stamp(imprint, nonce))


@dataclass(frozen=True)
class HttpTimeStamper:
    """An authority reached by URL; what it returns is checked before it is used."""

    url: str
    """``http://`` or ``https://``, from the settings, never from a file."""
    certificates: tuple[x509.Certificate, ...]
    """The authority's certificate, if it is fixed, and its issuers up to the root: they go into each proof."""
    timeout: float = 10.0
    """Seconds for each wait on the network."""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            raise ValueError(f"url: got {self.url!r}, expected http:// or https:// and a host")
        if not self.certificates:
            raise ValueError("certificates: got none, expected those of the authority up to its root")

    def stamp(self, imprint: bytes) -> bytes:
        """Return the token once its signature, imprint and nonce hold; raise `StampUnavailable` or `StampRefused`."""
        nonce = secrets.randbits(64)
        token = stamp.parse_response(self._post(stamp.request(imprint, nonce)))
        said = stamp.read(token)
        if said.nonce != nonce:
            raise stamp.StampRefused(f"nonce: got {said.nonce}, expected {nonce}")
        if said.imprint != imprint:
            raise stamp.StampRefused(f"imprint: got {said.imprint.hex()}, expected {imprint.hex()}")
        stamp.authenticate(token, self.certificates)
        return token

    def _post(self, request: bytes) -> bytes:
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=self.timeout)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.request("POST", path, body=request, headers={"Content-Type": "application/timestamp-query"})
            answer = connection.getresponse()
            body = answer.read(MAX_RESPONSE + 1)
        except (OSError, http.client.HTTPException) as fault:
            raise stamp.StampUnavailable(f"{parts.netloc}: {fault!r}") from fault
        finally:
            connection.close()
        if answer.status != http.client.OK:
            raise stamp.StampUnavailable(f"{parts.netloc}: got HTTP {answer.status}, expected 200")
        if len(body) > MAX_RESPONSE:
            raise stamp.StampRefused(f"response: got more than {MAX_RESPONSE} bytes")
        return body
