"""Fetching revocation data: only when asked, only from public addresses, only so much, and never by the portal."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from tests.pki import drawn
from verifier import online, pointers
from verifier.cli import main
from verifier.confine import Limits

ROOT = Path(__file__).parents[2]
NOW = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 # the command reads the clock, and lists lapse
DAY = timedelta(days=1)


class Server:
    """An HTTP server on the loopback that answers by path and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[bytes], tuple[int, bytes]]] = {}
        self.asked: list[tuple[str, str]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version: ClassVar[str] = "HTTP/1.1"

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                server.asked.append((self.command, self.path))
                status, answer = server.answers.get(self.path, lambda _: (404, b""))(body)
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", answer.decode())
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.handle_error = lambda *_: None  # type: ignore[method-assign] # who asks may hang up
        self.port = self.http.server_address[1]
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://localhost:{self.port}{path}"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that is taken to be a public one, on a port that is taken to be the usual one."""
    held = Server()
    monkeypatch.setattr(online, "is_public", lambda _: True)
    monkeypatch.setattr(online, "PORTS", {"http": held.port, "https": 443})
    yield held
    held.http.shutdown()
    held.http.server_close()


class Issuer:
    """An authority of one root whose certificates point at a server, and a signer under it."""

    def __init__(self, crl: str, responder: str = "") -> None:
        self.key, self.signer_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Root that lists")])
        self.root = self._certificate(self.name, self.key, ca=True).sign(self.key, hashes.SHA256())
        signer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Signer")])
        builder = self._certificate(signer, self.signer_key, ca=False)
        points = [x509.DistributionPoint([x509.UniformResourceIdentifier(crl)], None, None, None)]
        builder = builder.add_extension(x509.CRLDistributionPoints(points), critical=False)
        if responder:
            place = x509.UniformResourceIdentifier(responder)
            access = [x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place)]
            builder = builder.add_extension(x509.AuthorityInformationAccess(access), critical=False)
        self.signer = builder.sign(self.key, hashes.SHA256())

    def _certificate(self, name: x509.Name, key: ec.EllipticCurvePrivateKey, *, ca: bool) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(self.name).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(NOW - 9 * DAY)
        builder = builder.not_valid_after(NOW + 900 * DAY)
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        usage = x509.KeyUsage(not ca, not ca, False, False, False, ca, ca, False, False)
        return builder.add_extension(identifier, critical=False).add_extension(usage, critical=True)

    def crl(self, *, revoked: bool = False) -> bytes:
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.name)
        builder = builder.last_update(NOW - DAY).next_update(NOW + DAY)
        if revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(self.signer.serial_number)
            builder = builder.add_revoked_certificate(entry.revocation_date(NOW - 5 * DAY).build())
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def respond(self, body: bytes) -> tuple[int, bytes]:
        asked = ocsp.load_der_ocsp_request(body)
        assert asked.serial_number == self.signer.serial_number
        digest = hashes.SHA1()  # noqa: S303 # the digest that responders know certificates by
        builder = ocsp.OCSPResponseBuilder().add_response(
            self.signer, self.root, digest, ocsp.OCSPCertStatus.GOOD, NOW - DAY, NOW + DAY, None, None
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, self.root)
        return 200, builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def signed(self) -> bytes:
        """Return a page signed by the signer, without any revocation data."""
        from io import BytesIO

        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign import PdfSignatureMetadata, SimpleSigner, sign_pdf
        from pyhanko.sign.fields import SigSeedSubFilter

        held = pkcs12.serialize_key_and_certificates(b"a", self.signer_key, self.signer, [self.root], NoEncryption())
        signer = SimpleSigner.load_pkcs12_data(held, [], b"")
        assert signer is not None
        metadata = PdfSignatureMetadata("Signature", subfilter=SigSeedSubFilter.PADES)
        return sign_pdf(IncrementalPdfFileWriter(BytesIO(drawn())), metadata, signer).getvalue()


def run(
    folder: Path, raw: bytes, issuer: Issuer, capsys: pytest.CaptureFixture[str], *options: str
) -> tuple[int, dict[str, Any]]:
    (folder / "a.pdf").write_bytes(raw)
    (folder / "root.pem").write_bytes(issuer.root.public_bytes(Encoding.PEM))
    code = main([str(folder / "a.pdf"), "--trust", str(folder / "root.pem"), "--json", *options])
    return code, json.loads(capsys.readouterr().out)


