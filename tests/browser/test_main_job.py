"""The main job in a real browser, by people who know what the README and the pages tell them."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from portal.demo import ATTACHMENT, MESSAGE
from tests.browser.conftest import Visits
from tests.browser.instance import Instance
from tests.browser.people import (
    ACKNOWLEDGED,
    consults,
    fetched,
    follows_the_link,
    opens_the_letter,
    opens_the_mail,
    signs_in,
    text_of,
    waits_for,
)

LSE_VERIFY = Path(sys.executable).with_name("lse-verify")
REFERENCE = re.compile(r"LSE\d{6}-\d{6}")
FILES = (("Tāneʻarii – relevé d’avril.pdf", b"%PDF-1.4\n% made up\n"), ("plan.txt", b"Le plan.\n" * 400))
DROP = """([name, content]) => {
    const transfer = new DataTransfer();
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type: "application/pdf" }));
    return transfer;
}"""


def reads_the_presentation(page: Page, instance: Instance) -> None:
    """Read all that a recipient must know before the choice, and nothing of the content."""
    expect(page.get_by_role("heading", level=1)).to_contain_text("vous a envoyé une lettre suivie électronique")
    for heading in ("Ce que c’est", "Ce que fait chaque choix"):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    said = page.locator("main").inner_text()
    assert instance.printed.sender in said
    assert REFERENCE.search(said)
    assert "Vous avez jusqu’au" in said
    assert "Téléchargez la lettre dès que vous l’ouvrez." in said
    assert "Votre relevé" not in said
    assert "relevé.txt" not in said
    assert "12 400" not in said


def reads_the_letter(page: Page, instance: Instance, recipient: str) -> str:
    """Read the whole letter, and return its reference."""
    expect(page.get_by_role("status")).to_contain_text("Vous avez accusé réception de votre lettre.")
    page.wait_for_load_state()
    facts = dict(zip(page.locator("dt").all_inner_texts(), page.locator("dd").all_inner_texts(), strict=True))
    assert instance.printed.sender in facts["Expéditeur"]
    assert recipient in facts["Destinataire"]
    assert re.match(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d \(UTC\+11, Nouméa\)", facts["Présentée le"])
    assert facts["Statut"].strip() == "Reçu et lu"
    assert page.locator(".message").inner_text().strip() == MESSAGE.strip()
    expect(page.locator(".file")).to_contain_text("relevé.txt")
    reference = REFERENCE.search(facts["Identifiant du courrier"])
    assert reference is not None
    return reference[0]


def downloads_the_letter(page: Page, reference: str) -> None:
    """Keep the letter: the message, its attachment, and all of it at once."""
    name, paper = fetched(page, page.get_by_role("link", name="Télécharger le message en PDF"))
    assert name == f"{reference}.pdf"
    assert "répondez-nous avant la fin du mois" in text_of(paper)
    name, attachment = fetched(page, page.get_by_role("link", name="Télécharger relevé.txt"))
    assert (name, attachment.decode()) == ("relevé.txt", ATTACHMENT)
    name, bundle = fetched(page, page.get_by_role("link", name="Tout télécharger (zip)"))
    assert name == f"{reference}.zip"
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        assert archive.testzip() is None
        contents = {one: archive.read(one) for one in archive.namelist()}
    assert set(contents) == {"lettre.pdf", "message.txt", "manifest.json", "relevé.txt"}
    assert (contents["lettre.pdf"], contents["relevé.txt"]) == (paper, attachment)
    assert "répondez-nous avant la fin du mois" in contents["message.txt"].decode()


def finds_the_proofs(page: Page, reference: str, status: str, kinds: list[str]) -> dict[str, bytes]:
    """Find the letter in the sender's list with its status, open it, and download its proofs by kind."""
    row = page.locator("tbody tr").filter(has_text=reference)
    expect(row).to_contain_text(status)
    row.get_by_role("link").click()
    links = page.locator(".proof a[download]")
    waits_for(page, links.nth(len(kinds) - 1))
    files = dict(fetched(page, link) for link in links.all())
    assert sorted(files) == [f"{kind}-{reference}.pdf" for kind in kinds]
    return {name[:2]: content for name, content in files.items()}


