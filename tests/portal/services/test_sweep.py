"""What nobody keeps does not stay, and what somebody keeps does."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.adapters.store import LocalStore
from portal.db.tables import sessions
from portal.domain.errors import LinkForged, NotFound
from portal.office import Office
from portal.services import consult, deposit, revoking
from portal.services.sweep import Swept, sweep
from tests.conftest import Clock
from tests.stories.actors import Recipient, Town
from tests.withstand import gestures


def held(office: Office) -> set[str]:
    return set(LocalStore(office.settings.home / "vault").ids())


def test_old_drafts_go_with_their_files_and_younger_ones_and_letters_stay(office: Office, clock: Clock) -> None:
    letter = gestures.deposited(office)
    kept = held(office)
    gestures.drafted(office)
    clock.now += timedelta(days=29)
    young = gestures.drafted(office)
    clock.now += timedelta(days=2)
    assert sweep(office).drafts == 1
    view = deposit.view(office, gestures.person(office), young)
    assert held(office) == kept | view.envelope.object_ids
    assert gestures.seen(office, letter.number).reference == letter.reference
    assert sweep(office) == Swept(0, 0, 0)


def test_half_written_files_and_sessions_that_are_over_go(town: Town, clock: Clock) -> None:
    office = town.office
    incoming: Path = office.settings.home / "vault" / "incoming"
    for name, age in (("left", 2), ("growing", 0)):
        (incoming / name).write_bytes(b"x")
        at = (clock.now - timedelta(days=age)).timestamp()
        os.utime(incoming / name, (at, at))
    town.sender()
    assert sweep(office) == Swept(0, 1, 0)
    assert [path.name for path in incoming.iterdir()] == ["growing"]
    clock.now += timedelta(days=365)
    assert sweep(office).expired == 1
    with office.db.read() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(sessions)) == 0


def test_a_revoked_link_looks_forged_and_the_browser_that_was_in_is_out(town: Town) -> None:
    reference = town.sender().deposits()
    town.works()
    joel = Recipient(town).opens_the_mail()
    joel.and_consults()
    page = joel.follows().request.path
    revoking.revoke(town.office, reference)
    with pytest.raises(LinkForged):
        consult.look(town.office, joel.link.removeprefix("/l/"), consult.Visitor("203.0.113.7/32"))
    assert joel.gets(joel.link).status_code == 404
    assert joel.gets(page).status_code == 403
    with pytest.raises(NotFound):
        revoking.revoke(town.office, "LSE990101-000001")
