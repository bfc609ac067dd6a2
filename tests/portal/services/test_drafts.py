"""A draft holds what was last saved, and the vault nothing else of it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from portal.adapters.store import LocalStore
from portal.db.tables import drafts
from portal.domain.errors import NotFound
from portal.domain.letter import StoredPiece
from portal.office import Office
from portal.services import deposit
from portal.services.deposit import Words
from tests.withstand import gestures
from verifier.manifest import Piece
from verifier.statement import Party

WORDS = Words(Party("Joël MARTIN", "joel@exemple.nc"), "Objet", "", "Bonjour")


def attached(office: Office, content: bytes) -> StoredPiece:
    stored = office.vault.put(content)
    return StoredPiece(Piece("a.txt", stored.size, "text/plain", stored.sha256), stored.object_id, stored.key)


def held(office: Office) -> set[str]:
    return set(LocalStore(office.settings.home / "vault").ids())


def test_a_save_deletes_the_message_and_the_attachments_that_it_replaces(office: Office) -> None:
    person = gestures.person(office)
    kept, removed = attached(office, b"kept"), attached(office, b"removed")
    draft = deposit.save_draft(office, person, WORDS, draft_id=None, kept=[], added=[kept, removed])
    assert len(held(office)) == 3
    for _ in range(3):
        deposit.save_draft(office, person, WORDS, draft_id=draft, kept=[kept], added=[])
    view = deposit.view(office, person, draft)
    assert held(office) == view.envelope.object_ids
    assert office.vault.read_whole(kept.object_id, kept.key) == b"kept"
    assert view.message == "Bonjour"


def test_a_save_that_comes_after_the_deposit_takes_nothing_from_the_letter(office: Office) -> None:
    person = gestures.person(office)
    kept = attached(office, b"kept")
    draft = deposit.save_draft(office, person, WORDS, draft_id=None, kept=[], added=[kept])
    deposit.deposit(office, person, draft)
    before = held(office)
    with pytest.raises(NotFound):
        deposit.save_draft(office, person, WORDS, draft_id=draft, kept=[kept], added=[attached(office, b"late")])
    assert held(office) == before
    with office.db.read() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(drafts)) == 0


def test_a_save_that_keeps_what_another_save_deleted_changes_nothing(office: Office) -> None:
    person = gestures.person(office)
    piece = attached(office, b"removed in another window")
    draft = deposit.save_draft(office, person, WORDS, draft_id=None, kept=[], added=[piece])
    deposit.save_draft(office, person, WORDS, draft_id=draft, kept=[], added=[])
    before = held(office)
    with pytest.raises(NotFound):
        deposit.save_draft(office, person, WORDS, draft_id=draft, kept=[piece], added=[attached(office, b"late")])
    assert held(office) == before
    assert deposit.view(office, person, draft).envelope.attachments == ()
