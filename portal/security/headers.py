"""The exact headers of every answer. No inline script or style exists, so no nonce is needed.

A test walks every route and compares with these dictionaries.
"""

from __future__ import annotations

from typing import Literal

from flask import Flask, Response, g, request
from werkzeug.wrappers import Response as AnyResponse

Policy = Literal["page", "content", "static", "mail"]

_CSP = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "require-trusted-types-for": "'script'",
}
_REPORTS = {"report-to": "csp", "report-uri": "/csp"}
"""Where browsers tell of a rule that was broken; some know the older word alone."""
_CONTENT_CSP = "sandbox; default-src 'none'"
"""A letter's files and a proof: whatever they are, they run nothing in our origin."""
_MAIL_CSP = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
)
"""The demonstration's view of a mail in HTML, whose style is inline as mail demands."""

COMMON = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), browsing-topics=()",
}
HSTS = "max-age=63072000; includeSubDomains"


def expected(policy: Policy, *, base_url: str, bank: str | None = None) -> dict[str, str]:
    """Return the headers of an answer; `bank` is the origin to which its one form leads, if it is that page."""
    csp = {**_CSP, **(_REPORTS if policy == "page" else {})}
    if bank:
        csp["form-action"] = f"'self' {bank}"
    written = "; ".join(f"{name} {value}" for name, value in csp.items())
    headers = {
        **COMMON,
        "Content-Security-Policy": {"content": _CONTENT_CSP, "mail": _MAIL_CSP}.get(policy, written),
        "Cache-Control": "public, max-age=3600" if policy == "static" else "no-store",
    }
    if policy == "page":
        headers["Reporting-Endpoints"] = f'csp="{base_url}/csp"'
    if base_url.startswith("https://"):
        headers["Strict-Transport-Security"] = HSTS
    return headers


def guard(app: Flask, *, base_url: str) -> None:
    """Set the headers on every answer, whatever a view or the library set before."""

    @app.after_request
    def set_headers(response: Response) -> Response:
        policy: Policy = (
            "static" if request.endpoint == "static" and response.status_code < 400 else g.get("policy", "page")
        )
        response.headers.update(expected(policy, base_url=base_url, bank=g.get("bank")))
        response.headers.pop("Expires", None)
        return response


def as_content(response: AnyResponse) -> AnyResponse:
    """Mark an answer as content of a letter: it runs nothing."""
    g.policy = "content"
    return response
