"""Names and files on their way in."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.security.uploads import NAME_BYTES, safe_name

ANY = st.text(max_size=300)


@given(ANY)
@example("e\u200d\u0301.txt")
@example("\u202egnp.exe")
@example("." * 400)
@example("é" * 100 + ".pdf")
@example("a" * 200 + ".x" * 40)
@example("a." + "b" * 300)
@example(" . x . ")
def test_whatever_a_file_is_called_its_name_is_safe(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe.encode()) <= NAME_BYTES
    assert not {unicodedata.category(character) for character in safe} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert not set(safe) & set('/\\:*?"<>|')
    assert safe == safe.strip(" .")
    assert unicodedata.is_normalized("NFC", safe)
    assert safe_name(safe) == safe


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("relevé.pdf", "relevé.pdf"),
        ("releve\u0301.pdf", "relevé.pdf"),
        ("C:\\Users\\moi\\devis.pdf", "devis.pdf"),
        ("../../etc/passwd", "passwd"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie x.txt"),
        ('"; filename="x.exe', "; filename=x.exe"),
        ("", "document"),
        ("...", "document"),
        ("/", "document"),
        ("\u200b", "document"),
        (".htaccess", "htaccess"),
        ("tableau.xlsx.", "tableau.xlsx"),
    ],
)
def test_a_name_keeps_what_people_read_of_it(given: str, kept: str) -> None:
    assert safe_name(given) == kept


def test_a_long_name_keeps_its_ending() -> None:
    assert safe_name("é" * 200 + ".pdf").endswith("é.pdf")
    assert len(safe_name("é" * 200 + ".pdf").encode()) in (NAME_BYTES - 1, NAME_BYTES)
    assert len(safe_name("a" * 400)) == NAME_BYTES
