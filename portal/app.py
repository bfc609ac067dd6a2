"""The portal as a web application. Read top to bottom, this is its security checklist."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, g, request
from flask_wtf import CSRFProtect

from portal.config import MAIN_COUNTERS
from portal.logs import logger
from portal.office import PACKAGE, TEMPLATES, Office
from portal.routes import (
    account,
    audit,
    copies,
    dev,
    doors,
    errors,
    home,
    payment,
    recipient,
    reports,
    sender,
    verify,
    words,
)
from portal.security import address, headers, limits, origin, uploads

SMALL_FORM = 1_000_000
LETTER_FORM = 262_000_000
"""255 Mo of files, the message and the form around them."""
PROOF_FORM = 21_000_000
REPORTS = 65_536
"""Chromium sends what waits in one list, a few hundred bytes each."""
FORM_SIZES = {"sender.compose": LETTER_FORM, "verify.judge": PROOF_FORM, "reports.csp": REPORTS}
FROM_SERVERS = frozenset({"payment.notice", "dev.bank", "dev.bank_pay"})
"""Doors for other servers: they carry a signature of their own and read no cookie."""
FROM_BROWSERS = frozenset({"reports.csp"})
"""What a browser sends unasked, also where another site tried to frame a page of ours (measured: Chromium 156 then says
`Origin: null` and cross-site). It holds no token, no cookie is read, and a line in the log is all that comes of it."""
WITHOUT_TOKEN = FROM_SERVERS | FROM_BROWSERS


def create_app(
    office: Office,
    *,
    counters: frozenset[str] = MAIN_COUNTERS,
    bank_notifies: Callable[[str, dict[str, str]], None] = dev.notify,
    demo_accounts: tuple[tuple[str, str, str], ...] = (),
) -> Flask:
    """Build the application for some of the counters; two processes may serve different ones with different secrets."""
    settings = office.settings
    app = Flask("portal", template_folder=str(TEMPLATES), static_folder=str(PACKAGE / "static"))
    app.extensions["office"] = office
    app.extensions["log"] = logger(test=settings.test)
    app.request_class = uploads.SealingRequest
    app.url_map.converters["int"] = doors.Number
    app.config.update(
        SECRET_KEY=office.session_key.hex(),
        SESSION_COOKIE_NAME="__Host-lse" if settings.secure else "lse",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",  # Strict would drop the recipient's cookie on the click in a webmail
        TRUSTED_HOSTS=[settings.host, *(("localhost", "127.0.0.1") if settings.test else ())],
        MAX_CONTENT_LENGTH=SMALL_FORM,
        MAX_FORM_MEMORY_SIZE=2_000_000,  # the longest message, as UTF-8
        MAX_FORM_PARTS=200,
        SEALING_ENDPOINTS=frozenset({"sender.compose"}),
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        WTF_CSRF_SSL_STRICT=False,  # it demands a Referer, which privacy tools remove; our own check follows
        LOCAL_CLIENTS=settings.local,
        PROXIES=settings.trusted_proxies,
        BANK_NOTIFIES=bank_notifies,
        DEMO_ACCOUNTS=demo_accounts,
    )

    # Whoever asks: address, rate, origin, size, role; all before a form is parsed.
    if settings.trusted_proxies:
        app.wsgi_app = address.TrustedProxies(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]
    limiter = limits.attach(app, storage=settings.limits_storage, enabled=settings.limits)

    @app.before_request
    def check_the_door() -> None:
        g.began = time.perf_counter()
        origin.refuse_foreign(base_url=settings.base_url, exempt=WITHOUT_TOKEN, navigations=frozenset({"recipient"}))
        request.max_content_length = FORM_SIZES.get(request.endpoint or "", SMALL_FORM)
        doors.check()

    csrf = CSRFProtect(app)

    # The counters.
    app.register_blueprint(home.counter)
    app.register_blueprint(reports.counter)
    if "recipient" in counters:
        app.register_blueprint(recipient.counter)
    if counters & {"sender", "audit"}:
        app.register_blueprint(account.counter)
    if "sender" in counters:
        app.register_blueprint(sender.counter)
        app.register_blueprint(copies.counter)
        app.register_blueprint(payment.counter)
    if "verify" in counters:
        app.register_blueprint(verify.counter)
    if "audit" in counters:
        app.register_blueprint(audit.counter)
    if settings.test:
        app.register_blueprint(dev.counter)
    for endpoint in WITHOUT_TOKEN & app.view_functions.keys():
        csrf.exempt(app.view_functions[endpoint])
    _limit(app, limiter)
    setattr(app.view_functions["static"], "audience", "everyone")  # noqa: B010 - the library's own view

    # What every answer carries, and what every failure becomes.
    words.attach(app, office)
    errors.attach(app)
    headers.guard(app, base_url=settings.base_url)
    app.teardown_request(uploads.discard_unkept)
    _log_requests(app)
    return app


def _limit(app: Flask, limiter: Any) -> None:
    """Set the rates that are tighter than everybody's, which go on counting beside them."""
    for endpoint, rate, per_letter in (
        ("account.sign_in", limits.SIGN_IN, False),
        ("verify.judge", limits.JUDGE, False),
        ("verify.keep", limits.JUDGE, False),
        ("reports.csp", limits.REPORTS, False),
        ("recipient.consult", limits.TYPED_ADDRESS, True),
        ("recipient.refuse", limits.TYPED_ADDRESS, True),
        ("recipient.rebind", limits.TYPED_ADDRESS, True),
        ("recipient.ask_code", limits.CODES, True),
    ):
        view = app.view_functions.get(endpoint)
        if view is not None:
            key = limits.per_letter if per_letter else limits.per_client
            app.view_functions[endpoint] = limiter.limit(rate, methods=["POST"], key_func=key)(view)
    view = app.view_functions.get("account.sign_in")
    if view is not None:
        counted = limiter.limit(
            limits.SIGN_IN_FAILURES, methods=["POST"], key_func=limits.per_account, deduct_when=limits.failed
        )
        app.view_functions["account.sign_in"] = counted(view)


def _log_requests(app: Flask) -> None:
    """One line a request, for operators: the door's name and never its path, which may hold a token."""

    @app.after_request
    def log_request(response: Response) -> Response:
        began = g.get("began")
        app.extensions["log"].info(
            "request",
            endpoint=request.endpoint,
            method=request.method,
            status=response.status_code,
            ms=round((time.perf_counter() - began) * 1000, 1) if began else None,
        )
        return response
