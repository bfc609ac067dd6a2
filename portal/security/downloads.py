"""Files on their way out: a browser keeps them under their own name, and runs none of them."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

from werkzeug.wrappers import Response

from portal.security.headers import as_content

_ATTR_CHAR = "!#$&+-.^_`|~"
"""What RFC 8187 §3.2.1 lets stand as it is, beside letters and digits."""


def as_download(response: Response, name: str) -> Response:
    """Mark an answer as the file `name`: it is saved, never shown, and runs nothing.

    A name beyond ASCII is told twice (RFC 6266 §4.3): plain for old programs, and in full. Sent as it is, Chromium would
    drop it and save "0.txt", and a letter beyond Latin-1 could not be sent at all.
    """
    names = {"filename": name}
    if not name.isascii():
        names = {"filename": _plain(name), "filename*": f"UTF-8''{quote(name, safe=_ATTR_CHAR)}"}
    response.headers.set("Content-Disposition", "attachment", **names)
    return as_content(response)


def _plain(name: str) -> str:
    """Return a name without accents, and with a low line for every other letter that ASCII lacks."""
    letters = (letter for letter in unicodedata.normalize("NFD", name) if not unicodedata.combining(letter))
    return "".join(letter if letter.isascii() else "_" for letter in letters)
