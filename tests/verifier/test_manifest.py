"""The manifest: what was put in the envelope, and a commitment that binds all of it and reveals nothing."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from verifier.manifest import Manifest, ManifestMalformed, Piece

HEX = "0123456789abcdef" * 4
MESSAGE = Piece("message.txt", 4, "text/plain; charset=utf-8", hashlib.sha256(b"test").hexdigest())
FILE = Piece("relevé.pdf", 1234, "application/pdf", HEX)
MANIFEST = Manifest(MESSAGE, (FILE, replace(FILE, name="annexe.pdf")), "5a" * 32)
RAW = MANIFEST.to_json()

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
digests = st.text("0123456789abcdef", min_size=64, max_size=64)
pieces = st.builds(Piece, words, st.integers(0, 2**53 - 1), words, digests)


@given(st.builds(Manifest, pieces, st.lists(pieces, max_size=3).map(tuple), digests))
def test_every_manifest_survives_being_written(manifest: Manifest) -> None:
    assert Manifest.from_json(manifest.to_json()) == manifest


def test_the_commitment_is_the_digest_of_the_canonical_manifest_that_anyone_can_compute() -> None:
    written = {
        "v": 1,
        "message": {"name": "message.txt", "size": 4, "type": MESSAGE.media_type, "sha256": MESSAGE.sha256},
        "attachments": [
            {"name": name, "size": 1234, "type": "application/pdf", "sha256": HEX}
            for name in ("relevé.pdf", "annexe.pdf")
        ],
        "salt": "5a" * 32,
    }
    assert MANIFEST.commitment == hashlib.sha256(rfc8785.dumps(written)).hexdigest()


def test_anything_changed_in_the_envelope_changes_the_commitment() -> None:
    changed = [
        replace(MANIFEST, message=replace(MESSAGE, sha256=HEX)),
        replace(MANIFEST, message=replace(MESSAGE, size=5)),
        replace(MANIFEST, attachments=()),
        replace(MANIFEST, attachments=MANIFEST.attachments[::-1]),
        replace(MANIFEST, attachments=(*MANIFEST.attachments, FILE)),
        replace(MANIFEST, salt="5b" * 32),
        *(
            replace(MANIFEST, attachments=(replace(FILE, **other), MANIFEST.attachments[1]))
            for other in ({"name": "x"}, {"size": 1}, {"media_type": "text/plain"}, {"sha256": "ab" * 32})
        ),
    ]
    assert len({one.commitment for one in [MANIFEST, *changed]}) == len(changed) + 1


def test_a_short_letter_cannot_be_guessed_from_its_commitment_without_the_salt() -> None:
    assert MESSAGE.sha256 not in MANIFEST.commitment
    assert replace(MANIFEST, salt="00" * 32).commitment != MANIFEST.commitment


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        RAW + b"\n",
        RAW.replace(b'"v":1', b'"v":2'),
        RAW.replace(b',"v":1', b""),
        RAW.replace(b'"v":1', b'"more":0,"v":1'),
        RAW.replace(b'"size":4', b'"size":4.0'),
        RAW.replace(b'"size":4', b'"note":"x","size":4'),
        RAW.replace(b"5a5a", b"5A5A", 1),
        RAW.replace(b'"5a', b'"', 1),
        RAW.replace(b'"salt":"' + b"5a" * 32 + b'"', b'"salt":7'),
        RAW.replace(HEX.encode(), HEX.upper().encode()),
        RAW.replace(b'"' + HEX.encode() + b'"', b"7"),
        RAW.replace(b'"message":{', b'"message":["'),
        json.dumps(json.loads(RAW)).encode(),
    ],
)
def test_bytes_that_are_not_exactly_a_manifest_are_refused(raw: bytes) -> None:
    with pytest.raises(ManifestMalformed):
        Manifest.from_json(raw)
