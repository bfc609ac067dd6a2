"""Signed notes and checkpoints: what opens and what does not, against files named after their defect."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from verifier.note import Checkpoint, NoteRejected, SignerKey, VerifierKey, open_checkpoint, open_note

VECTORS = Path(__file__).parents[1] / "vectors"
LOG: dict[str, Any] = json.loads((VECTORS / "log/three-entries.json").read_text())
KEY = VerifierKey.parse(LOG["verifier_key"])
SIGNER = SignerKey("lse.example/journal", Ed25519PrivateKey.from_private_bytes(bytes.fromhex(LOG["seed"])))


def files(folder: str, start: str) -> list[Path]:
    return sorted((VECTORS / folder).glob(f"{start}*"))


@pytest.mark.parametrize("path", files("note", "good"), ids=lambda path: path.stem)
def test_a_note_that_a_known_key_signed_opens(path: Path) -> None:
    note = path.read_bytes().decode()
    assert note.startswith(open_note(note, [KEY]) + "\n")


@pytest.mark.parametrize("path", files("note", "bad"), ids=lambda path: path.stem)
def test_any_other_note_is_rejected(path: Path) -> None:
    with pytest.raises(NoteRejected):
        open_note(path.read_bytes().decode(), [KEY])


@pytest.mark.parametrize("path", files("checkpoint", "good"), ids=lambda path: path.stem)
def test_a_checkpoint_is_read_as_it_was_written(path: Path) -> None:
    note = path.read_bytes().decode()
    checkpoint = open_checkpoint(note, [KEY])
    assert note.startswith(str(checkpoint) + "\n")
    assert Checkpoint.parse(str(checkpoint)) == checkpoint


@pytest.mark.parametrize("path", files("checkpoint", "bad"), ids=lambda path: path.stem)
def test_a_malformed_checkpoint_is_rejected_whoever_signed_it(path: Path) -> None:
    with pytest.raises(NoteRejected):
        open_checkpoint(path.read_bytes().decode(), [KEY])


def test_the_key_and_the_signature_are_those_of_the_published_vector() -> None:
    assert str(SIGNER.verifier) == LOG["verifier_key"]
    text = f"lse.example/journal\n3\n{LOG['roots']['3']}\n"
    assert SIGNER.sign(text) == (VECTORS / "note/good.note").read_text()


def test_a_note_without_any_known_key_opens_for_nobody() -> None:
    with pytest.raises(NoteRejected, match="no known key"):
        open_note((VECTORS / "note/good.note").read_text(), [])


def test_a_checkpoint_must_be_signed_by_the_log_that_it_names_and_not_by_any_trusted_key() -> None:
    witness = SignerKey("witness.example/w", Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
    note = witness.sign(f"lse.example/journal\n3\n{LOG['roots']['3']}\n")
    assert open_note(note, [KEY, witness.verifier])
    with pytest.raises(NoteRejected):
        open_checkpoint(note, [KEY, witness.verifier])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "lse.example/journal",
        "lse.example/journal+8f9bda9b",
        "lse.example/journal+8f9bda9b+***",
        "lse.example/journal+8f9bda9b+AQOh",
        LOG["verifier_key"].replace("8f9bda9b", "8f9bda9c"),
        LOG["verifier_key"].replace("8f9bda9b", "8F9BDA9B"),
        LOG["verifier_key"].replace("lse.example", "other.example"),
        "+" + LOG["verifier_key"].partition("+")[2],
        "lse example+" + LOG["verifier_key"].partition("+")[2],
        "name+00000000+" + base64.b64encode(b"\x04" + bytes(32)).decode(),
    ],
)
def test_a_verifier_key_that_is_not_one_is_rejected(text: str) -> None:
    with pytest.raises(NoteRejected):
        VerifierKey.parse(text)


@pytest.mark.parametrize("text", ["", "no newline", "a\tb\n", "a\rb\n", "a\x00b\n"])
def test_a_text_that_no_note_may_hold_is_not_signed(text: str) -> None:
    with pytest.raises(NoteRejected):
        SIGNER.sign(text)


@given(st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"])).map(lambda text: text + "\n"))
def test_whatever_is_signed_opens_again(text: str) -> None:
    assert open_note(SIGNER.sign(text), [KEY]) == text


@given(st.integers(0, 2**63), st.binary(min_size=32, max_size=32))
def test_every_checkpoint_survives_being_written(size: int, root: bytes) -> None:
    checkpoint = Checkpoint("lse.example/journal", size, root)
    assert open_checkpoint(SIGNER.sign(str(checkpoint)), [KEY]) == checkpoint


@given(st.integers(0, 170), st.integers(0, 7))
def test_no_single_changed_bit_of_a_note_leaves_it_standing(position: int, bit: int) -> None:
    raw = bytearray((VECTORS / "note/good.note").read_bytes())
    raw[position % len(raw)] ^= 1 << bit
    try:
        note = raw.decode()
    except UnicodeDecodeError:
        return
    # Base64 leaves two spare bits before its padding: another spelling of the same signature is the same signature.
    if note[:-4] == (VECTORS / "note/good.note").read_text()[:-4]:
        return
    with pytest.raises(NoteRejected):
        open_note(note, [KEY])
