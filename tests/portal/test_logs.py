"""What the libraries that serve us may write to a log."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from portal.app import create_app
from portal.logs import mask_libraries
from portal.office import Office

TOKEN = "s3brpM5u62--nEG1zWYLBQABUq0.5oZTKz8Vn3qX8k81AByXlg"
NAMES = ("gunicorn.error", "gunicorn.access", "portal")


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What those libraries have written, masked as in every process that serves."""
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    before = {name: list(logging.getLogger(name).filters) for name in NAMES}
    mask_libraries()
    mask_libraries()
    for name in NAMES:
        logging.getLogger(name).addHandler(handler)
    yield lines
    for name in NAMES:
        logging.getLogger(name).removeHandler(handler)
        logging.getLogger(name).filters[:] = before[name]


@pytest.mark.parametrize("name", NAMES)
def test_a_library_tells_six_characters_of_a_token_and_no_more(name: str, written: io.StringIO) -> None:
    log = logging.getLogger(name)
    log.error("Invalid HTTP request line: %r", f"GET /l/{TOKEN}/consulter?a=%41")
    log.error("%(r)s %(s)s", {"r": f'"GET /l/{TOKEN} HTTP/1.1"', "s": "200"})
    try:
        raise ValueError(f"http://127.0.0.1/l/{TOKEN}")
    except ValueError:
        log.exception("Error handling request GET /l/%s", TOKEN)
    assert TOKEN[6:] not in written.getvalue()
    assert written.getvalue().count("/l/s3brpM…") == 4
    assert "GET /l/s3brpM…/consulter?a=%41" in written.getvalue()
    assert "ValueError" in written.getvalue()


def test_a_library_names_nobody(written: io.StringIO) -> None:
    log = logging.getLogger("gunicorn.error")
    log.warning("Invalid HTTP Version: %r", "joel+a@exemple.nc HTTP/1.1")
    log.warning("GET /?address=joel%40exemple.nc&x=1")
    assert written.getvalue() == "Invalid HTTP Version: '…@… HTTP/1.1'\nGET /?address=…@…&x=1\n"


def test_a_host_that_is_not_ours_is_refused_without_a_page_and_without_a_trace_of_the_link(
    office: Office, written: io.StringIO
) -> None:
    answer = create_app(office).test_client().get(f"/l/{TOKEN}", headers={"Host": "elsewhere.example"})
    assert (answer.status_code, answer.mimetype) == (400, "text/plain")
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert written.getvalue() == ""