def drops_on_the_verifier(page: Page, proof: bytes) -> None:
    """Drop a proof on the verifier's page, which shows its digest, and read the verdict."""
    page.get_by_role("link", name="Vérifier une preuve").first.click()
    transfer = page.evaluate_handle(DROP, ["AR.pdf", base64.b64encode(proof).decode()])
    page.locator("[data-drop]").dispatch_event("drop", {"dataTransfer": transfer})
    shown = page.locator("[data-digest] samp")
    expect(shown).to_be_visible()
    assert shown.inner_text().replace(" ", "") == hashlib.sha256(proof).hexdigest()
    page.get_by_role("button", name="Vérifier").click()
    expect(page.get_by_role("status")).to_contain_text("Preuve valide")
    expect(page.get_by_role("status")).to_contain_text("preuve de réception")


def checks_in_the_terminal(folder: Path, proof: bytes, root: bytes) -> None:
    """Run the command that the README gives."""
    (folder / "AR.pdf").write_bytes(proof)
    (folder / "racine.pem").write_bytes(root)
    ran = subprocess.run(
        [LSE_VERIFY, "AR.pdf", "--trust", "racine.pem", "--json"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout)["verdict"] == "VALID"


@pytest.mark.parametrize(("started", "width"), [("fresh", 1280), ("instance", 360)])
def test_with_the_readme_alone_a_person_gets_from_the_mailbox_to_a_verified_proof(
    started: str, width: int, request: pytest.FixtureRequest, visits: Visits, tmp_path: Path
) -> None:
    instance: Instance = request.getfixturevalue(started)
    to = instance.printed.recipient
    page = visits(instance, width=width)
    opens_the_letter(page, instance, to=to)
    reads_the_presentation(page, instance)
    consults(page, to)
    reference = reads_the_letter(page, instance, to)
    downloads_the_letter(page, reference)
    opens_the_mail(page, instance, to=to, subject=ACKNOWLEDGED)
    expect(page.locator(".message")).to_contain_text(reference)

    signs_in(page, instance)
    proofs = finds_the_proofs(page, reference, "Reçu et lu", ["AR", "EV"])
    assert "Preuve de réception" in text_of(proofs["AR"])
    drops_on_the_verifier(page, proofs["AR"])
    name, root = fetched(page, page.get_by_role("link", name="Télécharger le certificat racine"))
    assert name == "racine.pem"
    checks_in_the_terminal(tmp_path, proofs["AR"], root)


def composes(page: Page, to: str, message: str, files: tuple[tuple[str, bytes], ...]) -> None:
    """Write a letter with attachments, and go on to what will be sent."""
    page.get_by_role("link", name="Nouvel envoi").click()
    page.get_by_label("un professionnel").check()
    page.get_by_label("Nom du destinataire", exact=True).fill("WAMYTAN")
    page.get_by_label("Prénom du destinataire").fill("Élise")
    page.get_by_label("E-mail du destinataire").fill(to)
    page.get_by_label("Objet").fill("Convocation")
    page.get_by_label("Message").fill(message)
    chosen = [{"name": name, "mimeType": "application/pdf", "buffer": content} for name, content in files]
    page.get_by_label("Choisir des fichiers").set_input_files(chosen)
    expect(page.locator("[data-chosen] li")).to_have_count(len(files))
    page.get_by_label("J’accepte les conditions").check()
    page.get_by_role("button", name="Continuer").click()


def pays(page: Page) -> str:
    """Pay at the simulated bank, come back, and return the letter's reference."""
    page.get_by_label("J’accepte les Conditions").check()
    page.get_by_role("button", name="Payer et envoyer ma lettre").click()
    page.get_by_role("button", name="Poursuivre").click()
    page.get_by_role("button", name="Payer").click()
    page.get_by_role("link", name="Retourner au service").click()
    expect(page.get_by_role("heading", name="Votre paiement est reçu")).to_be_visible()
    reference = REFERENCE.search(page.locator("main").inner_text())
    assert reference is not None
    return reference[0]


def test_a_sender_composes_pays_and_gets_a_proof_and_the_files_arrive_under_their_names(
    instance: Instance, visits: Visits
) -> None:
    page = visits(instance)
    signs_in(page, instance)
    composes(page, "elise@exemple.nc", "Bonjour Élise,\n\nVoici la convocation.\n", FILES)
    for name, _ in FILES:
        expect(page.locator(".file").filter(has_text=name)).to_be_visible()
    reference = pays(page)
    page.get_by_role("link", name="Mes lettres", exact=True).click()
    waits_for(page, page.locator("tbody tr").filter(has_text=reference).filter(has_text="Envoyé"))
    proofs = finds_the_proofs(page, reference, "Envoyé", ["EV"])
    assert "Preuve de dépôt et d’envoi" in text_of(proofs["EV"])

    recipient = visits(instance, width=360)
    opens_the_letter(recipient, instance, to="elise@exemple.nc")
    consults(recipient, " Elise@Exemple.NC ")
    links = recipient.locator(".file a[download]")
    expect(links).to_have_count(len(FILES))
    assert tuple(fetched(recipient, link) for link in links.all()) == FILES


def test_a_recipient_refuses_on_a_second_page_once_and_the_sender_has_the_proof(
    instance: Instance, visits: Visits
) -> None:
    reference = instance.deposits("joel@exemple.nc", "Bonjour Joël,\n\nVoici de quoi refuser.\n")
    page = visits(instance, width=360, forgives=(422, 409))
    opens_the_letter(page, instance, to="joel@exemple.nc")
    page.get_by_role("link", name="Refuser", exact=True).click()
    page.get_by_label("Votre adresse électronique").fill("joel@exemple.nc")
    page.get_by_role("button", name="Refuser la lettre").click()
    expect(page.get_by_role("alert")).to_contain_text("Cochez la case pour confirmer le refus.")
    expect(page.get_by_label("Votre adresse électronique")).to_have_value("joel@exemple.nc")
    page.get_by_label("Je refuse cette lettre").check()
    page.get_by_role("button", name="Refuser la lettre").click()
    expect(page.get_by_role("status")).to_contain_text("Votre refus est enregistré.")
    assert page.url == f"{instance.printed.portal}/refus-enregistre"

    opens_the_letter(page, instance, to="joel@exemple.nc")
    expect(page.get_by_role("heading", level=1)).to_have_text("Un choix a déjà été fait pour cette lettre")
    expect(page.locator("main")).to_contain_text(instance.printed.sender)

    signs_in(page, instance)
    proofs = finds_the_proofs(page, reference, "Refusé", ["EV", "RF"])
    assert "Preuve de refus" in text_of(proofs["RF"])


def test_a_recipient_without_script_reads_downloads_and_comes_back(instance: Instance, visits: Visits) -> None:
    to = "sans.script@exemple.nc"
    instance.deposits(to, MESSAGE, files=(("relevé.txt", ATTACHMENT.encode()),))
    page = visits(instance, width=360, script=False, forgives=(422,))
    opens_the_letter(page, instance, to=to)
    consults(page, "quelqu.un@exemple.nc")
    expect(page.get_by_role("alert")).to_contain_text("L’adresse tapée n’est pas celle de cette lettre.")
    expect(page.get_by_label("Votre adresse électronique")).to_have_value("quelqu.un@exemple.nc")
    consults(page, to)
    reference = reads_the_letter(page, instance, to)
    downloads_the_letter(page, reference)
    opens_the_mail(page, instance, to=to, subject=ACKNOWLEDGED)
    follows_the_link(page)
    page.get_by_role("button", name="Lire mon courrier").click()
    assert page.locator(".message").inner_text().strip() == MESSAGE.strip()
    here = page.url
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.url == here
