"""The embedded authority and the time-stampers: made once, whole after a crash, and never trusted blindly."""

from __future__ import annotations

import multiprocessing
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from portal.adapters.authority import AuthorityUnreadable, EmbeddedAuthority
from portal.adapters.tsa import MAX_RESPONSE, EmbeddedTimeStamper, HttpTimeStamper
from tests.pki import NOW, OPERATOR, Authority, Clock, authority, drawn
from verifier import stamp

PASSPHRASE = b"a passphrase of thirty-two bytes"
IMPRINT = bytes(range(32))


def opened(folder: Path, clock: Clock | None = None, passphrase: bytes = PASSPHRASE) -> EmbeddedAuthority:
    return EmbeddedAuthority.open(folder, now=clock or Clock(), operator=OPERATOR, passphrase=passphrase)


def test_an_authority_is_made_at_first_start_and_found_at_the_next(tmp_path: Path) -> None:
    first, second = opened(tmp_path / "ca"), opened(tmp_path / "ca")
    assert first.anchor_sha256 == second.anchor_sha256
    assert first.root_pem == second.root_pem == (tmp_path / "ca" / "root.pem").read_bytes()
    assert first.seal.certificate == second.seal.certificate
    assert first.time_stamp.certificate == second.time_stamp.certificate


def test_every_certificate_says_test_and_without_value(tmp_path: Path) -> None:
    made = opened(tmp_path / "ca")
    for holder in (made.root, made.seal, made.time_stamp):
        subject = holder.certificate.subject.rfc4514_string()
        assert "TEST" in subject
        assert "SANS VALEUR" in subject
        assert OPERATOR in subject
        assert isinstance(holder.private_key.curve, ec.SECP256R1)


def test_each_certificate_may_do_its_own_work_only(tmp_path: Path) -> None:
    made = opened(tmp_path / "ca")
    root, seal, tsa = (one.certificate.extensions for one in (made.root, made.seal, made.time_stamp))
    assert root.get_extension_for_class(x509.BasicConstraints).value.ca
    assert root.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    assert not seal.get_extension_for_class(x509.BasicConstraints).value.ca
    assert seal.get_extension_for_class(x509.KeyUsage).value.content_commitment
    usage = tsa.get_extension_for_class(x509.ExtendedKeyUsage)
    assert usage.critical
    assert list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]
    made.seal.certificate.verify_directly_issued_by(made.root.certificate)
    made.time_stamp.certificate.verify_directly_issued_by(made.root.certificate)


def test_the_folder_and_its_files_are_for_the_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "ca"
    folder.mkdir(mode=0o755)
    opened(folder).revocation()
    assert folder.stat().st_mode & 0o777 == 0o700
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == ["lock", "root.crl", "root.p12", "root.pem", "seal.p12", "tsa.p12"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_it_seals(tmp_path: Path) -> None:
    sealed = opened(tmp_path / "ca").sealer().seal(drawn(), now=NOW)
    assert sealed.startswith(drawn())
    assert b"/ETSI.RFC3161" in sealed


def test_a_wrong_passphrase_opens_nothing_and_changes_nothing(tmp_path: Path) -> None:
    opened(tmp_path / "ca")
    before = {file.name: file.read_bytes() for file in (tmp_path / "ca").iterdir()}
    with pytest.raises(AuthorityUnreadable, match="wrong passphrase"):
        opened(tmp_path / "ca", passphrase=PASSPHRASE[::-1])
    assert {file.name: file.read_bytes() for file in (tmp_path / "ca").iterdir()} == before


def test_a_short_passphrase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="got 5 bytes, expected at least 32"):
        opened(tmp_path / "ca", passphrase=b"short")
    assert not (tmp_path / "ca").exists()


def test_a_root_lost_beside_its_certificates_is_not_made_again(tmp_path: Path) -> None:
    opened(tmp_path / "ca")
    (tmp_path / "ca" / "root.p12").unlink()
    with pytest.raises(AuthorityUnreadable, match="restore it from a backup"):
        opened(tmp_path / "ca")


def test_a_file_from_another_authority_is_refused(tmp_path: Path) -> None:
    opened(tmp_path / "one")
    opened(tmp_path / "two")
    (tmp_path / "two" / "tsa.p12").replace(tmp_path / "one" / "tsa.p12")
    with pytest.raises(AuthorityUnreadable, match=r"tsa\.p12: not issued by the root"):
        opened(tmp_path / "one")


def test_a_leaf_in_its_last_year_is_replaced_under_the_same_root(tmp_path: Path) -> None:
    first = opened(tmp_path / "ca")
    still = opened(tmp_path / "ca", Clock(NOW + timedelta(days=8 * 365)))
    late = opened(tmp_path / "ca", Clock(NOW + timedelta(days=round(9.5 * 365))))
    assert still.seal.certificate == first.seal.certificate != late.seal.certificate
    assert late.time_stamp.certificate != first.time_stamp.certificate
    assert late.anchor_sha256 == first.anchor_sha256
    assert late.sealer().seal(drawn(), now=late.now())


class Killed(BaseException):
    """Stands for the process dying."""


@pytest.mark.parametrize("step", range(1, 9))
def test_a_process_killed_while_writing_leaves_an_authority_that_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    folder = tmp_path / "ca"
    left = iter(range(step))
    real = os.fsync

    def dies(handle: int) -> None:
        if next(left, None) is None:
            raise Killed
        real(handle)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", dies)
        with suppress(Killed):
            opened(folder)
    survivor = (folder / "root.p12").read_bytes() if (folder / "root.p12").exists() else None
    sealed = opened(folder).sealer().seal(drawn(), now=NOW)
    assert sealed.startswith(drawn())
    assert survivor is None or survivor == (folder / "root.p12").read_bytes()
    assert not [file for file in folder.iterdir() if file.name.startswith(".")]


def _open_and_tell(folder: str, results: multiprocessing.Queue[str]) -> None:
    results.put(opened(Path(folder)).anchor_sha256)


def test_processes_that_open_at_once_agree_on_one_root(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    workers = [context.Process(target=_open_and_tell, args=(str(tmp_path / "ca"), results)) for _ in range(3)]
    for worker in workers:
        worker.start()
    anchors = {results.get(timeout=60) for _ in workers}
    for worker in workers:
        worker.join(60)
    assert anchors == {opened(tmp_path / "ca").anchor_sha256}


def test_a_revocation_list_is_kept_for_a_day_and_then_issued_afresh(tmp_path: Path) -> None:
    clock = Clock()
    made = opened(tmp_path / "ca", clock)
    (first,) = made.revocation()
    clock.time = NOW + timedelta(hours=24)
    assert made.revocation() == (first,)
    assert opened(tmp_path / "ca", clock).revocation() == (first,)
    clock.time = NOW + timedelta(hours=24, seconds=1)
    (second,) = made.revocation()
    old, new = x509.load_der_x509_crl(first), x509.load_der_x509_crl(second)
    assert new.last_update_utc == clock.time
    assert new.next_update_utc == clock.time + timedelta(days=8)
    assert number(new) > number(old)
    assert new.is_signature_valid(made.root.private_key.public_key())


def number(crl: x509.CertificateRevocationList) -> int:
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def test_a_revocation_list_damaged_on_disk_is_issued_afresh(tmp_path: Path) -> None:
    made = opened(tmp_path / "ca")
    (tmp_path / "ca" / "root.crl").write_bytes(b"torn")
    (raw,) = made.revocation()
    assert x509.load_der_x509_crl(raw).last_update_utc == NOW


# time stamps


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