def test_a_list_that_is_fetched_settles_what_was_open(
    tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    issuer = Issuer(server.url("/list.crl"))
    server.answers["/list.crl"] = lambda _: (200, issuer.crl())
    raw = issuer.signed()
    code, report = run(tmp_path, raw, issuer, capsys)
    assert (code, report["sub_indication"]) == (2, "TRY_LATER")
    assert server.asked == []
    code, report = run(tmp_path, raw, issuer, capsys, "--online")
    assert (code, report["verdict"]) == (0, "VALID")
    assert server.asked == [("GET", "/list.crl")]
    assert report["signatures"][0]["level"] == "PAdES-BASELINE-B"
    assert "/list.crl: " in next(one["detail"] for one in report["checks"] if one["code"] == "online")


def test_a_certificate_that_the_list_revokes_is_not_valid(
    tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    issuer = Issuer(server.url("/list.crl"))
    server.answers["/list.crl"] = lambda _: (200, issuer.crl(revoked=True))
    code, report = run(tmp_path, issuer.signed(), issuer, capsys, "--online")
    assert (code, report["sub_indication"]) == (2, "REVOKED_NO_POE")


def test_a_responder_is_asked_for_the_certificate_at_hand(
    tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    issuer = Issuer(server.url("/gone.crl"), server.url("/ocsp"))
    server.answers["/ocsp"] = issuer.respond
    code, report = run(tmp_path, issuer.signed(), issuer, capsys, "--online")
    assert (code, report["verdict"]) == (0, "VALID")
    assert server.asked == [("POST", "/ocsp"), ("GET", "/gone.crl")]


@pytest.mark.parametrize("answer", [b"", b"<html>", b"0\x84\xff\xff\xff\xff", bytes(100_000)])
def test_nonsense_from_a_server_settles_nothing(
    tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str], answer: bytes
) -> None:
    issuer = Issuer(server.url("/list.crl"))
    server.answers["/list.crl"] = lambda _: (200, answer)
    assert run(tmp_path, issuer.signed(), issuer, capsys, "--online")[0] == 2


def test_a_list_by_another_key_settles_nothing(
    tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    issuer, forger = Issuer(server.url("/list.crl")), Issuer(server.url("/list.crl"))
    server.answers["/list.crl"] = lambda _: (200, forger.crl())
    assert run(tmp_path, issuer.signed(), issuer, capsys, "--online")[0] == 2


def test_many_files_are_completed_too(tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    issuer = Issuer(server.url("/list.crl"))
    server.answers["/list.crl"] = lambda _: (200, issuer.crl())
    (tmp_path / "a.pdf").write_bytes(issuer.signed())
    (tmp_path / "root.pem").write_bytes(issuer.root.public_bytes(Encoding.PEM))
    given = [str(tmp_path / "a.pdf")] * 3
    assert main([*given, "--trust", str(tmp_path / "root.pem"), "--json", "--online"]) == 0
    assert capsys.readouterr().out.count('"VALID"') == 3


def test_an_address_on_the_loopback_is_not_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    canary = Server()
    urls = [f"http://{host}:{canary.port}/a" for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]")]
    urls += ["http://127.0.0.1/a", "http://localhost/a", "http://169.254.169.254/latest", "file:///etc/passwd"]
    for url in urls:
        issuer = Issuer(url)
        _, report = run(tmp_path, issuer.signed(), issuer, capsys, "--online")
        told = next(one["detail"] for one in report["checks"] if one["code"] == "online")
        assert "NotFetched" in told, told
    assert canary.asked == []
    canary.http.shutdown()
    canary.http.server_close()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.5.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "198.51.100.1",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:8.8.8.8",
        "::ffff:127.0.0.1",
        "::8.8.8.8",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "not an address",
    ],
)
def test_what_is_not_of_the_open_internet_is_refused(address: str) -> None:
    assert not online.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "194.57.1.1", "2a01:e0a::1", "2606:4700:4700::1111"])
def test_public_addresses_are_not(address: str) -> None:
    assert online.is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/a",
        "ldap://example.org/a",
        "file:///etc/passwd",
        "http:///a",
        "http://user@example.org/a",
        "http://example.org:22/a",
        "http://example.org/a b",
        "http://example.org/a\r\nX: y",
        "//example.org/a",
        "",
        "http://[::1",
        "http://example.org:99999/",
    ],
)
def test_an_odd_address_is_never_resolved(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("a name was resolved"))
    with pytest.raises((OSError, ValueError)):
        online.fetch(url, b"", most=10, end=time.monotonic() + 1)


