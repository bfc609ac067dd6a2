"""``lse-verify``: judge proofs and journals offline, without the service that issued them.

    lse-verify preuve.pdf --trust racine.pem        exit 0 valid, 1 invalid, 2 indeterminate, 3 unreadable
    lse-verify preuve.pdf --lettre lettre.pdf …     are these files the letter's?
    lse-verify --json-lines --files-from list.txt   many files, in parallel, answers in order
    lse-verify journal export/ --policy journal.txt [--since old-checkpoint]
    lse-verify extract preuve.pdf -d sceau/         the pieces, for openssl

Of several files the gravest answer is the exit code: invalid, then unreadable, then indeterminate. A usage error is 64, and
an interruption 130. What one file needs is imported when it is needed: most of the time of a single answer is imports.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, BinaryIO, NoReturn

from verifier import __version__
from verifier.beside import Beside, StoreRefused
from verifier.usage import HELP, LANGUAGES, chosen, refusal, sentence

if TYPE_CHECKING:
    from verifier.asked import Asked
    from verifier.letter import LetterReport
    from verifier.report import Report

USAGE, INTERRUPTED = 64, 130
"""EX_USAGE of sysexits(3); 128 and SIGINT, as shells count."""
_GRAVITY = ("VALID", "INDETERMINATE", "unreadable", "INVALID")


class _Parser(argparse.ArgumentParser):
    """A parser that speaks the user's language and exits with `USAGE`."""

    def __init__(self, name: str, language: str, description: str) -> None:
        words = HELP[language]
        super().__init__(
            name,
            description=words[description],
            formatter_class=argparse.RawDescriptionHelpFormatter,
            add_help=False,
            allow_abbrev=False,
        )
        self.language, self.words = language, words
        self._positionals.title, self._optionals.title = words["positional"], words["options"]
        self.add_argument("-h", "--help", action="help", help=words["help"])
        self.add_argument("--lang", choices=LANGUAGES, default=language, help=words["lang"])

    def format_usage(self) -> str:
        return super().format_usage().replace("usage: ", self.words["usage"], 1)

    def format_help(self) -> str:
        return super().format_help().replace("usage: ", self.words["usage"], 1)

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {sentence('misunderstood', self.language, message)}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; `arguments` default to those of the process."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    commands: dict[str, Callable[[list[str], str], int]] = {"journal": _journal, "extract": _extract}
    language = chosen(given)
    try:
        with _ended_cleanly():
            if given and given[0] in commands:
                return commands[given[0]](given[1:], language)
            return _verify(given, language)
    except KeyboardInterrupt:
        print(sentence("stopped", language), file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # whoever read the answers has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return INTERRUPTED


@contextmanager
def _ended_cleanly() -> Iterator[None]:
    """Let a request to end take the way of Ctrl-C, so that no child is left."""

    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _verify(given: list[str], language: str) -> int:
    parser = _verify_parser(language)
    options = parser.parse_args(given)
    if not options.files and options.files_from is None:
        parser.error(sentence("nothing", language))
    if options.xml and (len(options.files) != 1 or options.files_from is not None):
        parser.error(sentence("one-xml", language))
    if (options.lettre or options.report_pdf) and (len(options.files) != 1 or options.files_from is not None):
        parser.error(sentence("one-proof", language))
    try:
        asked = _asked(options)
        if len(options.files) == 1 and options.files_from is None:
            reports = iter([asked.judge(options.files[0])])
        else:
            reports = _many(options, asked)
        return _print_all(reports, options)
    except (StoreRefused, OSError, ValueError) as fault:
        if isinstance(fault, BrokenPipeError):
            raise
        print(refusal(fault, language), file=sys.stderr)
        return USAGE


def _verify_parser(language: str) -> _Parser:
    parser = _Parser("lse-verify", language, "verify")
    words = parser.words
    parser.add_argument("files", nargs="*", metavar="PDF", help=words["files"])
    parser.add_argument("--trust", metavar="[NAME=]PATH", help=words["trust"], action="append", default=[])
    parser.add_argument("--expired", action="store_true", help=words["expired"])
    parser.add_argument("--eutl", metavar="PATH", help=words["eutl"], action="append", default=[])
    parser.add_argument("--lotl-signer", metavar="FILE", help=words["lotl-signer"], action="append", default=[])
    parser.add_argument("--eutl-trust", action="store_true", help=words["eutl-trust"])
    parser.add_argument("--online", action="store_true", help=words["online"])
    parser.add_argument("--policy", type=Path, metavar="FILE", help=words["policy"])
    parser.add_argument("--json", action="store_true", help=words["json"])
    parser.add_argument("--json-lines", action="store_true", help=words["json-lines"])
    parser.add_argument("--xml", action="store_true", help=words["xml"])
    parser.add_argument("--lettre", nargs="+", type=Path, metavar="FILE", help=words["lettre"], default=[])
    parser.add_argument("--report-pdf", type=Path, metavar="OUT", help=words["report-pdf"])
    parser.add_argument("--files-from", metavar="LIST", help=words["files-from"])
    parser.add_argument("-0", "--null", action="store_true", help=words["null"])
    parser.add_argument("--jobs", type=_positive, metavar="N", help=words["jobs"])
    parser.add_argument("--version", action="version", version=f"lse-verify {__version__}", help=words["version"])
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 256:
        raise ValueError(text)
    return number


def _asked(options: argparse.Namespace) -> Asked:
    from verifier import stores
    from verifier.asked import Asked

    lists = b""
    if options.eutl:
        from verifier.lists import load

        lists = load(options.eutl, signers=options.lotl_signer, anchors=options.eutl_trust)
        if not options.lotl_signer:
            print(sentence("unsigned-lists", options.lang), file=sys.stderr)
    return Asked(
        beside=Beside(
            stores=(*stores.load(options.trust), *stores.shipped()),
            expired=options.expired,
            lists=lists,
            list_anchors=options.eutl_trust,
        ),
        policy=options.policy.read_text("utf-8") if options.policy else None,
        online=options.online,
        identify=options.xml,
        whole_path=options.json_lines,
    )


def _many(options: argparse.Namespace, asked: Asked) -> Iterator[Report]:
    from verifier.folder import cores, in_order
    from verifier.warm import WarmSandbox

    def sandbox() -> WarmSandbox:
        preload = ("verifier.qualified",) if asked.beside.lists else ()
        return WarmSandbox(at_once=1, demand_confinement=sys.platform == "linux", preload=preload)

    jobs = min(options.jobs or cores(), len(options.files) if options.files_from is None else 256)
    with closing(in_order(_names(options), asked.judge, jobs=jobs, sandbox=sandbox)) as reports:
        yield from reports


def _names(options: argparse.Namespace) -> Iterator[str]:
    from verifier.folder import listed

    yield from options.files
    if options.files_from is not None:
        with _list(options.files_from) as source:
            yield from listed(source, separator=b"\0" if options.null else b"\n")


@contextmanager
def _list(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
    else:
        with Path(name).open("rb") as opened:
            yield opened


def _print_all(reports: Iterator[Report], options: argparse.Namespace) -> int:
    """Print each report as soon as it is due; return the exit code of the gravest."""
    gravest, code, first = 0, 0, True
    for report in reports:
        if not first and not (options.json or options.json_lines):
            print()
        letter = _letter(report, options)
        _print(report, options, letter)
        sys.stdout.flush()
        first, gravity = False, _GRAVITY.index(report.verdict.value)
        if gravity >= gravest:
            gravest, code = gravity, report.verdict.exit_code
        if (
            letter is not None and letter.agrees is False
        ):  # a file that is not the letter's weighs as a false proof does
            gravest, code = len(_GRAVITY), 1
    return code


def _letter(report: Report, options: argparse.Namespace) -> LetterReport | None:
    """Hold the files that were named against the letter of the proof, if it is one."""
    if not options.lettre:
        return None
    if report.statement is None:
        print(sentence("no-letter", options.lang), file=sys.stderr)
        return None
    from functools import partial

    from verifier.letter import compare
    from verifier.sandbox import manifest_in

    read = partial(manifest_in, demand_confinement=sys.platform == "linux")
    return compare(report.statement, options.lettre, manifest_in=read)


def _print(report: Report, options: argparse.Namespace, letter: LetterReport | None) -> None:
    if options.report_pdf:
        from verifier.paper import draw

        options.report_pdf.write_bytes(draw(report, language=options.lang, letter=letter))
    if options.json or options.json_lines:
        told = report.to_dict() | ({"letter": letter.to_dict()} if letter else {})
        print(json.dumps(told, ensure_ascii=False))
        return
    if options.xml:
        from verifier.etsi_report import write

        sys.stdout.buffer.write(write(report) + b"\n")
        return
    from verifier.printed import text, verdict_line

    if not report.file_sha256:  # nothing was read: there is no more to say than why
        from verifier.glyphs import safe

        print(f"{safe(report.file_name)}\u202f: {verdict_line(report, options.lang)}")
        return
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    print(text(report, language=options.lang, colour=colour, letter=letter), end="")


def _journal(given: list[str], language: str) -> int:
    from verifier.audit import recheck
    from verifier.printed import audit_text

    parser = _Parser("lse-verify journal", language, "journal")
    parser.add_argument("folder", type=Path, metavar="DIR", help=parser.words["folder"])
    parser.add_argument("--policy", type=Path, metavar="FILE", help=parser.words["journal-policy"])
    parser.add_argument("--since", type=Path, metavar="CHECKPOINT", help=parser.words["since"])
    parser.add_argument("--json", action="store_true", help=parser.words["json"])
    options = parser.parse_args(given)
    try:
        if not options.folder.is_dir():
            raise NotADirectoryError(20, "not a directory", str(options.folder))
        policy = options.policy.read_text("utf-8") if options.policy else None
        since = options.since.read_text("utf-8") if options.since else None
    except (OSError, ValueError) as fault:
        print(refusal(fault, language), file=sys.stderr)
        return USAGE
    report = recheck(options.folder, policy=policy, since=since)
    if options.json:
        print(json.dumps(report.to_dict(), ensure_ascii=False))
    else:
        print(audit_text(report, language=options.lang), end="")
    return report.verdict.exit_code


def _extract(given: list[str], language: str) -> int:
    from verifier.confine import Limits
    from verifier.extract import NotExtracted, extract
    from verifier.report import Verdict

    parser = _Parser("lse-verify extract", language, "extract")
    parser.add_argument("file", type=Path, metavar="FILE", help=parser.words["file"])
    parser.add_argument("-d", "--directory", type=Path, required=True, metavar="DIR", help=parser.words["directory"])
    options = parser.parse_args(given)
    try:
        with options.file.open("rb") as opened:
            written = extract(opened.read(Limits().file), options.directory)
    except NotExtracted as fault:
        print(f"{options.file}: {fault}", file=sys.stderr)
        return Verdict.UNREADABLE.exit_code
    except OSError as fault:
        print(refusal(fault, language), file=sys.stderr)
        return USAGE
    print("\n".join(str(options.directory / name) for name in written))
    return 0


if __name__ == "__main__":
    sys.exit(main())
