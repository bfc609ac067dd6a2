"""Who gets what answer at which door: one table of every door and everybody."""

from __future__ import annotations

import io
from typing import get_args

import pytest

from portal.app import WITHOUT_TOKEN
from portal.routes.doors import ROLES, Audience
from tests.portal.routes.tour import Tour, doors
from tests.stories.actors import Visitor, same_for_all

PEOPLE = ("nobody", "sender", "another", "auditor", "operator", "recipient")
# Everybody asks about one letter: `sender` sent it, `recipient` has consulted it and sits at its bound address. Forms hold
# a token and nothing else. 303 for nobody at a sender's or an auditor's page: to the sign-in.
TABLE = """
    GET  /                                       200 200 200 200 200 200
    GET  /.well-known/security.txt               200 200 200 200 200 200
    GET  /connexion                              200 200 200 200 200 200
    POST /connexion                              422 422 422 422 422 422
    GET  /courrier/<int:number>                  403 403 403 403 403 200
    GET  /courrier/<int:number>/lettre.pdf       403 403 403 403 403 200
    GET  /courrier/<int:number>/piece/<int:position>  403 403 403 403 403 200
    GET  /courrier/<int:number>/tout.zip         403 403 403 403 403 200
    POST /csp                                    204 204 204 204 204 204
    POST /deconnexion                            303 303 303 303 303 303
    POST /dev/banque                             400 400 400 400 400 400
    POST /dev/banque/payer                       400 400 400 400 400 400
    GET  /dev/mailbox                            200 200 200 200 200 200
    GET  /dev/mailbox/<mail>                     200 200 200 200 200 200
    GET  /dev/mailbox/<mail>/html                200 200 200 200 200 200
    GET  /dev/mailbox/<mail>/piece/<int:part>    200 200 200 200 200 200
    GET  /dev/mailbox/<mail>/source              200 200 200 200 200 200
    GET  /journal                                303 403 403 200 403 303
    GET  /journal/export.zip                     303 403 403 200 403 303
    GET  /l/<token>                              403 403 403 403 403 200
    POST /l/<token>/code                         200 200 200 200 200 200
    POST /l/<token>/consulter                    403 403 403 403 403 303
    POST /l/<token>/rattacher                    422 422 422 422 422 422
    GET  /l/<token>/refuser                      403 403 403 403 403 409
    POST /l/<token>/refuser                      403 403 403 403 403 409
    POST /l/<token>/relire                       403 403 403 403 403 303
    POST /langue/<lang>                          303 303 303 303 303 303
    GET  /lettres                                303 200 200 403 200 303
    GET  /lettres/<reference>                    303 200 404 403 404 303
    POST /lettres/<reference>/annuler            403 409 404 403 404 403
    GET  /lettres/<reference>/lettre.pdf         303 200 404 403 404 303
    GET  /lettres/<reference>/paiement           303 200 404 403 404 303
    POST /lettres/<reference>/paiement           403 303 404 403 404 403
    GET  /lettres/<reference>/piece/<int:position>    303 200 404 403 404 303
    GET  /lettres/<reference>/preuves/<int:proof>     303 200 404 403 404 303
    GET  /lettres/<reference>/tout.zip           303 200 404 403 404 303
    GET  /lettres/nouvelle                       303 200 200 403 200 303
    POST /lettres/nouvelle                       403 422 422 403 422 403
    GET  /lettres/nouvelle/<draft_id>            303 200 404 403 404 303
    POST /lettres/nouvelle/<draft_id>            403 422 404 403 404 403
    POST /lettres/nouvelle/<draft_id>/payer      403 422 404 403 404 403
    GET  /lettres/nouvelle/<draft_id>/recapitulatif   303 200 404 403 404 303
    GET  /livez                                  200 200 200 200 200 200
    POST /paiement/notification                  400 400 400 400 400 400
    GET  /paiement/retour                        303 303 303 403 303 303
    GET  /politique                              200 200 200 200 200 200
    GET  /racine.pem                             200 200 200 200 200 200
    GET  /readyz                                 200 200 200 200 200 200
    GET  /refus-enregistre                       200 200 200 200 200 200
    GET  /static/<path:filename>                 200 200 200 200 200 200
    GET  /verifier                               200 200 200 200 200 200
    POST /verifier                               422 422 422 422 422 422
    POST /verifier/rapport                       410 410 410 410 410 410
    GET  /verifier/schema.json                   200 200 200 200 200 200
"""
ELSEWHERE = "192.0.2.1"


def expected() -> dict[tuple[str, str], list[int]]:
    lines = [line.split() for line in TABLE.strip().splitlines()]
    return {(method, rule): [int(status) for status in statuses] for method, rule, *statuses in lines}


