"""Forms from elsewhere, prefetches, and paths to return to."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from flask import Flask, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from portal.domain.errors import CrossSite

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


def refuse_foreign(*, base_url: str, exempt: frozenset[str], navigations: frozenset[str]) -> None:
    """Raise `CrossSite` for an unsafe request that this site's own page did not send.

    `exempt` endpoints are for other servers and read no cookie; a request to a blueprint in `navigations` must be one that
    a person's browser makes by leaving the page, not one that a script makes.
    """
    if request.method in SAFE_METHODS or request.endpoint in exempt:
        return
    headers = request.headers
    if "prefetch" in headers.get("Sec-Purpose", "").lower() or headers.get("Purpose", "").lower() == "prefetch":
        raise CrossSite("prefetch")
    if headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise CrossSite("Sec-Fetch-Site")
    if request.blueprint in navigations and headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
        raise CrossSite("Sec-Fetch-Mode")
    sent = headers.get("Origin")
    if sent is not None and sent not in (origin(base_url), origin(request.host_url)):
        raise CrossSite("Origin")


def origin(url: str) -> str:
    """Return the origin of an address (RFC 6454): scheme, host and port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def sign_path(path: str) -> str:
    """Return a path of this site in a form that a browser may carry to the sign-in page and back."""
    return str(_serializer(current_app).dumps(path))


def signed_path(text: str) -> str | None:
    """Return the path that we signed, if it leads inside this site; None otherwise."""
    try:
        path = _serializer(current_app).loads(text)
    except BadSignature:
        return None
    inside = isinstance(path, str) and path.startswith("/") and not path.startswith("//") and "\\" not in path
    return path if inside else None


def _serializer(app: Flask) -> URLSafeSerializer:
    return URLSafeSerializer(
        app.config["SECRET_KEY"], salt="return path", signer_kwargs={"digest_method": hashlib.sha256}
    )
