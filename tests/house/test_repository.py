"""What the files of the project may and may not say."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = {".py", ".md", ".html", ".txt", ".css", ".js", ".toml", ".typ", ".po", ".json", ".cfg", ".sh", ".mako", ".svg"}
FORBIDDEN = re.compile(
    r"(?<![\w.])/(?:work|root|home/\w+)/"  # somebody's machine
    r"|\bTODO\b|\bFIXME\b|\bXXX\b"
    r"|(?i:chatgpt|language model|as an ai\b|co-authored-by)"
)
LAW = re.compile(r"juridiquement|lettre recommandée électronique|valeur probante|remis au destinataire", re.IGNORECASE)
FIGURE = re.compile(r"`(bench\.\w+|make bench)`")


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    names = [name for name in listed.split("\0") if name]
    return [ROOT / name for name in names if (ROOT / name).suffix in TEXT or "." not in Path(name).name]


def test_no_file_speaks_of_a_machine_or_leaves_work_undone() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in tracked()
        if path != Path(__file__) and path.is_file()
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if FORBIDDEN.search(line)
    ]
    assert found == []


def test_no_page_mail_or_proof_states_law() -> None:
    spoken = [*ROOT.glob("templates/**/*.*"), *ROOT.glob("verifier/*.typ"), *ROOT.glob("portal/**/*.typ")]
    spoken += [ROOT / "verifier/wording.py", ROOT / "verifier/sentences.py", *ROOT.glob("portal/routes/*.py")]
    assert [path.name for path in spoken if LAW.search(path.read_text())] == []


def test_every_measured_figure_of_the_readme_names_a_bench_that_exists() -> None:
    named = set(FIGURE.findall((ROOT / "README.md").read_text()))
    benches = {f"bench.{path.stem}" for path in (ROOT / "bench").glob("*.py")} | {"make bench"}
    assert named <= benches


def test_every_decision_that_is_cited_has_its_page() -> None:
    pages = {path.name[:4] for path in (ROOT / "docs/decisions").glob("*.md")}
    assert pages == {f"{number:04}" for number in range(1, len(pages) + 1)}
    cited = {
        number
        for path in [*ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md"), *ROOT.glob("portal/**/*.py")]
        for number in re.findall(r"decisions/(\d{4})", path.read_text())
    }
    assert cited <= pages


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)} -> {target}"
        for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert broken == []
