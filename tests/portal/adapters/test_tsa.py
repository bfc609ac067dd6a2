"""Time-stampers: what the embedded one says, and what is refused of one reached over HTTP."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from portal.adapters.tsa import MAX_RESPONSE, EmbeddedTimeStamper, HttpTimeStamper
from tests.pki import NOW, Authority, Clock, authority, drawn
from verifier import stamp

IMPRINT = bytes(range(32))


@pytest.fixture(scope="module")
def post() -> Authority:
    return authority()


def test_a_time_stamp_says_what_was_asked_and_when(post: Authority) -> None:
    precise = EmbeddedTimeStamper(post.tsa.credential, Clock(NOW + timedelta(microseconds=123456)))
    token = precise.stamp(IMPRINT, 42)
    said = stamp.read(token)
    assert said.imprint == IMPRINT
    assert said.nonce == 42
    assert said.time == NOW + timedelta(milliseconds=123)
    assert said.policy == "2.999.3161.1"
    assert 0 < said.serial.bit_length() <= 128
    stamp.authenticate(token, (post.root.certificate,))


def test_no_two_time_stamps_share_a_serial_number(post: Authority) -> None:
    assert len({stamp.read(post.time_stamper.stamp(IMPRINT)).serial for _ in range(100)}) == 100


def test_a_request_that_cannot_be_served_is_declined(post: Authority) -> None:
    with pytest.raises(stamp.StampUnavailable, match=r"got 2 .*expected granted"):
        stamp.parse_response(post.time_stamper.respond(b"nonsense"))


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_damaged_tokens_are_refused_by_name_and_never_otherwise(post: Authority) -> None:
    token, chance = post.time_stamper.stamp(IMPRINT, 42), random.Random(3161)  # noqa: S311 - repeatable damage
    refused = 0
    for _ in range(4000):
        damaged = bytearray(token)
        damaged[chance.randrange(len(token))] ^= chance.randrange(1, 256)
        try:
            stamp.authenticate(bytes(damaged), (post.root.certificate,))
            assert stamp.read(bytes(damaged)).imprint == IMPRINT
        except stamp.StampRefused:
            refused += 1
    assert refused > 3900


@contextmanager
def serving(answer: Callable[[bytes], bytes], status: int = 200) -> Iterator[str]:
    """Serve `answer` over HTTP on a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/timestamp-query"
            body = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/tsa"
        finally:
            server.shutdown()
            thread.join()


def asked(post: Authority, answer: Callable[[bytes], bytes], status: int = 200) -> bytes:
    with serving(answer, status) as url:
        return HttpTimeStamper(url, (post.root.certificate,), timeout=5).stamp(IMPRINT)


def test_a_remote_authority_stamps_and_a_seal_holds_its_token(post: Authority) -> None:
    with serving(post.time_stamper.respond) as url:
        remote = HttpTimeStamper(url, post.time_stamper.certificates)
        assert stamp.read(remote.stamp(IMPRINT)).imprint == IMPRINT
        assert replace(post.sealer(), time_stamper=remote).seal(drawn(), now=NOW).startswith(drawn())


def test_a_remote_authority_that_is_down_is_unavailable(post: Authority) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(stamp.StampUnavailable, match=r"127\.0\.0\.1"):
        HttpTimeStamper(f"http://127.0.0.1:{port}", (post.root.certificate,)).stamp(IMPRINT)


def test_a_remote_authority_that_hangs_is_unavailable(post: Authority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        with pytest.raises(stamp.StampUnavailable, match="timed out"):
            HttpTimeStamper(url, (post.root.certificate,), timeout=0.1).stamp(IMPRINT)


def test_an_http_error_is_unavailable(post: Authority) -> None:
    with pytest.raises(stamp.StampUnavailable, match="got HTTP 503, expected 200"):
        asked(post, lambda _: b"", status=503)


def test_a_rejection_is_unavailable_and_says_why(post: Authority) -> None:
    with pytest.raises(stamp.StampUnavailable, match="clock not in order"):
        asked(post, lambda _: stamp.rejection("clock not in order"))


def test_a_token_over_another_imprint_is_refused(post: Authority) -> None:
    def answer(request: bytes) -> bytes:
        _, nonce = stamp.parse_request(request)
        return stamp.response(post.time_stamper.stamp(bytes(32), nonce))

    with pytest.raises(stamp.StampRefused, match="imprint: got 0000"):
        asked(post, answer)


@pytest.mark.parametrize("nonce", [None, 7])
def test_a_token_with_another_nonce_or_none_is_refused(post: Authority, nonce: int | None) -> None:
    with pytest.raises(stamp.StampRefused, match=f"nonce: got {nonce}, expected"):
        asked(post, lambda request: stamp.response(post.time_stamper.stamp(IMPRINT, nonce)))


def test_a_token_of_a_foreign_authority_of_the_same_name_is_refused(post: Authority) -> None:
    with pytest.raises(stamp.StampRefused, match="not of the authority expected"):
        asked(post, authority().time_stamper.respond)


def test_a_token_signed_with_the_seal_key_is_refused(post: Authority) -> None:
    with pytest.raises(stamp.StampRefused, match="token"):
        asked(post, EmbeddedTimeStamper(post.seal.credential, post.clock).respond)


def test_a_token_whose_signature_is_broken_is_refused(post: Authority) -> None:
    def answer(request: bytes) -> bytes:
        response = bytearray(post.time_stamper.respond(request))
        response[-1] ^= 1
        return bytes(response)

    with pytest.raises(stamp.StampRefused):
        asked(post, answer)


@pytest.mark.parametrize("body", [b"", b"<html>", b"\x30" + b"\x80" * 40, b"\0" * (MAX_RESPONSE + 1)])
def test_an_answer_that_is_no_time_stamp_is_refused(post: Authority, body: bytes) -> None:
    with pytest.raises(stamp.StampRefused):
        asked(post, lambda _: body)


@pytest.mark.parametrize(
    "url", ["ftp://tsa.example", "tsa.example", "http://", "file:///etc/passwd", "http://tsa.example:0"]
)
def test_an_address_that_is_not_http_is_refused(post: Authority, url: str) -> None:
    with pytest.raises(ValueError, match="expected http"):
        HttpTimeStamper(url, (post.root.certificate,))
