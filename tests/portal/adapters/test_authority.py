"""The embedded authority: made once, whole after a crash, and for its owner alone."""

from __future__ import annotations

import multiprocessing
import os
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from portal.adapters.authority import AuthorityUnreadable, EmbeddedAuthority
from tests.pki import NOW, OPERATOR, Clock, drawn

PASSPHRASE = b"a passphrase of thirty-two bytes"


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


def test_the_longest_name_still_seals_and_a_longer_one_is_refused(tmp_path: Path) -> None:
    def made(operator: str) -> EmbeddedAuthority:
        return EmbeddedAuthority.open(tmp_path / "ca", now=Clock(), operator=operator, passphrase=PASSPHRASE)

    with pytest.raises(ValueError, match="got 65 characters, expected 1 to 64"):
        made("é" * 65)
    assert made("郵" * 64).sealer().seal(drawn(), now=NOW)


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
