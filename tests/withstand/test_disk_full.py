"""A disk that is full or read-only, met during an upload: a clear page, nothing half-written, the draft as it was."""

from __future__ import annotations

import io
import os
import re
import resource
import shutil
from typing import Any

import pytest
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from portal.office import Office
from portal.routes import home
from tests.stories.actors import Town
from tests.withstand import gestures, invariants
from tests.withstand.conftest import Processes

FORM = {
    "recipient_status": "particulier",
    "recipient_last_name": "MARTIN",
    "recipient_first_name": "Joël",
    "recipient_email": "joel@exemple.nc",
    "subject": "Votre relevé",
    "dossier": "",
    "message": "Bonjour",
    "accept_terms": "y",
}


def _form(*files: tuple[str, int]) -> dict[str, Any]:
    return {**FORM, "files": [(io.BytesIO(os.urandom(size)), name) for name, size in files]}


def _objects(office: Office) -> list[str]:
    """Return the files of the vault, whole and half-written, from the disk itself."""
    return sorted(str(path) for path in (office.settings.home / "vault").rglob("*") if path.is_file())


def _uploads_with_little_room(office: Office) -> tuple[int, str, int, str, list[str], list[str]]:
    """Save a draft, then add large files to it where no file may grow beyond 3 MB; return what was seen."""
    town = Town(office, gestures.log())
    sender = town.sender()
    sender.gets("/lettres/nouvelle")
    sender.posts("/lettres/nouvelle", _form(("a.bin", 1000)), content_type="multipart/form-data")
    draft = sender.follows().request.path.rpartition("/")[0]
    sender.gets(draft)
    before = _objects(office)
    # Made in memory beforehand: the test's own browser would spool it to the disk that is about to be full.
    sizes = {"b.bin": 1000, "c.bin": 5_000_000, "d.bin": 5_000_000}
    files = [FileStorage(io.BytesIO(os.urandom(size)), name) for name, size in sizes.items()]
    boundary, body = encode_multipart(MultiDict({**FORM, "csrf_token": sender.token(), "files": files}))
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, resource.RLIM_INFINITY))
    answer = sender.browser.post(
        draft,
        base_url=town.base_url,
        input_stream=io.BytesIO(body),
        content_type=f"multipart/form-data; boundary={boundary}",
        environ_overrides={"CONTENT_LENGTH": str(len(body))},
    )
    after = _objects(office)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    again = sender.gets(f"{draft}/recapitulatif")
    return answer.status_code, answer.text, again.status_code, again.text, before, after


def test_an_upload_that_does_not_fit_on_the_disk_leaves_the_draft_as_it_was(
    office: Office, processes: Processes
) -> None:
    [(code, page, again, recap, before, after)] = processes.at_once(office, [_uploads_with_little_room])
    assert code == 503
    assert "Traceback" not in page
    assert "<h1>" in page
    assert (again, "a.bin" in recap, "c.bin" in recap) == (200, True, False)
    assert after == before
    assert invariants.half_written(office) == []


def test_files_that_exceed_what_a_letter_may_hold_leave_nothing_behind(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.services.deposit.MAX_FILES", 10_000)
    sender = Town(office, gestures.log()).sender()
    sender.gets("/lettres/nouvelle")
    answer = sender.posts(
        "/lettres/nouvelle", _form(("b.bin", 9000), ("c.bin", 9000)), content_type="multipart/form-data"
    )
    assert answer.status_code == 422
    assert _objects(office) == []


def test_an_upload_cut_short_by_its_sender_leaves_nothing_behind(office: Office) -> None:
    town = Town(office, gestures.log())
    sender = town.sender()
    sender.gets("/lettres/nouvelle")
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.bin"\r\n\r\n'
    answer = sender.browser.post(
        "/lettres/nouvelle",
        base_url=town.base_url,
        input_stream=io.BytesIO(head + os.urandom(1_000_000)),
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": "2000000"},
    )
    assert answer.status_code == 400
    assert _objects(office) == []


def test_a_vault_that_takes_no_writes_gives_a_clear_page_and_an_instance_that_is_not_ready(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "READY_SECONDS", 0)
    town = Town(office, gestures.log())
    sender = town.sender()
    sender.gets("/lettres/nouvelle")
    incoming = office.settings.home / "vault" / "incoming"
    shutil.rmtree(incoming)
    incoming.write_bytes(b"a file where a folder was: nothing can be created in it, not even by root")
    answer = sender.posts("/lettres/nouvelle", _form(("a.bin", 1000)), content_type="multipart/form-data")
    assert answer.status_code == 503
    assert re.search(r"<h1>[^<]+</h1>", answer.text)
    assert answer.headers["Retry-After"].isdigit()
    assert sender.gets("/readyz").status_code == 503
    assert sender.gets("/livez").status_code == 200
    incoming.unlink()
    incoming.mkdir()
    sender.gets("/lettres/nouvelle")
    answer = sender.posts("/lettres/nouvelle", _form(("a.bin", 1000)), content_type="multipart/form-data")
    assert answer.status_code == 303
    assert sender.gets("/readyz").status_code == 200
