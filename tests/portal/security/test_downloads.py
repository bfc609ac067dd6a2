"""Names and files on their way out."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug import Response
from werkzeug.http import parse_options_header

from portal.security.downloads import as_download
from portal.security.uploads import safe_name

APP = Flask("downloads")


def told(name: str) -> str:
    with APP.app_context():
        return as_download(Response(), name).headers["Content-Disposition"]


@given(st.text(max_size=300))
@example("relevé d’avril 100%.pdf")
@example("a'b;c=d%41.txt")
@example("Tāneʻarii.pdf")
@example("履歴書.docx")
def test_whatever_a_file_is_called_its_name_crosses_in_ascii_and_comes_out_as_it_was(name: str) -> None:
    header = told(safe_name(name))
    assert header.isascii()
    assert header.isprintable()
    assert parse_options_header(header) == ("attachment", {"filename": safe_name(name)})


@pytest.mark.parametrize(
    ("name", "plain"),
    [("relevé.txt", "releve.txt"), ("Tāneʻarii.pdf", "Tane_arii.pdf"), ("履歴書.docx", "___.docx"), ("a.b", "a.b")],
)
def test_a_program_that_reads_only_the_old_word_keeps_the_ending(name: str, plain: str) -> None:
    assert re.findall(r'\bfilename="?([^";]+)', told(name)) == [plain]
