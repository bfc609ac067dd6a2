"""A seal judged by poppler's pdfsig and by OpenSSL, with the root alone and no network."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.interop.conftest import Run
from tests.pki import NOW, Authority, authority, drawn
from verifier import cms, stamp

BYTE_RANGE = re.compile(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\]")


@dataclass(frozen=True)
class Parts:
    """A signature taken out of a file."""

    container: bytes
    """DER, without the padding of its gap."""
    octets: bytes
    """What it signs."""


@dataclass(frozen=True)
class Case:
    """One sealed file laid out for the tools."""

    folder: Path
    seal: Parts
    archive: Parts

    def __truediv__(self, name: str) -> Path:
        return self.folder / name


def parts(pdf: bytes) -> list[Parts]:
    """Take out every signature, in the order of the file."""
    found = []
    for match in BYTE_RANGE.finditer(pdf):
        first, second, length = (int(number) for number in match.groups())
        padded = bytes.fromhex(pdf[first + 1 : second - 1].decode())
        size = 4 + int.from_bytes(padded[2:4], "big")
        assert padded[1] == 0x82
        assert not padded[size:].strip(b"\0")
        found.append(Parts(padded[:size], pdf[:first] + pdf[second : second + length]))
    return found


@pytest.fixture(scope="module")
def post() -> Authority:
    return authority()


@pytest.fixture(scope="module")
def case(post: Authority, tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("sealed")
    pdf = post.sealer().seal(drawn(), now=NOW)
    seal, archive = parts(pdf)
    _, signer = cms.unwrap(seal.container)
    assert signer.unsigned is not None
    token = asn1.encode_der(signer.unsigned[0].values.as_list()[0])
    for name, content in {
        "preuve.pdf": pdf,
        "racine.pem": post.root_pem,
        "etrangere.pem": authority().root_pem,
        "sceau.p7s": seal.container,
        "octets-signes.bin": seal.octets,
        "valeur.bin": signer.signature,
        "jeton.tst": token,
        "archive.tst": archive.container,
        "octets-archive.bin": archive.octets,
    }.items():
        (folder / name).write_bytes(content)
    return Case(folder, seal, archive)


@pytest.fixture
def openssl(tool: Callable[[str], Run]) -> Run:
    return tool("openssl")


@pytest.fixture
def pdfsig(tool: Callable[[str], Run]) -> Run:
    return tool("pdfsig")


def at_the_time() -> tuple[str, str]:
    """The certificates are judged at the time of the seal, not of the test."""
    return "-attime", str(int(NOW.timestamp()))


def verify_cms(openssl: Run, case: Case, octets: Path, root: Path) -> subprocess.CompletedProcess[str]:
    return openssl(
        *("cms", "-verify", "-inform", "DER", "-in", case / "sceau.p7s", "-content", octets, "-binary"),
        *("-CAfile", root, "-purpose", "any", *at_the_time(), "-out", "/dev/null"),
    )


def test_openssl_verifies_the_seal_from_the_root(openssl: Run, case: Case) -> None:
    result = verify_cms(openssl, case, case / "octets-signes.bin", case / "racine.pem")
    assert result.returncode == 0, result.stderr
    assert "CMS Verification successful" in result.stderr


def test_openssl_refuses_other_octets(openssl: Run, case: Case, tmp_path: Path) -> None:
    (tmp_path / "autres.bin").write_bytes(case.seal.octets + b"\n")
    result = verify_cms(openssl, case, tmp_path / "autres.bin", case / "racine.pem")
    assert result.returncode != 0
    assert "content verify error" in result.stderr


def test_openssl_refuses_a_foreign_root_of_the_same_name(openssl: Run, case: Case) -> None:
    result = verify_cms(openssl, case, case / "octets-signes.bin", case / "etrangere.pem")
    assert result.returncode != 0


def test_openssl_finds_cades_attributes_and_no_signing_time(openssl: Run, case: Case) -> None:
    printed = openssl("cms", "-cmsout", "-print", "-noout", "-inform", "DER", "-in", case / "sceau.p7s").stdout
    assert "id-smime-aa-signingCertificateV2" in printed
    assert "id-smime-aa-timeStampToken" in printed
    assert "signingTime" not in printed


@pytest.mark.parametrize(("token", "octets"), [("jeton.tst", "valeur.bin"), ("archive.tst", "octets-archive.bin")])
def test_openssl_verifies_both_time_stamps_from_the_root(openssl: Run, case: Case, token: str, octets: str) -> None:
    result = openssl(
        *("ts", "-verify", "-token_in", "-in", case / token, "-data", case / octets),
        *("-CAfile", case / "racine.pem", *at_the_time()),
    )
    assert "Verification: OK" in result.stdout + result.stderr, result.stderr
    assert result.returncode == 0


def test_openssl_reads_the_time_of_a_time_stamp(openssl: Run, case: Case) -> None:
    printed = openssl("ts", "-reply", "-token_in", "-in", case / "jeton.tst", "-token_out", "-text").stdout
    assert "Time stamp: Apr 14 04:39:05 2026 GMT" in printed
    assert "Hash Algorithm: sha256" in printed
    assert "Accuracy: 0x01 seconds" in printed


def test_a_request_made_by_openssl_is_answered(openssl: Run, post: Authority, case: Case, tmp_path: Path) -> None:
    data, query, reply = (tmp_path / name for name in ("data", "query.tsq", "reply.tsr"))
    data.write_bytes(b"data")
    assert openssl("ts", "-query", "-data", data, "-sha256", "-cert", "-out", query).returncode == 0
    reply.write_bytes(post.time_stamper.respond(query.read_bytes()))
    result = openssl(
        *("ts", "-verify", "-queryfile", query, "-in", reply, "-CAfile", case / "racine.pem", *at_the_time())
    )
    assert "Verification: OK" in result.stdout + result.stderr, result.stderr
    said = stamp.read(stamp.parse_response(reply.read_bytes()))
    assert said.imprint == hashlib.sha256(b"data").digest()


OPENSSL_TSA = """
[tsa]
default_tsa = authority
[authority]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = {digest}
default_policy = 2.999.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = {digest}
"""


@pytest.mark.parametrize("digest", ["sha256", "sha512"])
def test_a_time_stamp_made_by_openssl_is_read_and_authenticated(
    openssl: Run, post: Authority, tmp_path: Path, digest: str
) -> None:
    (tmp_path / "tsa.pem").write_bytes(post.tsa.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "tsa.key").write_bytes(
        post.tsa.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    (tmp_path / "tsa.cnf").write_text(OPENSSL_TSA.format(folder=tmp_path, digest=digest))
    (tmp_path / "query.tsq").write_bytes(stamp.request(bytes(32), 2**63 + 1))
    result = openssl(
        *("ts", "-reply", "-config", tmp_path / "tsa.cnf"),
        *("-queryfile", tmp_path / "query.tsq", "-out", tmp_path / "reply.tsr"),
    )
    assert result.returncode == 0, result.stderr
    token = stamp.parse_response((tmp_path / "reply.tsr").read_bytes())
    said = stamp.read(token)
    assert (said.imprint, said.nonce, said.policy) == (bytes(32), 2**63 + 1, "2.999.1")
    stamp.authenticate(token, (post.root.certificate,))
    with pytest.raises(stamp.StampRefused, match="not of the authority"):
        stamp.authenticate(token, (authority().root.certificate,))


def test_pdfsig_finds_the_seal_valid_and_the_whole_file_under_the_last_time_stamp(pdfsig: Run, case: Case) -> None:
    """Poppler 22.12 judges no document time stamp, and says of the seal that more came after it: both are as they are."""
    printed = pdfsig("-nocert", case / "preuve.pdf").stdout
    seal, archive = printed.split("Signature #")[1:]
    assert "Signature Field Name: LSE-Seal" in seal
    assert "Signature Type: ETSI.CAdES.detached" in seal
    assert "Signature Validation: Signature is Valid." in seal
    assert "Not total document signed" in seal
    assert "Signature Field Name: LSE-Timestamp-1" in archive
    assert "Total document signed" in archive


def test_pdfsig_finds_a_changed_byte(pdfsig: Run, case: Case, tmp_path: Path) -> None:
    changed = tmp_path / "changed.pdf"
    changed.write_bytes((case / "preuve.pdf").read_bytes().replace(b"/Tabs", b"/Tabt", 1))
    assert "Digest Mismatch" in pdfsig("-nocert", changed).stdout
