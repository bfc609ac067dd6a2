"""How long each algorithm was fit for signatures, judged at the time that the signature is proven to have existed.

The ends are those of ETSI TS 119 312 V1.5.1, in its machine-readable form (TS 119 322, policy 1.5.1 of 2024-10-13). A weak
algorithm of today was no fault when it was used: only without a proof of the time does its age count against a signature.
"""

from __future__ import annotations

from datetime import UTC, datetime

from asn1crypto import algos, keys
from pyhanko_certvalidator.policy_decl import AlgorithmUsageConstraint, AlgorithmUsagePolicy

from verifier import value
from verifier.value import Malformed, Mechanism, Unsupported


def _end(year: int, month: int) -> datetime:
    return datetime(year, month, 1, tzinfo=UTC)


NEVER = datetime.max.replace(tzinfo=UTC)
ALWAYS_UNFIT = datetime.min.replace(tzinfo=UTC)
DIGESTS: dict[str, datetime] = {
    "md5": _end(2004, 8),
    "sha1": _end(2012, 8),
    "ripemd160": _end(2014, 8),
    "sha224": _end(2029, 1),
    "sha512_224": _end(2029, 1),
    "sha3_224": _end(2029, 1),
}
"""Digests that end; all others that are known here have no end yet."""
_RSA = ((3000, NEVER), (1900, _end(2029, 1)), (1024, _end(2019, 10)), (786, _end(2010, 8)))
_EC = ((256, NEVER), (224, _end(2021, 10)), (160, _end(2012, 8)))
KEYS: dict[str, tuple[tuple[int, datetime], ...]] = {
    "rsa": ((1900, _end(2029, 1)), *_RSA[2:]),
    "rsa-pss": _RSA,
    "dsa": ((1900, _end(2029, 1)), *_RSA[2:]),
    "ecdsa": _EC,
    "plain-ecdsa": _EC,
    "ed25519": ((0, NEVER),),
    "ed448": ((0, NEVER),),
}
"""For each family, the shortest key of each class and the end of the class, the longest first."""
_EDDSA = {"ed25519": "sha512", "ed448": "shake256"}


def end_of(made: Mechanism, *digests: str) -> datetime:
    """Return when the first of a mechanism and the digests beside it ceased to be fit; `NEVER` where none does."""
    ends = [DIGESTS.get(name, NEVER) for name in (made.digest, *digests)]
    return min(_key_end(made.family, made.bits), *ends)


def mismatched(made: Mechanism, digest_algorithm: str) -> bool:
    """Whether an EdDSA signature is made over another digest than its own (RFC 8419, 3.1)."""
    return made.family in _EDDSA and digest_algorithm != _EDDSA[made.family]


def _key_end(family: str, bits: int) -> datetime:
    return next((end for shortest, end in KEYS.get(family, ()) if bits >= shortest), ALWAYS_UNFIT)


class Ages(AlgorithmUsagePolicy):
    """The same table, for certificates and revocation data."""

    def digest_algorithm_allowed(
        self, algo: algos.DigestAlgorithm, moment: datetime | None
    ) -> AlgorithmUsageConstraint:
        try:
            name = value.digest_name(algo["algorithm"].dotted)
        except (Malformed, Unsupported):
            return AlgorithmUsageConstraint(allowed=False, failure_reason="unknown digest algorithm")
        return _constraint(DIGESTS.get(name, NEVER), moment, name)

    def signature_algorithm_allowed(
        self, algo: algos.SignedDigestAlgorithm, moment: datetime | None, public_key: keys.PublicKeyInfo | None
    ) -> AlgorithmUsageConstraint:
        try:
            made = value.mechanism(algo, "", None)
        except (Malformed, Unsupported, ValueError):
            return AlgorithmUsageConstraint(allowed=False, failure_reason="unknown signature algorithm")
        if public_key is None:
            return _constraint(DIGESTS.get(made.digest, NEVER), moment, made.digest)
        sized = Mechanism(made.family, made.digest, public_key.bit_size or 0)
        return _constraint(end_of(sized), moment, sized.name)


def _constraint(end: datetime, moment: datetime | None, name: str) -> AlgorithmUsageConstraint:
    if end is NEVER or (moment is not None and moment < end):
        return AlgorithmUsageConstraint(allowed=True)
    return AlgorithmUsageConstraint(
        allowed=False, not_allowed_after=end, failure_reason=f"{name}: not fit since {end:%Y-%m}"
    )
