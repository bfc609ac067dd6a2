"""Verify the proofs of a Lettre Suivie Électronique, offline and without the service that issued them.

    >>> from verifier.statement import ProofKind
    >>> ProofKind("AR").title_fr
    'Preuve de réception'

Judging a file takes three lines; the import is deferred because the PDF library costs most of a second:

    from verifier.check import check
    report = check(open("preuve.pdf", "rb").read(), anchors=[open("racine.pem", "rb").read()])
    print(report.verdict, report.sentence("fr"))

This package knows what a proof says, how it is drawn, sealed and judged, and nothing else: no web, no database, no
network. It must stay light at import (``tests/house`` holds that).
"""

__version__ = "0.1.0"
