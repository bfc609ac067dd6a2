"""The local store: whole and durable, or not there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from portal.adapters.store import LocalStore


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "vault")


def put(store: LocalStore, object_id: str, data: bytes) -> None:
    sink = store.create(object_id)
    sink.write(data)
    sink.commit()


def test_an_object_is_there_once_committed_and_gone_once_deleted(store: LocalStore) -> None:
    sink = store.create("ab12")
    sink.write(b"one")
    assert list(store.ids()) == []
    sink.write(b"two")
    sink.commit()
    assert list(store.ids()) == ["ab12"]
    assert b"".join(store.read("ab12")) == b"onetwo"
    store.delete("ab12")
    store.delete("ab12")
    assert list(store.ids()) == []
    with pytest.raises(FileNotFoundError):
        list(store.read("ab12"))


def test_files_and_folders_are_the_owners_alone(store: LocalStore, tmp_path: Path) -> None:
    put(store, "ab12", b"x")
    paths = [path for path in (tmp_path / "vault").rglob("*") if path.exists()]
    assert {path.stat().st_mode & 0o077 for path in [tmp_path / "vault" / "ab", *paths]} == {0}


def test_what_is_given_up_leaves_nothing(store: LocalStore, tmp_path: Path) -> None:
    sink = store.create("ab12")
    sink.write(b"half")
    sink.abort()
    assert [path for path in (tmp_path / "vault").rglob("*") if path.is_file()] == []


def test_a_name_is_written_once_at_a_time(store: LocalStore) -> None:
    sink = store.create("ab12")
    with pytest.raises(FileExistsError):
        store.create("ab12")
    sink.abort()


@pytest.mark.parametrize("object_id", ["", "../ab", "ab/12", "..", ".", "ab\0", "ab 12", "a-b"])
def test_an_id_that_is_not_plain_reaches_no_file(store: LocalStore, object_id: str) -> None:
    for gesture in (store.create, store.delete, lambda name: list(store.read(name))):
        with pytest.raises(ValueError, match="object id"):
            gesture(object_id)


CRASH = """
import os, signal, sys
from pathlib import Path
from portal.adapters.store import LocalStore
sink = LocalStore(Path(sys.argv[1])).create("ab12")
sink.write(bytes(300_000))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_process_killed_while_it_writes_leaves_no_object(store: LocalStore, tmp_path: Path) -> None:
    died = subprocess.run([sys.executable, "-c", CRASH, str(tmp_path / "vault")], cwd=Path(__file__).parents[3])
    assert died.returncode == -signal.SIGKILL
    assert list(store.ids()) == []
    assert not os.path.exists(tmp_path / "vault/ab/ab12")
    with pytest.raises(FileNotFoundError):
        list(store.read("ab12"))
