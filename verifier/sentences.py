"""The sentences of the report: for each rule, what it found, in French and in English, for a lawyer.

`fact` and `failure` are the two ends of a rule; where `doubt` is missing, a rule that could not be judged says so in general
words. Particulars (numbers, digests, the library's own words) go into the check's detail, untranslated.
"""

from __future__ import annotations

from verifier import phrases
from verifier.report import Check, Outcome

_FACT: dict[str, tuple[str, str]] = {
    "end-of-file": (
        "Le fichier s’arrête où sa dernière révision s’arrête.",
        "The file ends where its last revision ends.",
    ),
    "one-seal": (
        "Le fichier porte un seul sceau, suivi seulement d’horodatages d’archive.",
        "The file carries one seal, followed by archive time stamps only.",
    ),
    "byte-range": (
        "Chaque signature couvre tous les octets de sa révision, sauf sa propre valeur.",
        "Each signature covers every byte of its revision but its own value.",
    ),
    "container": (
        "Le sceau désigne un seul signataire et le certificat de celui-ci.",
        "The seal names one signer and that signer’s certificate.",
    ),
    "encoding": (
        "Les signatures sont écrites sous leur seule forme possible.",
        "The signatures are written in their only possible form.",
    ),
    "digest": (
        "Les octets couverts sont ceux qui ont été scellés et horodatés.",
        "The covered bytes are those that were sealed and time-stamped.",
    ),
    "signature-value": (
        "Chaque signature a été faite avec la clé de son certificat.",
        "Each signature was made with its certificate’s key.",
    ),
    "dictionary": (
        "Les champs de signature sont restés tels qu’ils étaient au moment de signer.",
        "The signature fields are as they were when signed.",
    ),
    "certified": (
        "Le sceau interdit toute modification, hors horodatages d’archive.",
        "The seal forbids any change but archive time stamps.",
    ),
    "later-revisions": (
        "Depuis le sceau, le fichier n’a reçu que des données de validation et des horodatages d’archive.",
        "Since the seal, the file received validation data and archive time stamps only.",
    ),
    "level": (
        "Le sceau est horodaté, et le fichier contient de quoi le vérifier à long terme (PAdES B-LTA).",
        "The seal is time-stamped and the file holds what long-term verification needs (PAdES B-LTA).",
    ),
    "chain": (
        "Le certificat du sceau mène à une autorité à laquelle vous faites confiance et n’était pas révoqué.",
        "The seal’s certificate leads to an authority that you trust, and was not revoked.",
    ),
    "revocation": (
        "Les listes de révocation jointes étaient en vigueur au moment du sceau.",
        "The revocation lists inside were in force when the seal was made.",
    ),
    "evidence": (
        "Les données de la preuve sont jointes au fichier et lisibles.",
        "The proof’s data are attached to the file and readable.",
    ),
    "attachments": (
        "Les fichiers joints sont ceux qu’une preuve doit contenir, et aucun autre.",
        "The attached files are those that a proof holds, and no other.",
    ),
    "page": (
        "La page que l’on lit est celle que les données de la preuve demandent.",
        "The page that one reads is the one that the proof’s data call for.",
    ),
    "citations": (
        "Les preuves citées portent le même numéro et la même empreinte de lettre.",
        "The proofs cited bear the same number and the same letter commitment.",
    ),
    "deadline": (
        "Le délai de quinze jours est compté selon la règle, en heure légale.",
        "The period of fifteen days is counted by the rule, in legal time.",
    ),
    "act-in-time": (
        "L’heure de l’événement s’accorde avec ce délai.",
        "The time of the event agrees with that period.",
    ),
    "seal-time": (
        "Le sceau est horodaté après l’événement qu’il atteste.",
        "The seal is time-stamped after the event that it attests.",
    ),
    "journal-entry": (
        "L’inscription au journal désigne ces données, cet événement et cette heure.",
        "The journal entry names these data, this event and this time.",
    ),
    "inclusion": (
        "Cette inscription figure dans le journal, dont l’état est signé.",
        "That entry is in the journal, whose head is signed.",
    ),
    "log-origin": (
        "Le journal est celui que la preuve nomme.",
        "The journal is the one that the proof names.",
    ),
    "anchor": (
        "L’autorité de confiance est celle dont la preuve imprime l’empreinte.",
        "The trusted authority is the one whose fingerprint the proof prints.",
    ),
    "test": (
        "SANS VALEUR — TEST : cette preuve vient d’une instance d’essai.",
        "NO VALUE — TEST: this proof comes from a trial instance.",
    ),
}

