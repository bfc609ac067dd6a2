"""Verify the proofs of a Lettre Suivie Électronique, offline and without the service that issued them.

    >>> from verifier.statement import ProofKind
    >>> ProofKind("AR").title_fr
    'Preuve de réception'

Judging a file takes three lines; it happens in a child process without network, memory or time to spare:

    from verifier.sandbox import judge
    report = judge(pdf, anchors=[root_pem], now=datetime.now(UTC), name="preuve.pdf")
    print(report.verdict, report.reason_en)

This package knows what a proof says, how it is drawn, sealed and judged, and nothing else: no web, no database, no
network. It must stay light at import (``tests/house`` holds that).
"""

__version__ = "0.1.0"
