"""The lines that the README gives a lawyer do what it says, as they stand there."""

from __future__ import annotations

import json
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


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("", "PREUVE VALIDE"),
        ("--json", '"verdict": "VALID"'),
        ("--lang en", "VALID PROOF"),
        ("--xml", "urn:etsi:019102:mainindication:total-passed"),
    ],
)
def test_the_command_says_valid_in_every_form(folder: Path, option: str, said: str) -> None:
    (line,) = [one for one in commands("pip install .").splitlines() if one.startswith("lse-verify preuve.pdf")]
    done = run(f"{line.partition('#')[0]} {option}", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert said in done.stdout


def test_a_list_of_files_is_judged_as_the_readme_says(folder: Path) -> None:
    (line,) = [one for one in commands("pip install .").splitlines() if "--files-from" in one]
    (folder / "list.txt").write_text("preuve.pdf\npreuve.pdf\n")
    done = run(f"{line.partition('#')[0]} --trust racine.pem", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [json.loads(one)["verdict"] for one in done.stdout.splitlines()] == ["VALID", "VALID"]