@pytest.fixture
def people(toured_on_either: Tour) -> list[Visitor]:
    """Everybody in the order of `PEOPLE`, with sessions that a test may end."""
    town = toured_on_either.town
    auditor, recipient = town.auditor(), toured_on_either.with_the_letters_cookie()
    operator = town.sender("exploitante@exemple.nc", role="operator")
    return [Visitor(town, at=ELSEWHERE), town.sender(), town.sender("autre@exemple.nc"), auditor, operator, recipient]


def test_every_door_answers_everybody_as_the_table_says(toured_on_either: Tour, people: list[Visitor]) -> None:
    asked = [(rule, method) for rule, method in doors(toured_on_either.town.app) if method in ("GET", "POST")]
    asked.sort(key=lambda one: one[0].endpoint == "account.sign_out")
    found: dict[tuple[str, str], list[int]] = {}
    for rule, method in asked:
        found[method, rule.rule] = [toured_on_either.knock(who, rule, method).status_code for who in people]
    assert found == expected()


def test_every_view_declares_whom_it_is_for(toured: Tour) -> None:
    for endpoint, view in toured.town.app.view_functions.items():
        assert getattr(view, "audience", None) in get_args(Audience), endpoint
    assert set(ROLES) <= set(get_args(Audience))


def test_no_form_but_those_of_machines_is_taken_without_a_token(toured: Tour) -> None:
    machines = {endpoint for endpoint in WITHOUT_TOKEN if endpoint in toured.town.app.view_functions}
    assert machines == {"payment.notice", "dev.bank", "dev.bank_pay", "reports.csp"}


@pytest.mark.parametrize(
    ("theirs", "unknown"),
    [
        ("/lettres/{reference}", "/lettres/LSE990101-000001"),
        ("/lettres/{reference}/lettre.pdf", "/lettres/LSE990101-000001/lettre.pdf"),
        ("/lettres/{reference}/paiement", "/lettres/LSE990101-000001/paiement"),
        ("/lettres/{reference}/piece/0", "/lettres/LSE990101-000001/piece/0"),
        ("/lettres/{reference}/tout.zip", "/lettres/LSE990101-000001/tout.zip"),
        ("/lettres/{reference}/preuves/{proof}", "/lettres/LSE990101-000001/preuves/1"),
        ("/lettres/{own}/preuves/{proof}", "/lettres/{own}/preuves/999"),
        ("/lettres/nouvelle/{draft}", "/lettres/nouvelle/" + "0" * 32),
        ("/lettres/nouvelle/{draft}/recapitulatif", "/lettres/nouvelle/nothing/recapitulatif"),
    ],
)
def test_what_is_another_senders_looks_like_what_does_not_exist(toured: Tour, theirs: str, unknown: str) -> None:
    another = toured.town.sender("autre@exemple.nc")
    own = another.deposits(outcome="abandon")
    values = {"reference": toured.reference, "proof": toured.proof, "draft": toured.draft, "own": own}
    pages = [another.gets(path.format(**values)) for path in (theirs, unknown)]
    assert [page.status_code for page in pages] == [404, 404]
    assert same_for_all(pages[0].text) == same_for_all(pages[1].text)


def test_another_sender_can_neither_pay_nor_change_a_draft(toured: Tour) -> None:
    another = toured.town.sender("autre@exemple.nc")
    before = toured.sender.gets(f"/lettres/nouvelle/{toured.draft}/recapitulatif").text
    assert another.posts(f"/lettres/nouvelle/{toured.draft}/payer", {"accept_sales": "y"}).status_code == 404
    assert _composes(another, f"/lettres/nouvelle/{toured.draft}") == 404
    after = toured.sender.gets(f"/lettres/nouvelle/{toured.draft}/recapitulatif").text
    assert same_for_all(after) == same_for_all(before)


def test_an_auditor_composes_nothing_and_leaves_no_file(toured: Tour) -> None:
    vault = toured.town.office.settings.home / "vault"
    before = sorted(path for path in vault.rglob("*") if path.is_file())
    assert _composes(toured.auditor, "/lettres/nouvelle") == 403
    assert sorted(path for path in vault.rglob("*") if path.is_file()) == before


def test_a_visit_to_one_letter_opens_no_other(toured: Tour) -> None:
    assert toured.with_the_letters_cookie().gets(f"/courrier/{toured.number}").status_code == 200
    assert Visitor(toured.town, at=toured.recipient.at).gets(f"/courrier/{toured.number}").status_code == 403
    for other in (toured.number + 1, toured.number + 2, 999):
        assert toured.with_the_letters_cookie(named_for=other).gets(f"/courrier/{other}").status_code == 403, other


def _composes(who: Visitor, path: str) -> int:
    form = {
        "recipient_status": "particulier",
        "recipient_last_name": "MARTIN",
        "recipient_email": "joel@exemple.nc",
        "subject": "Objet",
        "message": "Un message qui n’est pas le sien.",
        "accept_terms": "y",
        "files": [(io.BytesIO(b"x" * 100_000), "fichier.bin")],
    }
    return who.posts(path, form, content_type="multipart/form-data").status_code
