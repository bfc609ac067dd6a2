"""The door for what browsers report: one line of a rule and an origin, and nothing else of what they say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from portal.app import REPORTS
from tests.portal.routes.conftest import OperatorLog
from tests.stories.actors import Town

LINK = "https://lse.example/l/AAAAsecretTOKENofALETTER.sig"
FRAMED = {"Origin": "null", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "report"}
"""What Chromium 156 sends for a page of ours that another site tried to frame."""


def violation(directive: object, blocked: object) -> dict[str, Any]:
    """Return a report as Chromium 156 sends it."""
    body = {
        "blockedURL": blocked,
        "columnNumber": 24,
        "disposition": "enforce",
        "documentURL": LINK,
        "effectiveDirective": directive,
        "originalPolicy": "default-src 'none'; report-to csp",
        "referrer": LINK,
        "sample": "the letter's words",
        "sourceFile": LINK,
        "statusCode": 200,
    }
    return {"age": 8, "body": body, "type": "csp-violation", "url": LINK, "user_agent": "Mozilla/5.0"}


def older(directive: str, blocked: str) -> dict[str, Any]:
    """Return a report in the older form."""
    told = {"document-uri": LINK, "referrer": LINK, "violated-directive": directive, "blocked-uri": blocked}
    return {"csp-report": told}


def reports(
    town: Town, body: object, *, kind: str = "application/reports+json", headers: dict[str, str] | None = None
) -> TestResponse:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    browser = town.app.test_client()
    return browser.post("/csp", base_url=town.base_url, data=raw, content_type=kind, headers=headers or {})


def told(log: OperatorLog) -> list[tuple[str, str]]:
    return [(line["directive"], line["blocked"]) for line in log.of("content policy broken")]


@pytest.mark.parametrize(
    ("blocked", "written"),
    [
        ("inline", "inline"),
        ("eval", "eval"),
        ("trusted-types-sink", "trusted-types-sink"),
        ("data", "data"),
        ("blob:https://lse.example/5d2b", "blob"),
        ("chrome-extension://abcdef/x.js", "chrome-extension"),
        ("https://other.example/x/y?z=1#f", "https://other.example"),
        ("https://joel:secret@Other.example:8443/l/TOKEN", "https://other.example:8443"),
        ("wss://other.example/", "wss://other.example"),
        ("http://[2001:db8::1]:80/x", "http://[2001:db8::1]:80"),
        ("https://", "unknown"),
        ("https://[", "unknown"),
        ("https://x:port/", "unknown"),
        ("https://a b/", "unknown"),
        ("https://é.example/", "unknown"),
        ("javascript:alert(1)", "unknown"),
        ("AAAAsecretTOKENofALETTER.sig", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
        (["https://other.example"], "unknown"),
    ],
)
def test_the_origin_of_what_was_stopped_is_written_and_no_path(
    town: Town, operator_log: OperatorLog, blocked: object, written: str
) -> None:
    answer = reports(town, [violation("script-src-elem", blocked)])
    assert (answer.status_code, answer.data) == (204, b"")
    assert told(operator_log) == [("script-src-elem", written)]
    lines = operator_log.out.getvalue()
    for private in ("secret", "TOKEN", "/l/", "letter's words", "Mozilla", "joel"):
        assert private not in lines


@pytest.mark.parametrize("directive", ["x", "img-src\n", "IMG-SRC", "", None, 7, {"a": 1}, LINK])
def test_a_rule_that_does_not_exist_is_written_as_unknown(
    town: Town, operator_log: OperatorLog, directive: object
) -> None:
    assert reports(town, [violation(directive, "inline")]).status_code == 204
    assert told(operator_log) == [("unknown", "inline")]


def test_the_older_form_is_understood_too(town: Town, operator_log: OperatorLog) -> None:
    body = older("img-src 'self' data:", "https://other.example/pixel.gif?id=7")
    assert reports(town, body, kind="application/csp-report", headers=FRAMED).status_code == 204
    assert told(operator_log) == [("img-src", "https://other.example")]


def test_a_list_writes_each_thing_once_and_ten_lines_at_most(town: Town, operator_log: OperatorLog) -> None:
    assert reports(town, [violation("img-src", "https://a.example/x")] * 3).status_code == 204
    assert told(operator_log) == [("img-src", "https://a.example")]
    assert reports(town, [violation("img-src", f"https://{n}.example") for n in range(50)]).status_code == 204
    assert len(told(operator_log)) == 11


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        None,
        7,
        "x",
        [1, None, "x", []],
        [{"type": "deprecation", "body": {"id": "x"}}],
        [{"type": "csp-violation", "body": 3}],
        {"csp-report": [1]},
    ],
)
def test_what_tells_of_no_broken_rule_writes_nothing(town: Town, operator_log: OperatorLog, body: object) -> None:
    assert reports(town, body).status_code == 204
    assert told(operator_log) == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe\xff", b"[" * 60_000, b"[" + b"9" * 5_000 + b"]"])
def test_what_cannot_be_read_is_a_bad_request_and_no_breakage(
    town: Town, operator_log: OperatorLog, body: bytes
) -> None:
    assert reports(town, body).status_code == 400
    assert [line["event"] for line in operator_log.lines] == ["request"]


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/json", ""]
)
def test_a_type_that_another_sites_page_could_send_is_not_taken(town: Town, kind: str) -> None:
    assert reports(town, [violation("img-src", "inline")], kind=kind).status_code == 415


def test_another_sites_page_is_not_allowed_to_ask(town: Town) -> None:
    asks = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = town.app.test_client().options("/csp", base_url=town.base_url, headers=asks)
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


def test_a_body_beyond_the_measure_is_not_read(town: Town) -> None:
    padding = [violation("img-src", "inline"), "x" * REPORTS]
    assert reports(town, padding).status_code == 413
    whole = reports(town, [violation("img-src", "inline"), "x" * (REPORTS - 1000)])
    assert whole.status_code == 204


def test_a_browser_that_reports_without_end_is_stopped(town: Town, operator_log: OperatorLog) -> None:
    answers = [reports(town, [violation("img-src", "inline")]).status_code for _ in range(31)]
    assert answers == [204] * 30 + [429]
    assert len(told(operator_log)) == 30


def test_who_is_signed_in_makes_no_difference_and_nothing_is_looked_up(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = town.sender()

    def looked_up(*_: object) -> None:
        pytest.fail("a cookie was looked up")

    monkeypatch.setattr("portal.services.accounts.signed_in", looked_up)
    answer = sender.browser.post(
        "/csp",
        base_url=town.base_url,
        data=json.dumps([violation("img-src", "inline")]),
        content_type="application/reports+json",
    )
    assert answer.status_code == 204
    assert answer.headers.getlist("Set-Cookie") == []
