"""The same instance on SQLite and on PostgreSQL: its schema, its main story, and a journal that only grows."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from portal.db import schema, tables
from portal.office import Office
from tests.conftest import OpenOffice
from tests.stories.actors import Recipient, Town
from tests.withstand import gestures, invariants

APPEND_ONLY = ("journal", "tree_leaves", "tree_nodes", "checkpoints")


def test_a_letter_goes_all_the_way_on_either_engine(either: Office) -> None:
    town = Town(either, gestures.log())
    sender = town.sender()
    first = sender.deposits("Bonjour", files=(("relevé.txt", b"12 400 XPF"),))
    second = sender.deposits("Bonsoir", to="marc@exemple.nc")
    third = sender.deposits(to="personne@nulle-part.example")
    town.works()
    recipient = Recipient(town).opens_the_mail()
    assert recipient.and_consults().status_code == 303
    assert "relevé.txt" in recipient.follows().text
    assert Recipient(town, "marc@exemple.nc").opens_the_mail().and_refuses().status_code == 303
    town.works()
    found = {reference: sorted(sender.downloads_proofs(reference)) for reference in (first, second, third)}
    assert found == {first: ["AR", "EV"], second: ["EV", "RF"], third: ["BC"]}
    assert town.auditor().gets("/journal").status_code == 200
    invariants.nothing_is_owed(either)
    invariants.hold(either)


def test_bringing_a_current_database_to_this_version_changes_nothing(either: Office) -> None:
    number = gestures.sent(either).number
    schema.upgrade(either.db)
    assert schema.is_current(either.db)
    assert gestures.kinds(either, number) == ["EV"]


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_the_database_refuses_to_change_or_remove_a_row_of_the_journal(either: Office, table: str) -> None:
    gestures.sent(either)
    before = invariants.hold(either)
    rows = tables.metadata.tables[table]
    column = next(column for column in rows.c if not column.foreign_keys)
    for change in (rows.update().values({column.name: column}), rows.delete()):
        with pytest.raises(DBAPIError, match=f"{table} only grows"), either.db.engine.begin() as conn:
            conn.execute(change)
    invariants.hold(either, since=before)


def test_reading_cannot_write_on_postgresql(opens_office: OpenOffice, postgresql: str) -> None:
    office = opens_office(LSE_DATABASE_URL=postgresql)
    schema.upgrade(office.db)
    with pytest.raises(DBAPIError, match="read-only"), office.db.read() as conn:
        conn.execute(tables.references.insert().values(day="260414", last=1))


def test_a_fault_of_the_database_does_not_repeat_what_it_was_given(either: Office) -> None:
    gestures.person(either)
    with pytest.raises(DBAPIError) as fault, either.db.write() as conn:
        conn.execute(
            sa.insert(tables.people).values(
                email=gestures.SENDER,
                first_name="Hélène",
                last_name="",
                address="",
                status="",
                role="sender",
                password="",
                created_at=either.now(),
            )
        )
    # PostgreSQL itself names the value that is taken; the statement's other values stay unsaid.
    assert "Hélène" not in str(fault.value)
