"""Forms from elsewhere, and paths that lead elsewhere."""

from __future__ import annotations

import pytest
from flask import Blueprint, Flask, request

from portal.domain.errors import CrossSite
from portal.security.origin import origin, refuse_foreign, sign_path, signed_path

BASE = "https://lse.example"
ELSEWHERE = "https://evil.example"


@pytest.fixture
def app() -> Flask:
    app = Flask("origin")
    app.config["SECRET_KEY"] = "for tests only"
    recipient = Blueprint("recipient", __name__)

    @recipient.post("/act")
    def act() -> str:
        return "done"

    @app.route("/form", methods=["GET", "POST"])
    def form() -> str:
        return "done"

    @app.post("/server")
    def server() -> str:
        return "done"

    app.register_blueprint(recipient)

    @app.before_request
    def guard() -> tuple[str, int] | None:
        try:
            refuse_foreign(base_url=BASE, exempt=frozenset({"server"}), navigations=frozenset({"recipient"}))
        except CrossSite as fault:
            return str(fault), 400
        return None

    return app


TABLE = [
    ({}, True),
    ({"Origin": BASE}, True),
    ({"Origin": BASE, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}, True),
    ({"Origin": ELSEWHERE}, False),
    ({"Origin": "null"}, False),
    ({"Origin": ""}, False),
    ({"Origin": "http://lse.example"}, False),
    ({"Origin": BASE + ".evil.example"}, False),
    ({"Origin": BASE + ":444"}, False),
    ({"Sec-Fetch-Site": "cross-site"}, False),
    ({"Sec-Fetch-Site": "same-site"}, False),
    ({"Sec-Fetch-Site": "none"}, False),
    ({"Sec-Fetch-Site": "cross-site", "Origin": BASE}, False),
    ({"Sec-Purpose": "prefetch"}, False),
    ({"Sec-Purpose": "prefetch;prerender"}, False),
    ({"Purpose": "prefetch"}, False),
    ({"Referer": ELSEWHERE + "/page"}, True),  # absent or foreign, it decides nothing: privacy tools remove it
]


@pytest.mark.parametrize(("headers", "allowed"), TABLE)
def test_a_form_is_taken_from_our_own_pages_alone(app: Flask, headers: dict[str, str], allowed: bool) -> None:
    for path in ("/form", "/act"):
        answer = app.test_client().post(path, base_url=BASE, headers=headers)
        assert answer.status_code == (200 if allowed else 400), path


@pytest.mark.parametrize("mode", ["cors", "no-cors", "same-origin", "websocket"])
def test_a_recipients_act_is_made_by_leaving_the_page_and_not_by_a_script(app: Flask, mode: str) -> None:
    headers = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": mode}
    assert app.test_client().post("/act", base_url=BASE, headers=headers).status_code == 400
    assert app.test_client().post("/form", base_url=BASE, headers=headers).status_code == 200


@pytest.mark.parametrize(("headers", "_allowed"), TABLE)
def test_other_servers_and_mere_looks_are_not_asked_where_they_come_from(
    app: Flask, headers: dict[str, str], _allowed: bool
) -> None:
    assert app.test_client().post("/server", base_url=BASE, headers=headers).status_code == 200
    assert app.test_client().get("/form", base_url=BASE, headers=headers).status_code == 200


def test_a_page_that_came_in_the_clear_is_not_ours_where_pages_are_encrypted(app: Flask) -> None:
    """As behind a proxy that is not told of: the application itself is spoken to in the clear."""
    clear = BASE.replace("https", "http")
    answers = [app.test_client().post("/form", base_url=clear, headers={"Origin": one}) for one in (BASE, clear)]
    assert [answer.status_code for answer in answers] == [200, 400]


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin("https://lse.example/a?b#c") == BASE
    assert origin("http://127.0.0.1:8000/") == "http://127.0.0.1:8000"


@pytest.mark.parametrize("path", ["/", "/lettres", "/lettres?status=sent&below=7", "/lettres/LSE260414-000006"])
def test_a_path_that_we_signed_comes_back(app: Flask, path: str) -> None:
    with app.test_request_context():
        assert signed_path(sign_path(path)) == path


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "",
        "evil",
        "/\t/evil.example",
        "/\r\n/evil.example",
    ],
)
def test_a_path_that_leads_outside_is_nothing_even_signed(app: Flask, path: str) -> None:
    with app.test_request_context():
        assert signed_path(sign_path(path)) is None


@pytest.mark.parametrize("text", ["", "/lettres", "Ii9sZXR0cmVzIg.AAAA", "//evil.example", "\x00", "é"])
def test_a_path_that_we_did_not_sign_is_nothing(app: Flask, text: str) -> None:
    with app.test_request_context():
        assert signed_path(text) is None


def test_a_path_signed_for_another_instance_or_purpose_is_nothing(app: Flask) -> None:
    with app.test_request_context():
        signed = sign_path("/lettres")
        assert request.path == "/"
        app.config["SECRET_KEY"] = "another instance"
        assert signed_path(signed) is None
