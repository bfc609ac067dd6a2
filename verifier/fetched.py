"""Revocation data that the caller fetched: used to judge, and no part of what the file carries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from asn1crypto import crl, ocsp, pem


@dataclass(frozen=True)
class Fetched:
    """Lists and responses, unverified."""

    crls: tuple[crl.CertificateList, ...] = ()
    ocsps: tuple[ocsp.OCSPResponse, ...] = ()


def parsed(blobs: Iterable[bytes]) -> Fetched:
    """Return what can be read among some answers of servers; the rest is left out."""
    crls, ocsps = [], []
    for one in blobs:
        octets = _der(one)
        response = _response(octets)
        if response is not None:
            ocsps.append(response)
            continue
        held = _list(octets)
        if held is not None:
            crls.append(held)
    return Fetched(tuple(crls), tuple(ocsps))


def _der(blob: bytes) -> bytes:
    try:
        return bytes(pem.unarmor(blob)[2]) if pem.detect(blob) else blob
    except (ValueError, TypeError):
        return blob


def _response(octets: bytes) -> ocsp.OCSPResponse | None:
    try:
        found = ocsp.OCSPResponse.load(octets, strict=True)
        return found if found["response_status"].native == "successful" and found.basic_ocsp_response.native else None
    except MemoryError:
        raise
    except Exception:  # the library lets ValueError, KeyError, TypeError and AttributeError through
        return None


def _list(octets: bytes) -> crl.CertificateList | None:
    try:
        found = crl.CertificateList.load(octets, strict=True)
        return found if found["tbs_cert_list"]["this_update"].native else None
    except MemoryError:
        raise
    except Exception:
        return None
