"""EU trusted lists from files: whose signature is believed, what they say of a seal and when, and what no list may do."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.lists import GRANTED, LONG_AGO, QTST, WITHDRAWN, Listed, Operator, lotl, national
from tests.proofs import ACT, Service
from verifier import lists
from verifier.cli import main

pytest.importorskip("signxml")
pytest.importorskip("xsdata")

EUROPE, FRANCE, FORGER = Operator("List of lists"), Operator("French list"), Operator("French list")
BEFORE, AFTER = ACT - timedelta(days=30), ACT + timedelta(days=1)


class Desk:
    """A folder with a proof, lists and the certificate that signs the list of lists."""

    def __init__(self, folder: Path, proof: bytes, service: Service, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.service, self.capsys = folder, service, capsys
        self.lists = folder / "lists"
        self.lists.mkdir()
        self.write("preuve.pdf", proof)
        self.write("racine.pem", service.anchor)
        self.write("europe.pem", EUROPE.pem)
        self.write("lists/lotl.xml", EUROPE.sign(lotl({"FR": FRANCE})))

    def write(self, name: str, raw: bytes) -> None:
        (self.folder / name).write_bytes(raw)

    def french(self, *services: Listed, signer: Operator | None = FRANCE, **changes: Any) -> None:
        xml = national(services, **changes)
        self.write("lists/fr.xml", xml.encode() if signer is None else signer.sign(xml))

    def run(self, *options: str, trust: bool = True) -> tuple[int, list[dict[str, Any]], str]:
        """Return the exit code, the signatures of the report, and what was said beside it."""
        own = ["--trust", str(self.folder / "racine.pem")] if trust else []
        listed = ["--eutl", str(self.lists), "--json", "--lang", "en"]
        code = main([str(self.folder / "preuve.pdf"), *own, *listed, *options])
        said = self.capsys.readouterr()
        return code, json.loads(said.out)["signatures"] if said.out else [], said.err

    @property
    def pinned(self) -> tuple[str, str]:
        return "--lotl-signer", str(self.folder / "europe.pem")

    def seal(self, *options: str) -> str:
        signatures = self.run(*self.pinned, *options)[1]
        return str(next(one["qualified"] for one in signatures if one["kind"] == "signature"))


@pytest.fixture
def desk(tmp_path: Path, proof: bytes, service: Service, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, proof, service, capsys)


@pytest.fixture
def authority(service: Service) -> Any:
    return service.post.root.certificate


def test_a_granted_service_makes_a_qualified_seal_and_a_qualified_time_stamp(desk: Desk, authority: Any) -> None:
    stamper = desk.service.post.tsa.certificate
    desk.french(Listed(authority), Listed(stamper, kind=QTST, qualifiers=()))
    code, signatures, said = desk.run(*desk.pinned)
    assert (code, said) == (0, "")
    assert [one["qualified"].partition(" · ")[::2] for one in signatures] == [
        ("QESeal", "Trial Post (FR)"),
        ("QTST", "Trial Post (FR)"),
    ]


@pytest.mark.parametrize(
    ("qualifiers", "said"),
    [
        (("QCStatement", "QCForESig", "QCWithQSCD"), "QESig"),
        (("QCStatement", "QCForESeal", "QCNoQSCD"), "qualified certificate for seals, no QSCD"),
        (("QCStatement", "QCForESeal", "QCWithQSCD", "NotQualified"), "not qualified: no granted service"),
        ((), "not qualified: no granted service"),
    ],
)
def test_the_qualifiers_of_the_list_decide(desk: Desk, authority: Any, qualifiers: tuple[str, ...], said: str) -> None:
    desk.french(Listed(authority, qualifiers=qualifiers))
    assert desk.seal().startswith(said)


@pytest.mark.parametrize(
    ("statuses", "said"),
    [
        ([(WITHDRAWN, AFTER), (GRANTED, LONG_AGO)], "QESeal"),
        ([(WITHDRAWN, BEFORE), (GRANTED, LONG_AGO)], "not qualified: no granted service at 2026-04-14T"),
        ([(GRANTED, AFTER)], "not qualified: no granted service at 2026-04-14T"),
        ([(WITHDRAWN, LONG_AGO)], "not qualified"),
        ([(GRANTED, ACT)], "not qualified: no granted service when the certificate was issued"),
    ],
)
def test_the_status_counts_at_the_time_of_the_seal(desk: Desk, authority: Any, statuses: Any, said: str) -> None:
    desk.french(Listed(authority, statuses=statuses))
    assert desk.seal().startswith(said)


def test_an_authority_that_no_list_names_makes_nothing_qualified(desk: Desk) -> None:
    other = Service().post.root.certificate  # of the same name
    desk.french(Listed(other))
    assert desk.seal() == "not qualified: no service in the lists has issued the certificate"


def test_without_lists_nothing_is_said(desk: Desk) -> None:
    main([str(desk.folder / "preuve.pdf"), "--json"])
    assert {one["qualified"] for one in json.loads(desk.capsys.readouterr().out)["signatures"]} == {""}


def test_what_the_list_says_of_a_seal_whose_chain_is_not_trusted_is_no_more_than_of_its_certificate(
    desk: Desk, authority: Any
) -> None:
    desk.french(Listed(authority))
    code, signatures, _ = desk.run(*desk.pinned, trust=False)
    assert code == 2
    assert signatures[0]["qualified"].startswith(
        "qualified certificate for seals, key in a QSCD, signature not established"
    )


def test_the_services_of_a_list_are_anchors_when_asked(desk: Desk, authority: Any) -> None:
    desk.french(Listed(authority))
    code = main([str(desk.folder / "preuve.pdf"), "--eutl", str(desk.lists), *desk.pinned, "--eutl-trust", "--json"])
    report = json.loads(desk.capsys.readouterr().out)
    assert code == 0
    assert "EU Trial Post (FR)" in next(one["detail"] for one in report["checks"] if one["code"] == "chain")
    assert report["signatures"][0]["qualified"] == "QESeal · Trial Post (FR)"


def test_a_service_that_was_withdrawn_before_the_seal_is_no_anchor(desk: Desk, authority: Any) -> None:
    desk.french(Listed(authority, statuses=[(WITHDRAWN, BEFORE), (GRANTED, LONG_AGO)]))
    assert desk.run(*desk.pinned, "--eutl-trust", trust=False)[0] == 2
    desk.french(Listed(authority, statuses=[(WITHDRAWN, AFTER), (GRANTED, LONG_AGO)]))
    assert desk.run(*desk.pinned, "--eutl-trust", trust=False)[0] == 0


def test_a_list_that_its_operator_did_not_sign_is_refused(desk: Desk, authority: Any) -> None:
    desk.french(Listed(authority), signer=FORGER)
    code, _, said = desk.run(*desk.pinned)
    assert code == 64
    assert "fr.xml: the signature of this list does not verify" in said
    desk.french(Listed(authority), signer=None)
    assert desk.run(*desk.pinned)[0] == 64


def test_a_list_that_was_changed_after_it_was_signed_is_refused(desk: Desk, authority: Any) -> None:
    signed = FRANCE.sign(national([Listed(authority, statuses=[(WITHDRAWN, BEFORE)])]))
    desk.write("lists/fr.xml", signed.replace(WITHDRAWN.encode(), GRANTED.encode()))
    assert desk.run(*desk.pinned)[0] == 64


def test_a_list_of_lists_by_another_signer_is_refused(desk: Desk, authority: Any) -> None:
    desk.french(Listed(authority), signer=FORGER)
    desk.write("lists/lotl.xml", FORGER.sign(lotl({"FR": FORGER})))
    code, _, said = desk.run(*desk.pinned)
    assert code == 64
    assert "lotl.xml: the signature of this list does not verify" in said


def test_the_list_of_one_country_cannot_pass_for_anothers(desk: Desk, authority: Any) -> None:
    desk.french(Listed(authority), territory="BE")
    code, _, said = desk.run(*desk.pinned)
    assert code == 64
    assert "no list of BE" in said


def test_a_list_that_was_not_checked_says_so_and_gives_no_anchor(desk: Desk, authority: Any) -> None:
    desk.french(Listed(authority), signer=None)
    _, signatures, said = desk.run()
    assert "the signature of the trusted lists is not checked" in said
    assert signatures[0]["qualified"] == "QESeal · Trial Post (FR) · list signature not checked"
    code, _, said = desk.run("--eutl-trust")
    assert code == 64
    assert "add --lotl-signer" in said


def test_a_single_list_may_be_pinned_by_its_own_signer(desk: Desk, authority: Any) -> None:
    (desk.lists / "lotl.xml").unlink()
    desk.french(Listed(authority), signer=EUROPE)
    assert desk.seal() == "QESeal · Trial Post (FR)"


def test_a_list_past_its_next_update_is_said_to_be_out_of_date(desk: Desk, authority: Any) -> None:
    desk.french(Listed(authority), until=LONG_AGO)
    assert desk.seal().endswith("· list out of date")


@pytest.mark.parametrize(
    "raw",
    [
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><TrustServiceStatusList>&x;</TrustServiceStatusList>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16"),
        b"<TrustServiceStatusList xmlns='http://uri.etsi.org/02231/v2#'><SchemeInformation>",
        b"<html/>",
        b"%PDF-1.7",
        b"<a>" * 100_000,
    ],
)
def test_hostile_xml_is_turned_down_in_one_sentence(desk: Desk, raw: bytes) -> None:
    desk.write("lists/fr.xml", raw)
    code, _, said = desk.run()
    assert code == 64
    assert said.count("\n") == 1
    assert "this is no readable trusted list" in said
    assert "root:" not in said


def test_an_entity_bomb_costs_nothing(desk: Desk) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    desk.write("lists/fr.xml", f'<!DOCTYPE a [<!ENTITY e0 "x">{entities}]><a>&e11;</a>'.encode())
    assert "document type" in desk.run()[2]


def test_a_list_that_is_too_large_is_not_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "LIMITS", replace(lists.LIMITS, file=1000))
    code, _, said = desk.run(*desk.pinned)
    assert (code, "got more than 1000 bytes" in said) == (64, True)


def test_an_absent_or_empty_place_of_lists_is_said(desk: Desk) -> None:
    (desk.folder / "vide").mkdir()
    for name, said in (("vide", "this folder holds no"), ("absent.xml", "there is no such file")):
        assert main([str(desk.folder / "preuve.pdf"), "--eutl", str(desk.folder / name), "--lang", "en"]) == 64
        assert said in desk.capsys.readouterr().err
