"""Find and read the files of anchors that a caller names; what they hold is looked at in the child (`verifier.trust`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from verifier.beside import Store, StoreRefused

SHIPPED = Path(__file__).with_name("anchors")
SHIPPED_NAME = "lse-verify"
"""Name of the store of the anchors that travel with this package."""
SUFFIXES = (".pem", ".crt", ".cer", ".der", ".p7b", ".p7c")
MAX_FILE = 1024 * 1024
MAX_ALL = 2 * 1024 * 1024
"""Bytes of all stores: they stand in the first line of each request, in base64."""


def load(names: Sequence[str]) -> tuple[Store, ...]:
    """Read stores given as ``PATH`` or ``NAME=PATH``, a file or a folder; raise `StoreRefused` or `OSError`.

    A folder without any certificate is refused, because whoever named it meant to trust something.
    """
    found: list[Store] = []
    for given in names:
        name, path = _named(given)
        files = certificate_files(path) if path.is_dir() else [path]
        if not files:
            raise StoreRefused("folder", str(path), ", ".join(SUFFIXES))
        found += (Store(name, str(file), _read(file)) for file in files)
    if sum(len(one.raw) for one in found) > MAX_ALL:
        raise StoreRefused("too-large", found[-1].file, str(MAX_ALL))
    return tuple(found)


def shipped() -> tuple[Store, ...]:
    """Return the anchors that travel with this package, none by default."""
    return tuple(Store(SHIPPED_NAME, str(file), file.read_bytes()) for file in certificate_files(SHIPPED))


def certificate_files(folder: Path) -> list[Path]:
    """Return the certificate files of a folder, by name."""
    return sorted(_certificate_files(folder))


def _certificate_files(folder: Path) -> Iterator[Path]:
    return (one for one in folder.iterdir() if one.suffix.lower() in SUFFIXES and one.is_file())


def _named(given: str) -> tuple[str, Path]:
    name, equals, rest = given.partition("=")
    if equals and name and not Path(given).exists():
        return name, Path(rest)
    return Path(given).name or given, Path(given)


def _read(file: Path) -> bytes:
    if file.exists() and not file.is_file():
        raise StoreRefused("no-file", str(file))
    with file.open("rb") as opened:
        raw = opened.read(MAX_FILE + 1)
    if len(raw) > MAX_FILE:
        raise StoreRefused("too-large", str(file), str(MAX_FILE))
    if not raw.strip():
        raise StoreRefused("empty", str(file))
    return raw
