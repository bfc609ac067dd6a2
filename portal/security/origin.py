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
    if sent is not None and sent not in _ours(base_url):
        raise CrossSite("Origin")


def _ours(base_url: str) -> set[str]:
    """Return the origins of our own pages; an instance on a loopback address goes by several names."""
    named = origin(base_url)
    return {named} if named.startswith("https:") else {named, origin(request.host_url)}


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
    return path if isinstance(path, str) and leads_inside(path) else None


def leads_inside(path: str) -> bool:
    """Whether a browser that is sent to `path` stays on this site, however it reads it."""
    return path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()


def _serializer(app: Flask) -> URLSafeSerializer:
    return URLSafeSerializer(
        app.config["SECRET_KEY"], salt="return path", signer_kwargs={"digest_method": hashlib.sha256}
    )
