"""The constants of every answer, written out once more, so that none changes unnoticed."""

from __future__ import annotations

import pytest

from portal.security.headers import Policy, expected

PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; require-trusted-types-for 'script'"
)
REPORTED = "; report-to csp; report-uri /csp"
HTTP, HTTPS = "http://127.0.0.1:8000", "https://lse.example"
ALL = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), browsing-topics=()",
}


@pytest.mark.parametrize(
    ("policy", "csp", "cache"),
    [
        ("page", PAGE + REPORTED, "no-store"),
        ("static", PAGE, "public, max-age=3600"),
        ("content", "sandbox; default-src 'none'", "no-store"),
        (
            "mail",
            "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
            "img-src data:",
            "no-store",
        ),
    ],
)
def test_each_kind_of_answer_has_exactly_these_headers(policy: Policy, csp: str, cache: str) -> None:
    headers = {**ALL, "Content-Security-Policy": csp, "Cache-Control": cache}
    hsts = {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}
    for base_url, more in ((HTTP, {}), (HTTPS, hsts)):
        reports = {"Reporting-Endpoints": f'csp="{base_url}/csp"'} if policy == "page" else {}
        assert expected(policy, base_url=base_url) == {**headers, **reports, **more}


def test_the_page_that_leads_to_the_bank_may_post_there_and_nowhere_else() -> None:
    headers = expected("page", base_url=HTTPS, bank="https://epaync.nc")
    assert "form-action 'self' https://epaync.nc;" in headers["Content-Security-Policy"]
    without = headers["Content-Security-Policy"].replace(" https://epaync.nc", "")
    assert without == PAGE + REPORTED
