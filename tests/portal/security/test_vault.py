"""Encryption at rest: what was altered, moved or locked under another key never opens."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.adapters.store import LocalStore
from portal.security.vault import Vault, VaultDamaged

K1, K2 = ("k1", bytes(range(32))), ("k2", bytes(range(32, 64)))
BLOCK = 16 * 1024
"""A length that makes objects of several chunks."""


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "vault")


@pytest.fixture
def vault(store: LocalStore) -> Vault:
    return Vault(store, (K1,))


def stored(folder: Path, object_id: str) -> Path:
    return folder / "vault" / object_id[:2] / object_id


@pytest.mark.parametrize("size", [0, 1, 255, BLOCK, 5 * BLOCK + 1, 600_000])
def test_an_object_is_read_as_it_was_written(vault: Vault, size: int) -> None:
    data = bytes(range(256)) * (size // 256) + bytes(size % 256)
    written = vault.put(data)
    assert written.size == size
    assert vault.read_whole(written.object_id, written.key) == data


def test_nothing_lies_on_the_disk_in_the_clear(vault: Vault, tmp_path: Path) -> None:
    written = vault.put(b"a sentence that nobody may read" * 20)
    raw = stored(tmp_path, written.object_id).read_bytes()
    assert b"sentence" not in raw
    assert written.key not in raw


@pytest.mark.parametrize("region", ["first byte", "header", "first chunk", "middle", "last chunk", "last byte"])
def test_an_object_altered_anywhere_is_refused(vault: Vault, tmp_path: Path, region: str) -> None:
    written = vault.put(bytes(5 * BLOCK))
    path = stored(tmp_path, written.object_id)
    raw = bytearray(path.read_bytes())
    place = {
        "first byte": 0,
        "header": 20,
        "first chunk": 200,
        "middle": len(raw) // 2,
        "last chunk": -20,
        "last byte": -1,
    }[region]
    raw[place] ^= 1
    path.write_bytes(raw)
    with pytest.raises(VaultDamaged, match="altered or cut short"):
        vault.read_whole(written.object_id, written.key)


@pytest.mark.parametrize("kept", [0, 1, 40, BLOCK, 3 * BLOCK, -1])
def test_an_object_cut_short_is_refused(vault: Vault, tmp_path: Path, kept: int) -> None:
    written = vault.put(bytes(5 * BLOCK))
    path = stored(tmp_path, written.object_id)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(VaultDamaged):
        vault.read_whole(written.object_id, written.key)


def test_an_object_lengthened_or_put_in_anothers_place_is_refused(vault: Vault, tmp_path: Path) -> None:
    one, other = vault.put(b"one" * 100), vault.put(b"two" * 100)
    stored(tmp_path, one.object_id).write_bytes(stored(tmp_path, other.object_id).read_bytes())
    for key in (one.key, other.key):
        with pytest.raises(VaultDamaged):
            vault.read_whole(one.object_id, key)
    path = stored(tmp_path, other.object_id)
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(VaultDamaged):
        vault.read_whole(other.object_id, other.key)


def test_an_upload_that_is_given_up_leaves_nothing(vault: Vault, store: LocalStore, tmp_path: Path) -> None:
    writer = vault.writer()
    writer.write(b"half")
    writer.abort()
    writer.abort()
    assert list(store.ids()) == []
    assert [path for path in (tmp_path / "vault").rglob("*") if path.is_file()] == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.binary(max_size=200), position=st.integers(0, 227), bit=st.integers(0, 7))
def test_a_record_altered_in_any_bit_is_refused(vault: Vault, data: bytes, position: int, bit: int) -> None:
    key = bytes(range(32))
    sealed = bytearray(vault.seal(key, data, "envelope"))
    assert vault.open(key, bytes(sealed), "envelope") == data
    sealed[position % len(sealed)] ^= 1 << bit
    with pytest.raises(VaultDamaged):
        vault.open(key, bytes(sealed), "envelope")


def test_a_record_moved_to_another_place_or_opened_with_another_key_is_refused(vault: Vault) -> None:
    sealed = vault.seal(K1[1], b"secret", "envelope")
    with pytest.raises(VaultDamaged, match="record evidence"):
        vault.open(K1[1], sealed, "evidence")
    with pytest.raises(VaultDamaged):
        vault.open(K2[1], sealed, "envelope")


@pytest.mark.parametrize("sealed", [b"", b"x", bytes(11), bytes(12), bytes(27)])
def test_bytes_too_short_to_be_a_record_are_refused(vault: Vault, sealed: bytes) -> None:
    with pytest.raises(VaultDamaged):
        vault.open(K1[1], sealed, "envelope")


def test_two_records_of_the_same_data_look_different(vault: Vault) -> None:
    assert vault.seal(K1[1], b"same", "envelope") != vault.seal(K1[1], b"same", "envelope")


def test_a_letters_key_survives_rotation_and_the_newest_key_wraps(store: LocalStore) -> None:
    old = Vault(store, (K1,)).new_letter_key()
    both = Vault(store, (K1, K2))
    assert both.unwrap(old.wrapped, old.key_id) == old.key
    assert both.new_letter_key().key_id == "k2"


def test_a_letters_key_under_an_unknown_or_another_key_is_refused(store: LocalStore) -> None:
    made = Vault(store, (K1,)).new_letter_key()
    with pytest.raises(VaultDamaged, match=r"'k1' is not in vault\.keys"):
        Vault(store, (K2,)).unwrap(made.wrapped, "k1")
    with pytest.raises(VaultDamaged):
        Vault(store, (K1, K2)).unwrap(made.wrapped, "k2")


def test_a_key_never_shows_in_a_text_form(vault: Vault) -> None:
    made = vault.new_letter_key()
    assert repr(made) == "LetterKey(key_id='k1')"
    assert made.key.hex() not in f"{made}"
