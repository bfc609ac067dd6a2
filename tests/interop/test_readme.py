"""The lines that the README gives a lawyer do what it says, as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.interop.conftest import Run
from tests.proofs import Service

README = (Path(__file__).parents[2] / "README.md").read_text()
BLOCKS = re.findall(r"```\n(.*?)```", README, re.DOTALL)


def commands(beginning: str) -> str:
    """Return the one block of the README that begins so."""
    found = [block for block in BLOCKS if block.startswith(beginning)]
    assert len(found) == 1
    return found[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a genuine proof, and the root of who issued it."""
    service = Service()
    (tmp_path / "preuve.pdf").write_bytes(service.proof())
    (tmp_path / "racine.pem").write_bytes(service.anchor)
    return tmp_path


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={"PATH": path, "LC_ALL": "C.UTF-8", "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_proof_is_verified_without_our_software(tool: object, folder: Path) -> None:
    assert callable(tool)
    needed: list[Run] = [tool(name) for name in ("openssl", "pdfsig")]
    assert needed
    done = run(commands("lse-verify extract"), folder)
    assert done.returncode == 0, done.stderr
    assert "CMS Verification successful" in done.stderr
    assert "Verification: OK" in done.stdout + done.stderr
    assert "Signature is Valid" in done.stdout
    assert "Total document signed" in done.stdout


def test_a_proof_that_was_changed_is_refused_by_the_same_lines(tool: object, folder: Path) -> None:
    assert callable(tool)
    tool("openssl")
    proof = folder / "preuve.pdf"
    proof.write_bytes(proof.read_bytes().replace(b"/Tabs", b"/Tabt", 1))
    assert run(commands("lse-verify extract"), folder).returncode != 0


def test_the_command_says_valid_and_its_options_are_those_it_has(folder: Path) -> None:
    line = commands("pip install .\n").splitlines()[1]
    plain, *optional = re.split(r"\s+\[|\]\s*\[?", line)
    for option in ["", *filter(None, optional)]:
        done = run(f"{plain} {option}", folder)
        assert done.returncode == 0, done.stdout + done.stderr
        assert re.search(r'VALIDE|"verdict": ?"VALID"|\bVALID\b', done.stdout)