_FAILURE: dict[str, tuple[str, str]] = {
    "not-a-pdf": (
        "ce fichier n’est pas un PDF",
        "this file is no PDF",
    ),
    "too-large": (
        "ce fichier est plus grand qu’une preuve ne peut l’être",
        "this file is larger than a proof can be",
    ),
    "limits": (
        "la lecture du fichier a dépassé ses limites de temps ou de mémoire",
        "reading the file exceeded its limits of time or memory",
    ),
    "structure": (
        "la structure du PDF est cassée",
        "the structure of the PDF is broken",
    ),
    "encrypted": (
        "le fichier est chiffré : une preuve LSE ne l’est jamais",
        "the file is encrypted: an LSE proof never is",
    ),
    "not-ours": (
        "ce PDF signé n’est pas une preuve LSE",
        "this signed PDF is no LSE proof",
    ),
    "unsigned": (
        "ce PDF ne porte aucune signature et n’est pas une preuve LSE",
        "this PDF carries no signature and is no LSE proof",
    ),
    "unreachable": (
        "le fichier contient une signature à laquelle sa structure ne mène pas",
        "the file holds a signature that its structure does not lead to",
    ),
    "stripped": (
        "le fichier se présente comme une preuve LSE et ne porte pas de sceau",
        "the file presents itself as an LSE proof and carries no seal",
    ),
    "end-of-file": (
        "des octets ont été ajoutés après la fin du fichier",
        "bytes were added after the end of the file",
    ),
    "one-seal": (
        "le fichier ne porte pas un sceau unique suivi d’horodatages d’archive",
        "the file does not carry one seal followed by archive time stamps",
    ),
    "byte-range": (
        "une signature laisse hors de sa garde des octets qui ne sont pas sa valeur",
        "a signature leaves bytes uncovered that are not its own value",
    ),
    "container": (
        "le sceau ne désigne pas son signataire comme il le doit",
        "the seal does not name its signer as it must",
    ),
    "encoding": (
        "une signature n’est pas écrite sous sa seule forme possible : des octets qu’elle ne couvre pas ont pu être changés",
        "a signature is not written in its only possible form: bytes that it does not cover may have been changed",
    ),
    "digest": (
        "le fichier a été modifié depuis qu’il a été scellé",
        "the file was changed since it was sealed",
    ),
    "signature-value": (
        "une signature n’a pas été faite avec la clé de son certificat",
        "a signature was not made with its certificate’s key",
    ),
    "dictionary": (
        "un champ de signature a été modifié après la signature",
        "a signature field was changed after signing",
    ),
    "certified": (
        "le sceau n’interdit pas les modifications comme il le doit",
        "the seal does not forbid changes as it must",
    ),
    "later-revisions": (
        "du contenu a été ajouté ou remplacé après le sceau",
        "content was added or replaced after the seal",
    ),
    "chain": (
        "le certificat du sceau est révoqué, expiré ou impropre à cet usage",
        "the seal’s certificate is revoked, expired or unfit for this use",
    ),
    "evidence": (
        "les données de la preuve manquent ou sont illisibles",
        "the proof’s data are missing or unreadable",
    ),
    "attachments": (
        "les fichiers joints ne sont pas ceux qu’une preuve doit contenir",
        "the attached files are not those that a proof must hold",
    ),
    "page": (
        "la page que l’on lit n’est pas celle que les données de la preuve demandent",
        "the page that one reads is not the one that the proof’s data call for",
    ),
    "citations": (
        "une preuve citée est celle d’une autre lettre",
        "a proof cited is that of another letter",
    ),
    "deadline": (
        "le délai de quinze jours n’est pas compté selon la règle",
        "the period of fifteen days is not counted by the rule",
    ),
    "act-in-time": (
        "l’heure de l’événement contredit le délai imprimé",
        "the time of the event contradicts the printed period",
    ),
    "seal-time": (
        "le sceau est horodaté avant l’événement qu’il atteste",
        "the seal is time-stamped before the event that it attests",
    ),
    "journal-entry": (
        "l’inscription au journal désigne d’autres données, un autre événement ou une autre heure",
        "the journal entry names other data, another event or another time",
    ),
    "inclusion": (
        "l’inscription ne figure pas dans le journal signé",
        "the entry is not in the signed journal",
    ),
    "log-origin": (
        "le journal n’est pas celui que la preuve nomme",
        "the journal is not the one that the proof names",
    ),
}

