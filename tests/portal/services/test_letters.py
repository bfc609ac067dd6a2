"""What senders follow, what is handed out, and what erasure leaves."""

from __future__ import annotations

import hashlib
import io
import subprocess
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pypdfium2
import pytest
import sqlalchemy as sa

from portal.db.tables import letters
from portal.domain.errors import LinkForged, NotFound
from portal.domain.lifecycle import Status
from portal.office import Office
from portal.services import archive, consult, prove, register, tracking
from portal.services.consult import Visitor
from portal.services.register import Opened
from portal.services.tracking import Filters
from tests.conftest import Clock
from tests.stories.actors import Recipient, Town
from tests.withstand import gestures
from verifier.manifest import Manifest


def found(office: Office, **filters: object) -> list[int]:
    lines, _ = tracking.listing(office, 1, Filters(**filters))  # type: ignore[arg-type]
    return [line.letter.number for line in lines]


def test_the_list_is_filtered_by_each_thing_a_sender_may_type(town: Town, clock: Clock) -> None:
    sender = town.sender()
    first = sender.deposits(to="joel@exemple.nc")
    clock.moves(days=2)
    sender.signs_in(sender.email)
    sender.deposits(to="anna@exemple.nc", outcome="refuse")
    office = town.office
    assert found(office) == [2, 1]
    assert found(office, reference=first) == [1]
    assert found(office, recipient="JOEL@exemple.nc ") == [1]
    assert found(office, recipient="joel@exemple") == []
    assert found(office, status=Status.PAYMENT_REFUSED) == [2]
    assert found(office, since=date(2026, 4, 15)) == [2]
    assert found(office, until=date(2026, 4, 15)) == [1]
    assert found(office, since=date(2026, 4, 14), until=date(2026, 4, 16)) == [2, 1]
    assert found(office, below=2) == [1]


def test_a_day_is_the_day_of_the_place(town: Town, clock: Clock) -> None:
    clock.now = clock.now.replace(hour=12, minute=59)
    sender = town.sender()
    sender.deposits()
    clock.moves(minutes=1)
    sender.deposits()
    assert found(town.office, until=date(2026, 4, 14)) == [1]
    assert found(town.office, since=date(2026, 4, 15)) == [2]


def test_a_long_list_comes_in_pages_that_meet(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracking, "PAGE", 2)
    sender = town.sender()
    for _ in range(5):
        sender.deposits(outcome="nothing")
    pages, below = [], None
    while True:
        lines, below = tracking.listing(town.office, 1, Filters(below=below))
        pages.append([line.letter.number for line in lines])
        if below is None:
            break
    assert pages == [[5, 4], [3, 2], [1]]


def test_another_sender_sees_nothing_of_a_letter(town: Town) -> None:
    reference = town.sender().deposits()
    town.works()
    town.sender("autre@exemple.nc")
    office = town.office
    mine = tracking.history(office, 1, reference)
    assert tracking.listing(office, 2, Filters()) == ([], None)
    for gesture in (
        lambda: tracking.history(office, 2, reference),
        lambda: tracking.history(office, 1, "LSE260414-999999"),
        lambda: tracking.proof(office, 2, reference, mine.proofs[0].id),
        lambda: tracking.proof(office, 1, reference, 999),
    ):
        with pytest.raises(NotFound):
            gesture()


def test_a_proof_is_found_under_its_own_letter_alone_and_once_it_is_sealed(town: Town) -> None:
    sender = town.sender()
    one = sender.deposits()
    town.works()
    other = sender.deposits()
    proof = tracking.history(town.office, 1, one).proofs[0]
    assert b"".join(tracking.proof(town.office, 1, one, proof.id)[1]).startswith(b"%PDF-")
    with pytest.raises(NotFound):
        tracking.proof(town.office, 1, other, proof.id)


def test_the_timeline_tells_the_sender_nothing_of_visits_and_addresses(town: Town) -> None:
    reference = town.sender().deposits()
    town.works()
    Recipient(town).opens_the_mail().and_consults()
    history = tracking.history(town.office, 1, reference)
    assert [moment.event for moment in history.timeline] == [
        "deposited",
        "payment-begun",
        "SubmissionAcceptance",
        "NotificationForAcceptance",
        "ConsignmentAcceptance",
    ]


def opened(office: Office) -> Opened:
    with office.db.read() as conn:
        return register.by_number(conn, office, 1)


