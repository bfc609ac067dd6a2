"""The staircase: who may import whom, and what an import costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = {"alembic", "argon2", "cryptography.x509", "flask", "pyhanko", "pypdfium2", "sqlalchemy", "typst", "werkzeug"}


def test_imports_only_go_down_and_every_file_has_a_floor() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def test_the_rule_book_and_the_statement_load_without_the_web_and_without_the_pdf_library() -> None:
    domain = sorted(path.stem for path in (ROOT / "portal/domain").glob("*.py") if path.stem != "__init__")
    names = ["verifier", "verifier.statement", "verifier.report", *(f"portal.domain.{name}" for name in domain)]
    code = f"import sys, {', '.join(names)}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert HEAVY & set(loaded.stdout.split()) == set()


def test_every_module_says_what_it_is_for() -> None:
    modules = [*ROOT.glob("portal/**/*.py"), *ROOT.glob("verifier/**/*.py")]
    silent = [path for path in modules if not path.read_text().startswith(('"""', 'r"""'))]
    assert [path.relative_to(ROOT).as_posix() for path in silent if "versions" not in path.parts] == []


def test_there_is_no_drawer_for_everything() -> None:
    names = {path.stem for path in [*ROOT.glob("portal/**/*.py"), *ROOT.glob("verifier/**/*.py")]}
    assert names & {"utils", "util", "helpers", "common", "misc", "manager", "base"} == set()
