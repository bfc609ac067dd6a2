"""From facts to pages: one table, with a line for every child of `Denied`."""

from __future__ import annotations

from contextlib import suppress

from flask import Flask, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, SecurityError

from portal.domain import errors
from portal.routes.doors import signed_in
from portal.security.origin import sign_path
from portal.security.vault import VaultDamaged
from verifier.statement import Party

PAGES: dict[type[errors.Denied], tuple[int, str]] = {
    errors.LinkForged: (404, "missing"),
    errors.LinkExpired: (410, "expired"),
    errors.LetterNotReady: (503, "not-ready"),
    errors.LetterSettled: (409, "settled"),
    errors.OtherDevice: (403, "other-device"),
    errors.AddressMismatch: (422, "bad-request"),
    errors.CodeWrong: (422, "bad-request"),
    errors.NotRecipient: (403, "no-visit"),
    errors.NotFound: (404, "missing"),
    errors.SignInRequired: (403, "sign-in"),
    errors.RoleRequired: (403, "forbidden"),
    errors.DraftChanged: (409, "bad-request"),
    errors.CrossSite: (400, "cross-site"),
    errors.AddressUnclear: (400, "address-unclear"),
    errors.UploadTooLarge: (413, "too-large"),
    errors.StepImpossible: (409, "bad-request"),
    errors.NoticeRejected: (400, "bad-request"),
    errors.ReportForgotten: (410, "report-forgotten"),
    errors.Busy: (503, "away"),
}

HTTP_PAGES = {400: "bad-request", 403: "forbidden", 404: "missing", 405: "method", 413: "too-large", 429: "too-many"}
RETRY_SECONDS = 30


def attach(app: Flask) -> None:
    """Give every failure its page."""
    app.register_error_handler(errors.Denied, denied)
    app.register_error_handler(HTTPException, refused)
    app.register_error_handler(Exception, broken)


def denied(fault: errors.Denied) -> ResponseReturnValue:
    if isinstance(fault, errors.SignInRequired) and request.method in ("GET", "HEAD"):
        return redirect(url_for("account.sign_in", suite=sign_path(request.full_path.rstrip("?"))), 303)
    code, key = PAGES[type(fault)]
    return page(key, code, sender=fault.sender)


def refused(fault: HTTPException) -> ResponseReturnValue:
    if isinstance(fault, SecurityError):  # a host that is not ours, so that a page has no address to make links of
        return Response("This host is not served here.\n", 400, mimetype="text/plain")
    code = fault.code or 500
    if code < 400:
        return fault.get_response()  # a redirect of the router's
    body, status, headers = page(HTTP_PAGES.get(code, "bad-request" if code < 500 else "broken"), code)
    if code == 405:
        headers["Allow"] = ", ".join(sorted(fault.valid_methods or ())) if hasattr(fault, "valid_methods") else ""
    return body, status, headers


def broken(fault: Exception) -> ResponseReturnValue:
    """Breakage: logged once, with its place and without its words, which may hold what is personal."""
    key, code = ("away", 503) if isinstance(fault, OSError) else ("broken", 500)
    where = fault.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    place = f"{where.tb_frame.f_globals.get('__name__')}:{where.tb_lineno}" if where else ""
    current_app.extensions["log"].error(
        "breakage",
        endpoint=request.endpoint,
        fault=type(fault).__name__,
        place=place,
        damaged=isinstance(fault, VaultDamaged),
    )
    return page(key, code)


def page(key: str, code: int, *, sender: Party | None = None) -> tuple[str, int, dict[str, str]]:
    token = (request.view_args or {}).get("token")
    with suppress(Exception):
        signed_in()  # the page names whoever it is, if that can be found out just now
    body = render_template("errors/error.html", key=key, code=code, sender=sender, token=token)
    return body, code, {"Retry-After": str(RETRY_SECONDS)} if code == 503 else {}
