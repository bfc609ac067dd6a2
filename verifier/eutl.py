"""Read an EU trusted list (ETSI TS 119 612) that somebody downloaded: check its signature, keep what a judgement needs.

A list is as hostile as any file: no document type, no entity, nothing fetched, and it is read in the confined child. What is
kept are the services that issue qualified certificates and qualified time stamps, each as a line of its own:

    SHA-256 of a certificate's subject, hexadecimal ‖ space ‖ JSON: territory, tsp, signed, expired, xml (one TSPService)

A line a certificate, so that whoever judges a file reads the few lines that it needs and not the whole of Europe.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from cryptography import x509
from lxml import etree

from verifier.beside import StoreRefused

TSL = "http://uri.etsi.org/02231/v2#"
XML = "http://www.w3.org/XML/1998/namespace"
_URI = "http://uri.etsi.org/TrstSvc/"
LIST_OF_LISTS = "EUlistofthelists"
SERVICES = (f"{_URI}Svctype/CA/QC", f"{_URI}Svctype/TSA/QTST")
_KEPT = (
    "ServiceTypeIdentifier",
    "ServiceName",
    "ServiceDigitalIdentity",
    "ServiceStatus",
    "StatusStartingTime",
    "ServiceInformationExtensions",
)
_MIME = "application/vnd.etsi.tsl+xml"
_NAMES = {"t": TSL}


def read(raw: bytes, *, source: str, signers: Sequence[bytes], now: datetime) -> dict[str, Any]:
    """Return what one list holds; its signature is checked where `signers` (certificates in DER) are given.

    For a list of lists ``{"pointers": {territory: [certificate in base64, …]}}``, for a national one
    ``{"territory": …, "services": [line, …]}``. Raises `StoreRefused` for what is no list, or not signed by any of them.
    """
    _demand_plain(raw, source)
    root = _verified(raw, source, signers, now) if signers else _parsed(raw, source)
    information = root.find("t:SchemeInformation", _NAMES)
    if root.tag != f"{{{TSL}}}TrustServiceStatusList" or information is None:
        raise StoreRefused("list", source, f"got {root.tag}, expected a TrustServiceStatusList")
    if LIST_OF_LISTS in _text(information, "t:TSLType"):
        return {"pointers": _pointers(information)}
    territory = _text(information, "t:SchemeTerritory")
    until = _moment(_text(information, "t:NextUpdate/t:dateTime"))
    about = {"territory": territory, "signed": bool(signers), "expired": until is None or until < now}
    return {"territory": territory, "services": list(_services(root, about))}


def _demand_plain(raw: bytes, source: str) -> None:
    """Turn down what could make a parser read more than the file: document types and entities, in whatever encoding."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise StoreRefused("list", source, f"expected UTF-8: {fault.reason}") from fault
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise StoreRefused("list", source, "got a document type declaration, expected none")


def _parsed(raw: bytes, source: str) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        raise StoreRefused("list", source, str(fault)) from fault


def _verified(raw: bytes, source: str, signers: Sequence[bytes], now: datetime) -> etree._Element:
    """Return the list as it was signed, and nothing of what was not (XAdES, enveloped)."""
    try:
        from signxml.exceptions import SignXMLException
        from signxml.xades.xades import XAdESSignatureConfiguration, XAdESVerifier
    except ImportError as fault:
        raise StoreRefused("list-support", source) from fault

    configuration = XAdESSignatureConfiguration(require_x509=True, expect_references=True, verification_time=now)
    said = "no certificate is known for this list"
    for signer in signers:
        certificate = x509.load_der_x509_certificate(signer)
        try:
            results = XAdESVerifier().verify(raw, x509_cert=certificate, expect_config=configuration)
        except (SignXMLException, etree.LxmlError, ValueError, TypeError, KeyError, AttributeError) as fault:
            said = f"{type(fault).__name__}: {fault}"
            continue
        for one in results:
            if one.signed_xml is not None and one.signed_xml.tag == f"{{{TSL}}}TrustServiceStatusList":
                return _parsed(one.signed_data, source)
        said = "the list itself is not what was signed"
    raise StoreRefused("list-signature", source, said[:200])


