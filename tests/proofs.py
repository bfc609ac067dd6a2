"""A made-up service that issues genuine proofs, with a certification authority and a journal of its own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.pki import Authority, authority
from verifier import journal, page, trust
from verifier.deadline import deadline
from verifier.note import Checkpoint, SignerKey
from verifier.statement import (
    EVENTS,
    AttachmentDigest,
    Cause,
    Challenge,
    Event,
    Failure,
    Handover,
    Issuer,
    Observed,
    Party,
    ProofKind,
    Statement,
)

ORIGIN = "lse.example/journal"
PRESENTED = datetime(2026, 4, 14, 4, 0, tzinfo=UTC)
ACT = datetime(2026, 4, 14, 4, 39, 5, tzinfo=UTC)
ZONE = "Pacific/Noumea"
OTHERS = (b"an entry before", b"an entry after", b"another entry")


@dataclass
class Service:
    """Issues proofs; the clock of its authority stands at the act."""

    post: Authority = field(default_factory=lambda: authority(at=ACT))
    key: SignerKey = field(
        default_factory=lambda: SignerKey(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
    )

    @property
    def anchor(self) -> bytes:
        return self.post.root_pem

    @property
    def policy(self) -> str:
        return journal.policy_text(self.key.verifier)

    def statement(self, kind: ProofKind = ProofKind.RECEIPT, **changes: Any) -> Statement:
        """What a proof of this kind states when all is well."""
        due = deadline(PRESENTED, ZONE)
        when = {ProofKind.DISPATCH: PRESENTED, ProofKind.NEGLECT: due + timedelta(seconds=15)}.get(kind, ACT)
        facts: dict[str, Any] = {
            "kind": kind,
            "number": 601612,
            "commitment": "5e" * 32,
            "reference": "LSE260414-000006",
            "presentation": 1,
            "events": tuple(Event(name, when) for name in EVENTS[kind]),
            "sender": Party("Alice Exemple", "alice@example.nc", ("1 rue d’Essai", "98800 Nouméa")),
            "recipient": Party("Bob Exemple", "bob@example.org"),
            "attachments": (AttachmentDigest("contrat.pdf", 1234, "application/pdf", "c0" * 32),),
            "presented_at": PRESENTED,
            "deadline": due,
            "zone": ZONE,
            "place": "Nouméa",
            "issuer": Issuer(
                "Poste d’essai",
                "",
                "article d’essai",
                "https://lse.example/politique",
                "https://lse.example/verifier",
                trust.fingerprint(self.post.root.certificate),
                ORIGIN,
            ),
        }
        if kind in (ProofKind.RECEIPT, ProofKind.REFUSAL):
            facts["challenge"] = Challenge.EMAIL
        if kind is ProofKind.DISPATCH:
            facts["handover"] = Handover("mx.example.org", True, "250 2.0.0 queued as 4F2A", "<1@lse.example>")
        if kind is ProofKind.NON_DELIVERY:
            facts["failure"] = Failure(Cause.NO_SUCH_MAILBOX, "5.1.1", "550 no such user", Observed.SYNCHRONOUS)
        return Statement(**{**facts, **changes})

    def entry(self, statement: Statement) -> journal.Entry:
        last = statement.events[-1]
        return journal.Entry(
            last.name.uri, last.time, "aa" * 32, "bb" * 32, "sent", "received", statement.evidence_sha256
        )

    def attached(
        self, statement: Statement, *, entry: journal.Entry | None = None, logged: bytes | None = None
    ) -> list[page.Attached]:
        """The four files of a proof; `logged` is what the journal holds in place of the entry."""
        raw = (entry or self.entry(statement)).to_json()
        leaves = [OTHERS[0], logged if logged is not None else raw, *OTHERS[1:]]

        def node(level: int, index: int) -> bytes:
            if level == 0:
                return journal.leaf_hash(leaves[index])
            return journal.node_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))

        head = Checkpoint(self.key.name, len(leaves), journal.root(len(leaves), node))
        inclusion = journal.InclusionProof(1, tuple(journal.inclusion(1, len(leaves), node)), self.key.sign(str(head)))
        return [
            page.Attached(page.EVIDENCE_NAME, "application/json", "data", "Données", statement.to_evidence()),
            page.Attached(page.ENTRY_NAME, "application/json", "supplement", "Inscription", raw),
            page.Attached(page.INCLUSION_NAME, "text/plain", "supplement", "Inclusion", str(inclusion).encode()),
            page.Attached(page.POLICY_NAME, "text/plain", "supplement", "Clé", self.policy.encode()),
        ]

    def seal(self, pdf: bytes, statement: Statement) -> bytes:
        """Seal a page a second after what it states."""
        self.post.clock.time = max(statement.time, PRESENTED) + timedelta(seconds=1)
        return self.post.sealer().seal(pdf, now=self.post.clock.time)

    def proof(self, kind: ProofKind = ProofKind.RECEIPT, **changes: Any) -> bytes:
        """A genuine proof."""
        statement = self.statement(kind, **changes)
        return self.seal(page.draw(statement, self.attached(statement)), statement)

    def renewed(self, proof: bytes, *, after: timedelta) -> bytes:
        """The proof with one more archive time stamp."""
        self.post.clock.time = ACT + after
        return self.post.sealer().renew(proof, now=self.post.clock.time)

    def moved(self, statement: Statement, when: datetime) -> Statement:
        """The same statement with every event at another instant."""
        return replace(statement, events=tuple(Event(one.name, when) for one in statement.events))
