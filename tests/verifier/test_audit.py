"""The recheck of a whole journal: it passes what is whole, and points at the first thing that is not."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from verifier import journal
from verifier.audit import AuditReport, recheck
from verifier.note import Checkpoint, SignerKey
from verifier.report import Verdict
from verifier.tiles import Levels, TileMalformed, read_entries, tile_path, write_export

ORIGIN = "lse.example/journal"
KEY = SignerKey(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
POLICY = journal.policy_text(KEY.verifier)
START = datetime(2026, 4, 14, tzinfo=UTC)


def entries(count: int, *, odd: int | None = None) -> Iterator[bytes]:
    """`count` entries a second apart; entry `odd` is another."""
    for index in range(count):
        actor = "cc" * 32 if index == odd else "bb" * 32
        yield journal.Entry("tag:event", START + timedelta(seconds=index // 2), "aa" * 32, actor).to_json()


def head(leaves: Iterator[bytes]) -> str:
    """The signed checkpoint over `leaves`, computed by the recursive definition of RFC 6962, 2.1."""
    hashes = [journal.leaf_hash(one) for one in leaves]

    def root(row: list[bytes]) -> bytes:
        if not row:
            return hashlib.sha256(b"").digest()
        if len(row) == 1:
            return row[0]
        split = 1 << ((len(row) - 1).bit_length() - 1)
        return journal.node_hash(root(row[:split]), root(row[split:]))

    return KEY.sign(str(Checkpoint(ORIGIN, len(hashes), root(hashes))))


def export(folder: Path, count: int) -> Path:
    write_export(folder, entries(count), head(entries(count)), POLICY)
    return folder


def code(report: AuditReport) -> tuple[Verdict, str, int | None]:
    assert report.defect is not None
    return report.verdict, report.defect.code, report.defect.index


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 255, 256, 257, 511, 513, 1000])
def test_an_export_rechecks_at_every_size(count: int, tmp_path: Path) -> None:
    report = recheck(export(tmp_path / "log", count), policy=POLICY)
    assert (report.verdict, report.defect, report.size, report.pinned) == (Verdict.VALID, None, count, True)
    assert list(read_entries(tmp_path / "log", count)) == list(entries(count))


@pytest.mark.parametrize("older", [1, 100, 256, 300, 600])
def test_an_older_checkpoint_is_shown_to_be_a_prefix(older: int, tmp_path: Path) -> None:
    report = recheck(export(tmp_path / "log", 600), since=head(entries(older)))
    assert (report.verdict, report.since_size) == (Verdict.VALID, older)


def test_a_fork_prints_both_heads(tmp_path: Path) -> None:
    old = head(entries(100, odd=50))
    report = recheck(export(tmp_path / "log", 600), since=old)
    assert code(report) == (Verdict.INVALID, "fork", None)
    assert report.heads == (old, head(entries(600)))


def test_a_longer_older_checkpoint_is_a_fork(tmp_path: Path) -> None:
    report = recheck(export(tmp_path / "log", 10), since=head(entries(11)))
    assert code(report) == (Verdict.INVALID, "fork", None)


def test_an_altered_entry_is_pointed_at(tmp_path: Path) -> None:
    folder = export(tmp_path / "log", 300)
    bundle = folder / tile_path("entries", 0)
    other = list(entries(300, odd=77))[77]
    bundle.write_bytes(_swap(bundle.read_bytes(), 77, other))
    assert code(recheck(folder)) == (Verdict.INVALID, "tile", 77)


def _swap(bundle: bytes, position: int, entry: bytes) -> bytes:
    out, at = b"", 0
    for index in range(256):
        length = int.from_bytes(bundle[at : at + 2], "big")
        held = entry if index == position else bundle[at + 2 : at + 2 + length]
        out += len(held).to_bytes(2, "big") + held
        at += 2 + length
    return out


def test_entries_and_tiles_altered_together_betray_the_root(tmp_path: Path) -> None:
    write_export(tmp_path / "log", entries(300, odd=77), head(entries(300)), POLICY)
    assert code(recheck(tmp_path / "log"))[:2] == (Verdict.INVALID, "root")


def test_time_that_goes_back_is_pointed_at(tmp_path: Path) -> None:
    leaves = list(entries(20))
    leaves[12], leaves[5] = leaves[5], leaves[12]
    write_export(tmp_path / "log", leaves, head(iter(leaves)), POLICY)
    assert code(recheck(tmp_path / "log")) == (Verdict.INVALID, "time", 6)


def test_an_entry_of_another_form_is_pointed_at(tmp_path: Path) -> None:
    leaves = [*entries(3), b'{"v": 1}']
    write_export(tmp_path / "log", leaves, head(iter(leaves)), POLICY)
    assert code(recheck(tmp_path / "log")) == (Verdict.INVALID, "entry", 3)


def test_a_missing_tile_is_named(tmp_path: Path) -> None:
    folder = export(tmp_path / "log", 300)
    (folder / tile_path(1, 0, 1)).unlink()
    report = recheck(folder)
    assert code(report)[:2] == (Verdict.INVALID, "tile")
    assert report.defect is not None
    assert "tile/1/000.p/1" in report.defect.detail


def test_a_checkpoint_of_another_key_is_refused(tmp_path: Path) -> None:
    other = SignerKey(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes(32)))
    report = recheck(export(tmp_path / "log", 5), policy=journal.policy_text(other.verifier))
    assert code(report) == (Verdict.INVALID, "checkpoint", None)


def test_a_folder_that_is_no_export_is_unreadable(tmp_path: Path) -> None:
    assert code(recheck(tmp_path)) == (Verdict.UNREADABLE, "unreadable", None)


def test_a_folder_that_holds_something_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "kept").touch()
    with pytest.raises(FileExistsError):
        write_export(tmp_path, entries(1), head(entries(1)), POLICY)


def test_a_bundle_cut_short_is_refused(tmp_path: Path) -> None:
    folder = export(tmp_path / "log", 3)
    bundle = folder / tile_path("entries", 0, 3)
    bundle.write_bytes(bundle.read_bytes()[:-1])
    with pytest.raises(TileMalformed, match="cut short in entry 2"):
        list(read_entries(folder, 3))


def test_seventy_thousand_leaves_make_the_tiles_that_the_format_says() -> None:
    levels, full = Levels(), {0: 0, 1: 0}
    for index in range(70_000):
        for level, _, _ in levels.push(journal.leaf_hash(index.to_bytes(4, "big"))):
            full[level] += 1
    assert full == {0: 273, 1: 1}
    assert {level: len(hashes) // 32 for level, _, hashes in levels.partial()} == {0: 112, 1: 17, 2: 1}
