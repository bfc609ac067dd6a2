"""``lse-verify``: judge proofs and journals offline, without the service that issued them.

    lse-verify preuve.pdf --trust racine.pem        exit 0 valid, 1 invalid, 2 indeterminate, 3 unreadable
    lse-verify journal export/ --policy journal.txt [--since old-checkpoint]
    lse-verify extract preuve.pdf -d sceau/         the pieces, for openssl

Of several files the gravest answer is the exit code: invalid, then unreadable, then indeterminate. A usage error is 64.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from verifier import __version__, trust
from verifier.confine import Limits
from verifier.report import Report, Verdict
from verifier.sandbox import judge, unreadable

USAGE = 64
"""EX_USAGE of sysexits(3)."""
_GRAVITY = (Verdict.VALID, Verdict.INDETERMINATE, Verdict.UNREADABLE, Verdict.INVALID)
_FAULTS = {
    "fr": {
        FileNotFoundError: "{0}\u202f: ce fichier n’existe pas.",
        IsADirectoryError: "{0}\u202f: c’est un dossier, pas un fichier.",
        NotADirectoryError: "{0}\u202f: ce n’est pas un dossier.",
        PermissionError: "{0}\u202f: la lecture de ce fichier est refusée.",
        OSError: "{0}\u202f: ce fichier n’a pas pu être lu ou écrit ({1}).",
    },
    "en": {
        FileNotFoundError: "{0}: there is no such file.",
        IsADirectoryError: "{0}: this is a folder, not a file.",
        NotADirectoryError: "{0}: this is no folder.",
        PermissionError: "{0}: reading this file is refused.",
        OSError: "{0}: this file could not be read or written ({1}).",
    },
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; `arguments` default to those of the process."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    commands: dict[str, Callable[[list[str]], int]] = {"journal": _journal, "extract": _extract}
    if given and given[0] in commands:
        return commands[given[0]](given[1:])
    return _verify(given)


def _verify(given: list[str]) -> int:
    parser = _parser("lse-verify", __doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--trust", action="append", default=[], type=Path, metavar="FILE_OR_DIR", help="trusted roots")
    parser.add_argument(
        "--policy", type=Path, metavar="FILE", help="journal keys to pin, in place of those in the proof"
    )
    parser.add_argument("--json", action="store_true", help="print the reports as JSON, one a line")
    parser.add_argument("--version", action="version", version=f"lse-verify {__version__}")
    options = parser.parse_args(given)
    try:
        anchors = [*trust.load(options.trust), *trust.shipped()]
        policy = options.policy.read_text("utf-8") if options.policy else None
    except (OSError, ValueError) as fault:
        return _refuse(fault, options.lang)
    verdicts: list[Verdict] = []
    for file in options.files:
        try:
            report = _judged(file, anchors, policy)
        except OSError as fault:
            return _refuse(fault, options.lang)
        if verdicts and not options.json:
            print()
        _print(report, options)
        verdicts.append(report.verdict)
    return max(verdicts, key=_GRAVITY.index).exit_code


def _judged(file: Path, anchors: list[bytes], policy: str | None) -> Report:
    now, limits = datetime.now(UTC), Limits()  # noqa: TID251 # the command is where the clock is read
    with file.open("rb") as opened:
        size = os.fstat(opened.fileno()).st_size
        raw = opened.read(limits.file + 1)
    if len(raw) > limits.file:
        detail = f"got {size} bytes, expected at most {limits.file}"
        return unreadable(raw, now=now, name=file.name, code="too-large", detail=detail)
    # elsewhere than on Linux the child has its limits, and no filter on system calls
    return judge(
        raw, anchors=anchors, now=now, name=file.name, policy=policy, demand_confinement=sys.platform == "linux"
    )


def _print(report: Report, options: argparse.Namespace) -> None:
    if options.json:
        print(json.dumps(report.to_dict(), ensure_ascii=False))
        return
    from verifier.printed import text

    print(text(report, language=options.lang, colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ), end="")


def _journal(given: list[str]) -> int:
    from verifier.audit import recheck
    from verifier.printed import audit_text

    parser = _parser("lse-verify journal", "Recompute an exported journal and hold it against its signed head.")
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="journal keys to pin, in place of the export's own")
    parser.add_argument("--since", type=Path, metavar="CHECKPOINT", help="an older signed checkpoint, to be a prefix")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(given)
    try:
        if not options.folder.is_dir():
            raise NotADirectoryError(20, "not a directory", str(options.folder))
        policy = options.policy.read_text("utf-8") if options.policy else None
        since = options.since.read_text("utf-8") if options.since else None
    except (OSError, ValueError) as fault:
        return _refuse(fault, options.lang)
    report = recheck(options.folder, policy=policy, since=since)
    if options.json:
        print(json.dumps(report.to_dict(), ensure_ascii=False))
    else:
        print(audit_text(report, language=options.lang), end="")
    return report.verdict.exit_code


def _extract(given: list[str]) -> int:
    from verifier.extract import NotExtracted, extract

    parser = _parser("lse-verify extract", "Write the pieces of a proof's seal, for openssl; nothing is judged.")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("-d", "--directory", type=Path, required=True, metavar="DIR")
    options = parser.parse_args(given)
    try:
        with options.file.open("rb") as opened:
            written = extract(opened.read(Limits().file), options.directory)
    except NotExtracted as fault:
        print(f"{options.file}: {fault}", file=sys.stderr)
        return Verdict.UNREADABLE.exit_code
    except OSError as fault:
        return _refuse(fault, options.lang)
    print("\n".join(str(options.directory / name) for name in written))
    return 0


def _parser(name: str, description: str | None) -> _Parser:
    parser = _Parser(name, description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lang", choices=("fr", "en"), default="fr", help="language of the answer")
    return parser


def _refuse(fault: Exception, language: str) -> int:
    """Say in one sentence why a file named on the command line cannot be used."""
    if isinstance(fault, OSError):
        sentence = next(text for kind, text in _FAULTS[language].items() if isinstance(fault, kind))
        print(sentence.format(fault.filename, fault.strerror), file=sys.stderr)
    else:
        print(str(fault), file=sys.stderr)
    return USAGE


if __name__ == "__main__":
    sys.exit(main())