_DOUBT: dict[str, tuple[str, str]] = {
    "seal-time": (
        "le sceau ne porte pas d’horodatage lisible",
        "the seal carries no readable time stamp",
    ),
    "chain": (
        "l’émetteur n’est pas établi : aucune autorité de confiance ne garantit le certificat du sceau",
        "the issuer is not established: no trusted authority vouches for the seal’s certificate",
    ),
    "validity": (
        "la validité du certificat du sceau n’a pas pu être établie à cette date",
        "the validity of the seal’s certificate could not be established at this date",
    ),
    "time": (
        "l’heure du sceau n’est pas établie par un horodatage auquel vous faites confiance",
        "the time of the seal is not established by a time stamp that you trust",
    ),
    "revocation": (
        "le fichier ne contient pas de liste de révocation en vigueur au moment du sceau",
        "the file holds no revocation list that was in force when the seal was made",
    ),
    "level": (
        "il manque au fichier de quoi vérifier le sceau à long terme",
        "the file lacks what long-term verification of the seal needs",
    ),
    "anchor": (
        "l’autorité de confiance n’est pas celle dont la preuve imprime l’empreinte",
        "the trusted authority is not the one whose fingerprint the proof prints",
    ),
    "page": (
        "la page n’a pas pu être dessinée à nouveau pour être comparée",
        "the page could not be drawn anew for comparison",
    ),
}
_FACT |= phrases.FACT
_FAILURE |= phrases.FAILURE
_DOUBT |= phrases.DOUBT
_UNJUDGED = ("ce point n’a pas pu être jugé", "this point could not be judged")
_SKIPPED = ("Non examiné, faute de ce qui précède.", "Not examined, for want of what comes before.")


def check(code: str, outcome: Outcome, detail: str = "") -> Check:
    """Return the line of a rule with its two sentences."""
    if outcome is Outcome.SKIPPED and code not in ("test", "annotations-overlap"):
        fr, en = _SKIPPED
    elif outcome in (Outcome.PASSED, Outcome.SKIPPED):
        fr, en = _FACT[code]
    else:
        fr, en = (_sentence(one) for one in clause(code, outcome))
    return Check(code, outcome, typographic(fr), en, detail)


def clause(code: str, outcome: Outcome) -> tuple[str, str]:
    """Return what a rule says, as two clauses without full stop."""
    if outcome is Outcome.PASSED:
        fr, en = (one.rstrip(".") for one in _FACT[code])
    elif outcome is Outcome.FAILED:
        fr, en = _FAILURE[code]
    else:
        fr, en = _DOUBT.get(code) or _FAILURE.get(code) or _UNJUDGED
    return typographic(fr), en


def typographic(french: str) -> str:
    """Put the narrow no-break space of French typography before the double signs."""
    for sign in ":;!?»":
        french = french.replace(f" {sign}", f"\u202f{sign}")
    return french.replace("« ", "«\u202f")


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