def test_everything_comes_as_one_zip_that_any_tool_opens(town: Town, tmp_path: Path) -> None:
    files = (
        ("a.txt", b"one"),
        ("A.txt", b"two"),
        ("a.txt", b"three"),
        ("sans point", b"4"),
        ("relevé.pdf", bytes(450_000)),
    )
    town.sender().deposits(files=files)
    letter = opened(town.office)
    blocks = list(archive.bundle(town.office, letter))
    assert max(len(block) for block in blocks) < 400_000, "memory use depends on the size of a file"
    raw = b"".join(blocks)
    with zipfile.ZipFile(io.BytesIO(raw)) as bundle:
        assert bundle.testzip() is None
        names = bundle.namelist()
        contents = {name: bundle.read(name) for name in names}
    assert names == [
        "lettre.pdf",
        "message.txt",
        "manifest.json",
        "a.txt",
        "A (2).txt",
        "a (3).txt",
        "sans point",
        "relevé.pdf",
    ]
    assert len({name.lower() for name in names}) == len(names)
    assert [contents[name] for name in names[3:]] == [data for _, data in files]
    (tmp_path / "all.zip").write_bytes(raw)
    done = subprocess.run(["unzip", "-t", str(tmp_path / "all.zip")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_letters_pdf_and_manifest_open_the_commitment_on_its_proofs(town: Town) -> None:
    sender = town.sender()
    reference = sender.deposits("Bonjour", files=(("a.txt", b"one"),))
    town.works()
    letter = opened(town.office)
    document = pypdfium2.PdfDocument(archive.paper(town.office, letter))
    attached = [document.get_attachment(index) for index in range(document.count_attachments())]
    inside = {one.get_name(): bytes(one.get_data()) for one in attached}
    proof = pypdfium2.PdfDocument(sender.downloads_proofs(reference)["EV"])
    printed = "".join("".join(page.get_textpage().get_text_range().split()) for page in proof)
    manifest = Manifest.from_json(inside["manifest.json"])
    assert manifest.commitment in printed
    assert inside["message.txt"] == b"Bonjour"
    assert manifest.message.sha256 == hashlib.sha256(b"Bonjour").hexdigest()
    assert [piece.sha256 for piece in manifest.attachments] == [hashlib.sha256(b"one").hexdigest()]


def test_a_senders_zip_holds_what_was_deposited_under_our_names_and_every_sealed_proof(town: Town) -> None:
    sender = town.sender()
    reference = sender.deposits("Bonjour", files=(("message.txt", b"not the message"), ("Lettre.PDF", b"%PDF-")))
    unsealed = sender.gets(f"/lettres/{reference}/tout.zip").data
    town.works()
    with zipfile.ZipFile(io.BytesIO(unsealed)) as bundle:
        assert not [name for name in bundle.namelist() if name.startswith("preuves/")]
    with zipfile.ZipFile(io.BytesIO(sender.gets(f"/lettres/{reference}/tout.zip").data)) as bundle:
        contents = {name: bundle.read(name) for name in bundle.namelist()}
    manifest = Manifest.from_json(contents["manifest.json"])
    assert manifest.commitment == opened(town.office).letter.commitment
    assert hashlib.sha256(contents["message.txt"]).hexdigest() == manifest.message.sha256
    assert (contents["message (2).txt"], contents["Lettre (2).PDF"]) == (b"not the message", b"%PDF-")
    assert contents[f"preuves/EV-{reference}.pdf"] == sender.downloads_proofs(reference)["EV"]


def test_a_real_instance_without_a_seal_of_its_own_makes_proofs_that_say_they_are_without_value(town: Town) -> None:
    real = Office(**{**vars(town.office), "settings": replace(town.office.settings, test=False)})
    letter = gestures.sent(real)
    [record] = gestures.proofs_of(real, letter.number)
    whole = opened(real)
    assert prove.statement_of(real, whole, record).test
    pdf = b"".join(prove.read(real, whole, record))
    assert "SANS VALEUR" in pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()


def test_what_is_handed_out_of_a_letter_stops_at_its_last_attachment(town: Town) -> None:
    town.sender().deposits("Bonjour", files=(("a.txt", b"one"),))
    letter = opened(town.office)
    assert archive.message(town.office, letter) == "Bonjour"
    for position in (-1, 1):
        with pytest.raises(NotFound):
            archive.piece(town.office, letter, position)


def test_a_letter_whose_key_was_destroyed_looks_like_one_that_never_was(town: Town) -> None:
    sender = town.sender()
    reference = sender.deposits()
    town.works()
    recipient = Recipient(town).opens_the_mail()
    recipient.and_consults()
    recipient.follows()
    letter = recipient.page
    assert letter is not None
    assert letter.status_code == 200
    office = town.office
    proof = tracking.history(office, 1, reference).proofs[0].id
    with office.db.write() as conn:
        conn.execute(letters.update().values(wrapped_key=None))
    with pytest.raises(LinkForged):
        consult.look(office, recipient.link.removeprefix("/l/"), Visitor("203.0.113.7/32"))
    for gesture in (
        lambda: tracking.history(office, 1, reference),
        lambda: tracking.proof(office, 1, reference, proof),
        lambda: opened(office),
    ):
        with pytest.raises(NotFound):
            gesture()
    assert tracking.listing(office, 1, Filters()) == ([], None)
    never = "LSE260414-999999"
    missing = sender.gets(f"/lettres/{never}")
    assert (404, missing.text.replace(never, reference)) == (
        missing.status_code,
        sender.gets(f"/lettres/{reference}").text,
    )
    forged = recipient.gets("/l/forged")
    gone = recipient.gets(recipient.link)
    assert (gone.status_code, gone.text.replace(recipient.link, "")) == (404, forged.text.replace("/l/forged", ""))
    assert recipient.gets(letter.request.path).status_code == 404


def test_an_erased_letter_past_its_deadline_stops_no_worker(town: Town, clock: Clock) -> None:
    sender = town.sender()
    sender.deposits()
    town.works()
    with town.office.db.write() as conn:
        conn.execute(letters.update().values(wrapped_key=None))
    sender.deposits(to="anna@exemple.nc")
    clock.now += timedelta(days=30)
    town.works()
    with town.office.db.read() as conn:
        statuses = list(conn.scalars(sa.select(letters.c.status).order_by(letters.c.number)))
    assert statuses == ["sent", "sent"]
