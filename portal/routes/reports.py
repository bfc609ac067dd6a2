"""What browsers report of our own pages: a rule of the content policy that was broken, for the operator to look into.

A report says on which page it happened, and that address may be a letter's link. So nothing of it is written down but the
rule's name and the origin of what was stopped, and both only where they are what they should be.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, current_app, request
from flask.typing import ResponseReturnValue

from portal.routes.doors import audience

counter = Blueprint("reports", __name__)

MAX_LINES = 10
"""Lines that one request may add to the log."""
TYPES = frozenset({"application/reports+json", "application/csp-report"})
"""Types that a page of another site cannot send: its browser would ask us first, and we do not allow it."""
DIRECTIVES = frozenset({
    "default-src", "script-src", "script-src-elem", "script-src-attr", "style-src", "style-src-elem", "style-src-attr",
    "img-src", "font-src", "connect-src", "media-src", "object-src", "frame-src", "child-src", "worker-src", "manifest-src",
    "base-uri", "form-action", "frame-ancestors", "sandbox", "trusted-types", "require-trusted-types-for",
})  # fmt: skip
_WORDS = frozenset({"inline", "eval", "wasm-eval", "trusted-types-policy", "trusted-types-sink"})
_SCHEMES = frozenset({"data", "blob", "about", "file", "chrome-extension", "moz-extension", "safari-web-extension"})
_HOST = re.compile(r"[a-z0-9.-]{1,253}|[0-9a-f:.]{2,45}")
UNKNOWN = "unknown"


@counter.post("/csp")
@audience("browser")
def csp() -> ResponseReturnValue:
    if request.mimetype not in TYPES:
        abort(415)
    try:
        told = json.loads(request.get_data())
    except (ValueError, RecursionError):
        abort(400)
    for directive, blocked in list(dict.fromkeys(_violations(told)))[:MAX_LINES]:
        current_app.extensions["log"].warning("content policy broken", directive=directive, blocked=blocked)
    return Response(status=204)


def _violations(told: Any) -> Iterator[tuple[str, str]]:
    """Yield rule and origin from a list of reports (Reporting API §3, CSP 3 §5.3) or a report of the older form (§5.2)."""
    for report in told if isinstance(told, list) else [told]:
        if not isinstance(report, dict):
            continue
        body = report.get("body") if report.get("type") == "csp-violation" else report.get("csp-report")
        if isinstance(body, dict):
            directive = body.get("effectiveDirective", body.get("effective-directive", body.get("violated-directive")))
            yield _directive(directive), _origin(body.get("blockedURL", body.get("blocked-uri")))


def _directive(told: object) -> str:
    name = told.partition(" ")[0] if isinstance(told, str) else ""  # some browsers add the rule's values
    return name if name in DIRECTIVES else UNKNOWN


def _origin(told: object) -> str:
    """Return the origin of what was stopped, or the word or scheme that stands for it."""
    if not isinstance(told, str):
        return UNKNOWN
    scheme = told.partition(":")[0]
    if told in _WORDS or scheme in _SCHEMES:
        return scheme
    try:
        parts = urlsplit(told)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return UNKNOWN
    if parts.scheme not in ("http", "https", "ws", "wss") or not _HOST.fullmatch(host):
        return UNKNOWN
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"