def _pointers(information: etree._Element) -> dict[str, list[str]]:
    """Return, for each territory, the certificates that sign its list."""
    found: dict[str, list[str]] = {}
    for pointer in information.iterfind("t:PointersToOtherTSL/t:OtherTSLPointer", _NAMES):
        told = [one.text or "" for one in pointer.iter() if isinstance(one.tag, str)]
        territory = next((one.text for one in pointer.iter(f"{{{TSL}}}SchemeTerritory") if one.text), None)
        if territory is None or _MIME not in told:
            continue
        known = found.setdefault(territory.strip(), [])
        known += [base64.b64encode(one).decode() for one in _certificates(pointer)]
    return found


def _services(root: etree._Element, about: dict[str, Any]) -> Iterator[str]:
    for provider in root.iterfind("t:TrustServiceProviderList/t:TrustServiceProvider", _NAMES):
        name = _english(provider.find("t:TSPInformation/t:TSPName", _NAMES))
        for service in provider.iterfind("t:TSPServices/t:TSPService", _NAMES):
            information = service.find("t:ServiceInformation", _NAMES)
            if information is None or _text(information, "t:ServiceTypeIdentifier") not in SERVICES:
                continue
            certificates = list(_certificates(information.find("t:ServiceDigitalIdentity", _NAMES)))
            xml = etree.tostring(_kept(service, information)).decode()
            for key in sorted({_subject(one) for one in certificates} - {""}):
                yield f"{key} {json.dumps({**about, 'tsp': name, 'xml': xml}, ensure_ascii=False)}"


def _kept(service: etree._Element, information: etree._Element) -> etree._Element:
    """Return the service with what decides, and its certificate in each part of its history, where lists name the key."""
    kept = etree.Element(f"{{{TSL}}}TSPService", nsmap={None: TSL})
    identity = information.find("t:ServiceDigitalIdentity", _NAMES)
    kept.append(_only(information, identity))
    history = etree.SubElement(kept, f"{{{TSL}}}ServiceHistory")
    for instance in service.iterfind("t:ServiceHistory/t:ServiceHistoryInstance", _NAMES):
        history.append(_only(instance, identity))
    if not len(history):
        kept.remove(history)
    return kept


def _only(part: etree._Element, identity: etree._Element | None) -> etree._Element:
    copied = etree.Element(part.tag, nsmap={None: TSL})
    for name in _KEPT:
        found = identity if name == "ServiceDigitalIdentity" else part.find(f"t:{name}", _NAMES)
        if found is not None:
            # a copy through text, since an element belongs to one tree
            copied.append(etree.fromstring(etree.tostring(found, with_tail=False)))
    return copied


def _certificates(part: etree._Element | None) -> Iterator[bytes]:
    for one in part.iter(f"{{{TSL}}}X509Certificate") if part is not None else ():
        try:
            yield base64.b64decode("".join((one.text or "").split()), validate=True)
        except (binascii.Error, ValueError):
            continue


def _subject(certificate: bytes) -> str:
    try:
        return subject_key(x509.load_der_x509_certificate(certificate).subject)
    except ValueError:
        return ""


def subject_key(name: x509.Name) -> str:
    """Return what a line begins with: the SHA-256 of a name in DER."""
    return hashlib.sha256(name.public_bytes()).hexdigest()


def _english(names: etree._Element | None) -> str:
    found = [] if names is None else list(names.iterfind("t:Name", _NAMES))
    found.sort(key=lambda one: one.get(f"{{{XML}}}lang", "").lower() != "en")
    return " ".join((found[0].text or "").split()) if found else ""


def _text(part: etree._Element, path: str) -> str:
    return (part.findtext(path, "", _NAMES) or "").strip()


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
