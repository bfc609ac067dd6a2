"""The instance's secrets: whole, private, random, or the process does not start."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from portal.security.keys import Keys, SecretMissing

FILES = ["authority.key", "bank.key", "index.key", "journal.key", "links.keys", "session.key", "vault.keys"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Keys.create(tmp_path / "secrets", simulated_bank=True)
    return tmp_path / "secrets"


def test_what_was_created_loads_and_lies_open_to_nobody_else(folder: Path) -> None:
    keys = Keys.load(folder)
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert len({keys.session, keys.index, keys.journal, keys.authority, *keys.links, keys.vault[0][1]}) == 6
    assert repr(keys) == "Keys(…)"


def test_secrets_that_exist_are_never_touched(folder: Path) -> None:
    before = {path.name: path.read_text() for path in folder.iterdir()}
    (folder / "session.key").unlink()
    Keys.create(folder, simulated_bank=True)
    after = {path.name: path.read_text() for path in folder.iterdir()}
    assert {name for name in FILES if after[name] != before[name]} == {"session.key"}


@pytest.mark.parametrize("name", FILES)
def test_a_missing_secret_stops_the_process(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(SecretMissing, match="no such secret"):
        Keys.load(folder)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_secret_that_others_may_read_or_change_stops_the_process(folder: Path, name: str, mode: int) -> None:
    (folder / name).chmod(mode)
    with pytest.raises(SecretMissing, match="expected mode 0600"):
        Keys.load(folder)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("text", ["", "\n", "ab" * 15, "not hexadecimal at all, though long enough to be one" * 2])
def test_a_secret_that_is_empty_short_or_no_key_stops_the_process(folder: Path, name: str, text: str) -> None:
    if name == "bank.key" and len(text.strip()) >= 16:
        text = "short"  # the bank's key is the bank's to choose
    (folder / name).write_text(f"k1 {text}" if name == "vault.keys" and text.strip() else text)
    with pytest.raises(SecretMissing):
        Keys.load(folder)


@pytest.mark.parametrize("key", ["00" * 32, "ab" * 32, "0102" * 16, "ff" * 32])
def test_a_key_without_randomness_stops_the_process(folder: Path, key: str) -> None:
    (folder / "session.key").write_text(key)
    with pytest.raises(SecretMissing, match="no randomness"):
        Keys.load(folder)


@pytest.mark.parametrize(
    "name", ["session.key", "index.key", "journal.key", "authority.key", "links.keys", "vault.keys"]
)
def test_a_key_of_another_length_than_its_cipher_takes_stops_the_process(folder: Path, name: str) -> None:
    long = bytes(range(48)).hex()
    (folder / name).write_text(f"k1 {long}" if name == "vault.keys" else long)
    with pytest.raises(SecretMissing, match="48 bytes"):
        Keys.load(folder)


def test_two_vault_keys_of_one_name_stop_the_process(folder: Path) -> None:
    one = (folder / "vault.keys").read_text()
    (folder / "vault.keys").write_text(one + f"k1 {bytes(range(32)).hex()}\n")
    with pytest.raises(SecretMissing, match="k1"):
        Keys.load(folder)


@pytest.mark.parametrize("line", [bytes(range(32)).hex(), " " + bytes(range(32)).hex()])
def test_a_vault_key_without_a_name_stops_the_process(folder: Path, line: str) -> None:
    (folder / "vault.keys").write_text(line + "\n")
    with pytest.raises(SecretMissing):
        Keys.load(folder)


def test_several_keys_load_oldest_to_newest(folder: Path) -> None:
    old, new = bytes(range(32)).hex(), bytes(range(32, 64)).hex()
    (folder / "links.keys").write_text(f"{old}\n\n{new}\n")
    (folder / "vault.keys").write_text(f"k1 {old}\nk2 {new}\n")
    keys = Keys.load(folder)
    assert keys.links == (bytes(range(32)), bytes(range(32, 64)))
    assert keys.vault == (("k1", bytes(range(32))), ("k2", bytes(range(32, 64))))


def _create(folder: str) -> str:
    Keys.create(Path(folder), simulated_bank=True)
    return Keys.load(Path(folder)).session.hex()


def test_two_processes_that_create_at_once_hold_the_same_secrets(tmp_path: Path) -> None:
    with get_context("spawn").Pool(2) as pool:
        found = pool.map(_create, [str(tmp_path / "secrets")] * 4, chunksize=1)
    assert len(set(found)) == 1
    assert sorted(os.listdir(tmp_path / "secrets")) == FILES


def test_many_threads_that_create_at_once_hold_the_same_secrets(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(_create, [str(tmp_path / "secrets")] * 16))) == 1


def test_the_key_of_a_real_bank_is_never_made_up(tmp_path: Path) -> None:
    Keys.create(tmp_path, simulated_bank=False)
    with pytest.raises(SecretMissing, match="bank"):
        Keys.load(tmp_path)
