"""Trust stores: what is read as an anchor, what is turned down and how, and which store an anchor came from."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID

from tests.proofs import ACT, Service
from verifier import stores, trust
from verifier.beside import Store, StoreRefused
from verifier.cli import main

NOW = ACT + timedelta(days=1)


def root(name: str, *, until: timedelta = timedelta(days=9000), ca: bool = True) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(named).issuer_name(named).public_key(key.public_key())
    builder = builder.serial_number(9).not_valid_before(ACT - timedelta(days=99)).not_valid_after(ACT + until)
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=1 if ca else None), critical=True)
    excluded = [x509.DNSName("example.nc")]
    names = x509.NameConstraints(permitted_subtrees=None, excluded_subtrees=excluded)
    return builder.add_extension(names, critical=True).sign(key, hashes.SHA256())


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(one.public_bytes(Encoding.PEM) for one in certificates)


GOOD, OTHER = root("Good"), root("Other")
EXPIRED, LEAF = root("Expired", until=timedelta(hours=1)), root("Leaf", ca=False)


def opened(raw: bytes, *, expired: bool = False) -> tuple[list[str], list[str]]:
    found, aside = trust.open_stores([Store("here", "here.pem", raw)], now=NOW, expired=expired)
    return [one.certificate.subject.rfc4514_string() for one in found], aside


@pytest.mark.parametrize(
    "raw",
    [
        pem(GOOD, OTHER),
        b"Good\n====\n" + pem(GOOD) + b"\nOther\n=====\n" + pem(OTHER),
        pkcs7.serialize_certificates([GOOD, OTHER], Encoding.DER),
        pkcs7.serialize_certificates([GOOD, OTHER], Encoding.PEM),
    ],
)
def test_bundles_are_read_in_every_form(raw: bytes) -> None:
    assert sorted(opened(raw)[0]) == ["CN=Good", "CN=Other"]


def test_a_single_certificate_is_read_in_der() -> None:
    assert opened(GOOD.public_bytes(Encoding.DER)) == (["CN=Good"], [])


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"<html>", "unreadable"),
        (pem(GOOD)[:200], "unreadable"),
        (b"-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n", "unreadable"),
        (pem(EXPIRED), "expired"),
        (pem(LEAF), "not-ca"),
        (pem(LEAF, EXPIRED), "not-ca"),
    ],
)
def test_a_file_without_a_usable_authority_is_refused(raw: bytes, code: str) -> None:
    with pytest.raises(StoreRefused) as refused:
        opened(raw)
    assert (refused.value.code, refused.value.source) == (code, "here.pem")


def test_what_is_no_use_in_a_bundle_is_left_aside_and_named() -> None:
    found, aside = opened(pem(GOOD, EXPIRED, LEAF))
    assert found == ["CN=Good"]
    assert aside == ["here.pem: CN=Expired: expired", "here.pem: CN=Leaf: not-ca"]


def test_an_expired_authority_serves_when_asked() -> None:
    assert opened(pem(EXPIRED), expired=True) == (["CN=Expired"], [])


def test_an_anchor_brings_its_own_constraints_but_not_its_dates() -> None:
    (anchor,) = trust.roots([EXPIRED])
    held = anchor.trust_qualifiers
    assert (held.max_path_length, held.valid_until) == (1, None)
    assert held.standard_parameters is not None
    assert held.standard_parameters.initial_excluded_subtrees


def test_stores_are_files_or_folders_and_bear_names(tmp_path: Path) -> None:
    folder = tmp_path / "autorités"
    folder.mkdir()
    (folder / "a.pem").write_bytes(pem(GOOD))
    (folder / "b.p7b").write_bytes(pkcs7.serialize_certificates([OTHER], Encoding.DER))
    (folder / "lisez-moi.txt").write_text("rien")
    found = stores.load([str(folder), f"Poste={folder / 'a.pem'}", str(folder / "a.pem")])
    assert [(one.name, Path(one.file).name) for one in found] == [
        ("autorités", "a.pem"),
        ("autorités", "b.p7b"),
        ("Poste", "a.pem"),
        ("a.pem", "a.pem"),
    ]


def test_the_report_names_the_store_that_the_anchor_came_from(
    tmp_path: Path, proof: bytes, service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "preuve.pdf").write_bytes(proof)
    (tmp_path / "racine.pem").write_bytes(service.anchor)
    (tmp_path / "autres.pem").write_bytes(pem(GOOD, EXPIRED))
    named = ["--trust", f"Autres={tmp_path / 'autres.pem'}", "--trust", f"La Poste={tmp_path / 'racine.pem'}"]
    assert main([str(tmp_path / "preuve.pdf"), *named, "--json"]) == 0
    checks = {one["code"]: one for one in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["chain"]["detail"].endswith("(La Poste)")
    assert checks["anchors"]["outcome"] == "skipped"
    assert "CN=Expired: expired" in checks["anchors"]["detail"]


@pytest.mark.parametrize(
    ("name", "raw", "fr", "en"),
    [
        ("a.pem", b"", "ne contient aucun certificat", "holds no certificate"),
        ("a.pem", b"<html>", "ni certificat PEM ou DER", "expected a certificate in PEM or DER"),
        ("a.pem", pem(EXPIRED), "a expiré le 14/04/2026", "expired on 14/04/2026"),
        ("a.pem", pem(LEAF), "n’est pas celui d’une autorité (CN=Leaf)", "is no authority’s (CN=Leaf)"),
        ("a.pem", b"-" * (stores.MAX_FILE + 1), "trop grand", "too large"),
        ("absent", None, "n’existe pas", "there is no such file"),
        ("vide/", None, "ce dossier ne contient aucun certificat", "this folder holds no certificate"),
    ],
)
def test_each_fault_of_a_store_has_its_sentence(
    tmp_path: Path, proof: bytes, capsys: pytest.CaptureFixture[str], name: str, raw: bytes | None, fr: str, en: str
) -> None:
    (tmp_path / "preuve.pdf").write_bytes(proof)
    (tmp_path / "vide").mkdir()
    if raw is not None:
        (tmp_path / name).write_bytes(raw)
    for language, said in (("fr", fr), ("en", en)):
        given = [str(tmp_path / "preuve.pdf"), "--trust", str(tmp_path / name), "--lang", language]
        assert main(given) == 64
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert said in err


def test_a_store_that_is_a_device_is_not_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "preuve.pdf"), "--trust", "/dev/zero", "--lang", "en"]) == 64
    assert "neither a file nor a folder" in capsys.readouterr().err


def test_no_anchor_is_shipped() -> None:
    assert (trust.shipped(), stores.shipped()) == ([], ())
