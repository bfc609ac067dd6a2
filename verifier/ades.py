"""Does a certificate lead to a trusted anchor, and was it good when it signed? Asked at a proven time, nothing fetched.

The process is that of ETSI EN 319 102-1, walked once for the whole file: from the last document time stamp, judged now, back
to the first, each judged at the time that the next one proves; then each signature at the earliest time that is proven for
it (5.3 basic, 5.5 with time, 5.6 with long-term data). `Walk.path` is what others build on: certificates from the leaf to the
anchor.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, TypeVar

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from pyhanko_certvalidator import errors
from pyhanko_certvalidator.context import ValidationContext
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy, FreshnessReqType
from pyhanko_certvalidator.registry import CertificateRegistry, PathBuilder, SimpleTrustManager
from pyhanko_certvalidator.validate import async_validate_path

from verifier import asn1, trust, value
from verifier.algorithms import Ages
from verifier.fetched import Fetched
from verifier.material import Material

asn1.install()

PASSED, FAILED, INDETERMINATE = "PASSED", "FAILED", "INDETERMINATE"
STAMPING = "time_stamping"
SIGNING = frozenset({"digital_signature", "non_repudiation"})
_POLICIES = {late: CertRevTrustPolicy(REQUIRE_REVINFO, retroactive_revinfo=late) for late in (False, True)}
"""Every certificate needs a list or a response. One made after a proven time tells of that time as well; one that had lapsed
before it tells nothing."""
_ARCHIVED = CertRevTrustPolicy(
    REQUIRE_REVINFO,
    freshness=timedelta(days=36525),
    freshness_req_type=FreshnessReqType.MAX_DIFF_REVOCATION_VALIDATION,
)
"""What a file holds of its last time stamp's authority cannot be newer than the file: it counts whatever its age, once it was
in force when the authority stamped."""
CLOCKS = timedelta(seconds=5)
"""How far the clocks of two authorities may lie apart."""
_MAX_PATHS = 8
_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Answer:
    """What the process says of one certificate at one time."""

    indication: str
    sub_indication: str = ""
    """Sub-indication of EN 319 102-1, table 6; empty when passed."""
    detail: str = ""
    path: tuple[asn1_x509.Certificate, ...] = ()
    """From the leaf to the anchor; empty where no anchor is reached."""

    @property
    def passed(self) -> bool:
        return self.indication == PASSED


@dataclass(frozen=True)
class Cover:
    """A trusted document time stamp, and the revision up to which it covers the file."""

    time: datetime
    revision: int


@dataclass
class Walk:
    """Anchors and data of one file, and the answers already given."""

    anchors: Sequence[x509.Certificate]
    material: Material
    now: datetime
    """Aware UTC."""
    fetched: Fetched = field(default_factory=Fetched)
    _contexts: dict[tuple[datetime, CertRevTrustPolicy], ValidationContext] = field(default_factory=dict)
    _paths: dict[bytes, list[ValidationPath]] = field(default_factory=dict)
    _answers: dict[tuple[bytes, datetime, bool, bool, bool], Answer] = field(default_factory=dict)

    def path(self, certificate: asn1_x509.Certificate) -> tuple[asn1_x509.Certificate, ...]:
        """Return the certificates from a leaf to the anchor that it reaches, by signatures alone; empty if none."""
        found = self._built(certificate)
        return _certificates(found[0]) if found else ()

    def signer(
        self, certificate: asn1_x509.Certificate, moment: datetime, *, proven: bool, covers: Sequence[Cover] = ()
    ) -> Answer:
        """Judge a signer's certificate as of `moment`.

        `proven` says that a trusted time stamp stands behind the moment, so that what is wrong then was wrong when it signed.
        `covers` are the trusted document time stamps after the signature: revocation data count if they are shown to have
        existed while the authorities that made them were valid (EN 319 102-1, 5.6.2.3).
        """
        answer = self._judge(certificate, moment, False, proven, False)
        if not answer.passed or not proven:
            return answer
        since = self._known_since(answer.path, covers)
        late = [one for one in answer.path[1:-1] if one["tbs_certificate"]["validity"]["not_after"].native < since]
        if late:
            detail = (
                f"{late[0].subject.human_friendly} had expired before its revocation data are shown to have existed"
            )
            return Answer(INDETERMINATE, "NO_POE", detail, answer.path)
        return answer

    def _known_since(self, path: Sequence[asn1_x509.Certificate], covers: Sequence[Cover]) -> datetime:
        """Return the earliest time that a document time stamp proves for the revocation data of a path, or now."""
        first = [min((one.revision for one in self.material.covering(each)), default=None) for each in path[:-1]]
        held = [
            one.time for one in covers if all(revision is not None and revision <= one.revision for revision in first)
        ]
        return min(held, default=self.now)

    def stamper(self, certificate: asn1_x509.Certificate, time: datetime, moment: datetime, *, proven: bool) -> Answer:
        """Judge the certificate of an authority that stamped `time`: it was good then, and still is at `moment`.

        `moment` is what a later time stamp proves, or now.
        """
        if time > moment + CLOCKS:
            return Answer(
                INDETERMINATE, "NO_POE", f"stamped at {time:%Y-%m-%dT%H:%M:%SZ}, after {moment:%Y-%m-%dT%H:%M:%SZ}"
            )
        then = self._judge(certificate, time, True, proven, False)
        return self._judge(certificate, moment, True, proven, True) if then.passed else then

    def _judge(
        self, certificate: asn1_x509.Certificate, moment: datetime, stamping: bool, proven: bool, archived: bool
    ) -> Answer:
        key = (certificate.dump(), moment, stamping, proven, archived)
        if key not in self._answers:
            self._answers[key] = self._judged(*key[1:], certificate)
        return self._answers[key]

    def _judged(
        self, moment: datetime, stamping: bool, proven: bool, archived: bool, certificate: asn1_x509.Certificate
    ) -> Answer:
        try:
            paths = self._built(certificate)
            if not paths:
                return Answer(INDETERMINATE, *_no_chain(certificate, self.material.certificates.values()))
            if not _fit(certificate, stamping):
                detail = "key usage: not for time stamps" if stamping else "key usage: not for signatures"
                return Answer(INDETERMINATE, "CHAIN_CONSTRAINTS_FAILURE", detail, _certificates(paths[0]))
            policy = _ARCHIVED if archived else _POLICIES[stamping or proven or self._asked()]
            answers = []
            for one in paths:
                answers.append(self._validated(one, moment, proven, policy))
                if answers[-1].passed:
                    return answers[-1]
            return answers[0]
        except MemoryError:
            raise
        except Exception as fault:  # the libraries let ValueError, KeyError, TypeError and their own errors through
            return Answer(INDETERMINATE, "CERTIFICATE_CHAIN_GENERAL_FAILURE", f"{type(fault).__name__}: {fault}"[:300])

    def _built(self, certificate: asn1_x509.Certificate) -> list[ValidationPath]:
        key = certificate.dump()
        if key not in self._paths:
            self._paths[key] = []
            registry = CertificateRegistry.build(self.material.certificates.values())
            builder = PathBuilder(SimpleTrustManager.build(trust_roots=trust.roots(self.anchors)), registry)
            try:
                found = _run(builder.async_build_paths(certificate))
            except errors.PathBuildingError:
                return []
            # paths are found by name: one whose signatures do not hold leads nowhere
            self._paths[key] = [one for one in found[:_MAX_PATHS] if _holds(_certificates(one))]
        return self._paths[key]

    def _asked(self) -> bool:
        """Whether somebody fetched data for this judgement: they are as new as the judgement, or a little newer."""
        return bool(self.fetched.crls or self.fetched.ocsps)

    def _context(self, moment: datetime, policy: CertRevTrustPolicy) -> ValidationContext:
        if (moment, policy) not in self._contexts:
            self._contexts[moment, policy] = ValidationContext(
                trust_roots=list(trust.roots(self.anchors)),
                other_certs=list(self.material.certificates.values()),
                crls=[*(one.value for one in self.material.crls.values()), *self.fetched.crls],
                ocsps=[*(one.value for one in self.material.ocsps.values()), *self.fetched.ocsps],
                moment=moment,
                revinfo_policy=policy,
                algorithm_usage_policy=Ages(),
            )
        return self._contexts[moment, policy]

    def _validated(self, path: ValidationPath, moment: datetime, proven: bool, policy: CertRevTrustPolicy) -> Answer:
        held = _certificates(path)
        try:
            _run(async_validate_path(self._context(moment, policy), path))
        except (errors.PathError, errors.ValidationError) as fault:
            return Answer(*_indication(fault, proven), str(fault)[:300], held)
        return Answer(PASSED, path=held)


def _indication(fault: Exception, proven: bool) -> tuple[str, str]:
    """Name a fault of a path as EN 319 102-1 does: a proven time makes certain what it else leaves open."""
    leaf = getattr(fault, "is_ee_cert", True)
    match fault:
        case errors.RevokedError() if leaf:
            return (FAILED, "REVOKED") if proven else (INDETERMINATE, "REVOKED_NO_POE")
        case errors.RevokedError():
            return INDETERMINATE, "REVOKED_CA_NO_POE"
        case errors.NotYetValidError() if leaf and proven:
            return FAILED, "NOT_YET_VALID"
        case errors.ExpiredError() | errors.NotYetValidError():
            return INDETERMINATE, "OUT_OF_BOUNDS_NO_POE"
        case errors.DisallowedAlgorithmError():
            return INDETERMINATE, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
        case errors.InsufficientRevinfoError():
            return INDETERMINATE, "TRY_LATER"
        case errors.InsufficientPOEError():
            return INDETERMINATE, "NO_POE"
        case errors.InvalidCertificateError():
            return INDETERMINATE, "CHAIN_CONSTRAINTS_FAILURE"
        case _:
            return INDETERMINATE, "CERTIFICATE_CHAIN_GENERAL_FAILURE"


def _no_chain(certificate: asn1_x509.Certificate, known: Iterable[asn1_x509.Certificate]) -> tuple[str, str]:
    """A chain that ends short of an anchor, or one that breaks at a certificate which may not issue (RFC 5280, 6.1.4 k)."""
    issuers = [one for one in known if one.subject == certificate.issuer and one.dump() != certificate.dump()]
    if issuers and not any(one.ca for one in issuers):
        return "CERTIFICATE_CHAIN_GENERAL_FAILURE", "the issuer’s certificate is not an authority’s"
    return "NO_CERTIFICATE_CHAIN_FOUND", ""


def _fit(certificate: asn1_x509.Certificate, stamping: bool) -> bool:
    """Whether the certificate may do what it did (RFC 3161, 2.3; EN 319 412-2, 4.3.2)."""
    if stamping:
        extended = certificate.extended_key_usage_value
        return extended is not None and STAMPING in extended.native
    usage = certificate.key_usage_value
    return usage is None or bool(SIGNING & set(usage.native))


def _certificates(path: ValidationPath) -> tuple[asn1_x509.Certificate, ...]:
    """Return a path from the leaf to the anchor."""
    return tuple(reversed(list(path.iter_certs(include_root=True))))


def _holds(path: Sequence[asn1_x509.Certificate]) -> bool:
    """Whether each certificate of a path is signed with the key of the next."""
    return all(issued_by(one, issuer) for one, issuer in pairwise(path))


def issued_by(one: asn1_x509.Certificate, issuer: asn1_x509.Certificate) -> bool:
    """Whether a certificate's signature is made with another's key."""
    try:
        key = value.public_key(issuer.public_key.dump())
        algorithm = one["signature_algorithm"]
        made = value.mechanism(algorithm, "", key)
        octets = one["tbs_certificate"].dump()
        return value.holds(made, algorithm, key, value=one["signature_value"].native, octets=octets)
    except MemoryError:
        raise
    except Exception:  # a signature that cannot be judged vouches for nothing
        return False


def _run(coroutine: Coroutine[Any, Any, _Answer]) -> _Answer:
    return asyncio.run(coroutine)