def test_a_name_is_resolved_once_and_one_private_address_refuses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def resolve(host: str, port: int, **_: object) -> list[Any]:
        asked.append(host)
        return [(0, 0, 0, "", ("8.8.8.8", port)), (0, 0, 0, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(online.NotFetched, match=r"127\.0\.0\.1"):
        online.fetch("http://rebound.example/a", b"", most=10, end=time.monotonic() + 5)
    assert asked == ["rebound.example"]


def test_no_redirect_is_followed(server: Server) -> None:
    server.answers["/a"] = lambda _: (302, server.url("/b").encode())
    with pytest.raises(online.NotFetched, match="status 302"):
        online.fetch(server.url("/a"), b"", most=10, end=time.monotonic() + 5)
    assert server.asked == [("GET", "/a")]


def test_bytes_have_a_limit(server: Server) -> None:
    server.answers["/a"] = lambda _: (200, bytes(100_000))
    assert len(online.fetch(server.url("/a"), b"", most=100_000, end=time.monotonic() + 5)) == 100_000
    with pytest.raises(online.NotFetched, match="more than 99999 bytes"):
        online.fetch(server.url("/a"), b"", most=99_999, end=time.monotonic() + 5)


@contextmanager
def dripping(head: bytes, drop: bytes) -> Iterator[int]:
    """A server that says its head, then a drop at a time for ever; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            try:
                one, _ = listening.accept()
                with one:
                    one.sendall(head)
                    while True:
                        one.sendall(drop)
                        time.sleep(0.05)
            except OSError:
                return

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\n", b"X"),
        (b"", b""),
    ],
)
def test_an_answer_that_drips_ends_in_time(head: bytes, drop: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(online, "is_public", lambda _: True)
    with dripping(head, drop) as port:
        monkeypatch.setattr(online, "PORTS", {"http": port})
        begun = time.monotonic()
        with pytest.raises((OSError, online.http.client.HTTPException)):
            online.fetch(f"http://127.0.0.1:{port}/a", b"", most=1000, end=begun + 1)
        assert time.monotonic() - begun < 3


def test_a_name_that_never_resolves_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(5))
    begun = time.monotonic()
    with pytest.raises(online.NotFetched, match="in time"):
        online.resolved("slow.example", 80, begun + 0.3)
    assert time.monotonic() - begun < 2


def test_addresses_have_a_number_and_those_of_roots_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [Issuer(f"http://example.org/{number}.crl") for number in range(pointers.MAX_POINTERS + 5)]
    monkeypatch.setattr(pointers, "containers", lambda _: {})
    monkeypatch.setattr(pointers, "certificates", lambda *_: [each for one in many for each in (one.root, one.signer)])
    found = pointers.pointers(b"")
    assert len(found) == pointers.MAX_POINTERS
    assert {one for one, _ in found} <= {f"http://example.org/{number}.crl" for number in range(pointers.MAX_POINTERS)}


def test_an_address_too_long_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    issuer = Issuer("http://example.org/" + "a" * pointers.MAX_URL, "http://example.org/ocsp")
    monkeypatch.setattr(pointers, "containers", lambda _: {})
    monkeypatch.setattr(pointers, "certificates", lambda *_: [issuer.root, issuer.signer])
    ((url, body),) = pointers.pointers(b"")
    assert url == "http://example.org/ocsp"
    assert ocsp.load_der_ocsp_request(base64.b64decode(body)).serial_number == issuer.signer.serial_number


def test_a_file_that_is_no_pdf_and_one_without_signature_cause_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(online, "fetch", lambda *_, **__: pytest.fail("something was fetched"))
    assert online.revocation(drawn(), Limits()) == online.Fetched()
    assert online.revocation(b"%PDF-1.7", Limits()).data == ()


def test_the_portal_cannot_fetch_what_a_file_points_at() -> None:
    pytest.importorskip("flask")
    code = "import sys, portal.app, portal.cli, portal.worker, verifier.warm; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "portal.routes.verify" in loaded
    assert not loaded & {"verifier.online", "verifier.cli", "verifier.asked"}
    contracts = (ROOT / ".importlinter").read_text()
    assert "name = Nothing that the portal loads can fetch what a file points at" in contracts


def test_a_child_has_no_http_client() -> None:
    code = (
        "from verifier.offline import without_http; without_http()\n"
        "import verifier.anchored, verifier.qualified, aiohttp, sys\n"
        "print(*sys.modules)\n"
        "try: aiohttp.ClientSession()\n"
        "except RuntimeError: print('refused')"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    *_, modules, last = done.stdout.splitlines()
    assert last == "refused"
    assert not set(modules.split()) & {"aiohttp.client", "aiohttp.connector", "verifier.online"}


def test_keys_of_the_made_up_authority_are_its_own() -> None:
    first, second = Issuer("http://example.org/a"), Issuer("http://example.org/a")
    encoded = [one.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()) for one in (first, second)]
    assert encoded[0] != encoded[1]
