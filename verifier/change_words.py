"""What was done to a file after a signature, said in French and in English: one sentence for each kind of finding."""

from __future__ import annotations

from collections.abc import Sequence

from verifier.findings import Finding, Kind, Weight
from verifier.report import Change
from verifier.sentences import typographic

_GRAVITY = (Weight.CONTENT, Weight.UNKNOWN, Weight.BENIGN, Weight.NONE)
_WORDS: dict[Kind, tuple[str, str]] = {
    Kind.DSS: ("Des données de validation ont été ajoutées.", "Validation data were added."),
    Kind.TIME_STAMP: ("Un horodatage du document a été ajouté.", "A document time stamp was added."),
    Kind.SIGNATURE: ("Une signature a été ajoutée.", "A signature was added."),
    Kind.METADATA: ("Les métadonnées ont été modifiées.", "The metadata were changed."),
    Kind.EXTENSIONS: (
        "La version ou les extensions du format ont été déclarées à nouveau.",
        "The format’s version or extensions were declared anew.",
    ),
    Kind.UPDATE: (
        "Une révision a été ajoutée, qui ne change rien à ce que l’on lit.",
        "A revision was added that changes nothing one reads.",
    ),
    Kind.FORM_RESOURCES: (
        "Des polices ou des réglages du formulaire ont été ajoutés.",
        "Fonts or settings of the form were added.",
    ),
    Kind.HIDDEN_WIDGET: ("Une annotation invisible a été ajoutée.", "An invisible annotation was added."),
    Kind.STRUCTURE_ADDED: ("La structure logique a été complétée.", "The logical structure was completed."),
    Kind.LOCKED: ("Un champ a été verrouillé.", "A field was locked."),
    Kind.FORM_VALUE: ("La valeur d’un champ de formulaire a été modifiée.", "The value of a form field was changed."),
    Kind.FORM_APPEARANCE: (
        "L’apparence d’un champ de formulaire a été modifiée.",
        "The appearance of a form field was changed.",
    ),
    Kind.SHARED_APPEARANCE: (
        "L’apparence d’un champ, dont une autre partie du document se sert, a été remplacée.",
        "The appearance of a field, which another part of the document uses, was replaced.",
    ),
    Kind.FORM_FIELD: ("Un champ de formulaire a été modifié.", "A form field was changed."),
    Kind.FORM_SETTING: ("Un réglage du formulaire a été modifié.", "A setting of the form was changed."),
    Kind.XFA: ("Le formulaire XFA a été modifié.", "The XFA form was changed."),
    Kind.FIELD_ADDED: ("Un champ de formulaire a été ajouté.", "A form field was added."),
    Kind.FIELD_REMOVED: ("Un champ de formulaire a été retiré.", "A form field was taken away."),
    Kind.SIGNATURE_DICTIONARY: (
        "Les données d’une signature ont été modifiées après coup.",
        "The data of a signature were changed afterwards.",
    ),
    Kind.SIGNATURE_OVER_CONTENT: (
        "Une signature visible a été posée sur du texte signé.",
        "A visible signature was put over signed text.",
    ),
    Kind.EMPTY_SIGNATURE_SHOWN: (
        "Un champ de signature vide montre une image.",
        "An empty signature field shows a picture.",
    ),
    Kind.PAGE_COUNT: ("Des pages ont été ajoutées ou retirées.", "Pages were added or taken away."),
    Kind.PAGE_ORDER: ("L’ordre des pages a été modifié.", "The order of the pages was changed."),
    Kind.PAGE_CONTENT: ("Le contenu d’une page a été modifié.", "The content of a page was changed."),
    Kind.PAGE_RESOURCES: (
        "Les polices ou les images d’une page ont été modifiées.",
        "The fonts or pictures of a page were changed.",
    ),
    Kind.PAGE_BOX: ("Le cadre d’une page a été modifié.", "The frame of a page was changed."),
    Kind.PAGE: ("Une page a été modifiée.", "A page was changed."),
    Kind.ANNOTATION_ADDED: ("Une annotation a été ajoutée.", "An annotation was added."),
    Kind.ANNOTATION_OVER_CONTENT: (
        "Une annotation a été posée sur du texte signé.",
        "An annotation was put over signed text.",
    ),
    Kind.ANNOTATION_CHANGED: ("Une annotation a été modifiée.", "An annotation was changed."),
    Kind.ANNOTATION_REMOVED: ("Une annotation a été retirée.", "An annotation was taken away."),
    Kind.ATTACHMENTS: ("Les fichiers joints ont été modifiés.", "The attached files were changed."),
    Kind.SCRIPT: ("Une action ou un programme a été modifié.", "An action or a program was changed."),
    Kind.LAYERS: ("Les calques ont été modifiés.", "The layers were changed."),
    Kind.PERMISSIONS: (
        "Les droits inscrits dans le document ont été modifiés.",
        "The permissions written in the document were changed.",
    ),
    Kind.STRUCTURE: ("La structure logique a été modifiée.", "The logical structure was changed."),
    Kind.CATALOG: ("Le catalogue du document a été modifié.", "The document’s catalog was changed."),
    Kind.TRAILER: ("L’en-queue du fichier a été modifié.", "The file’s trailer was changed."),
    Kind.UNCOVERED: (
        "La signature ne couvre pas tous les octets qu’elle doit couvrir.",
        "The signature does not cover all the bytes that it must.",
    ),
    Kind.DOCMDP: (
        "La certification du signataire interdisait ce qui a été fait.",
        "The signer’s certification forbade what was done.",
    ),
    Kind.FIELDMDP: (
        "Un champ verrouillé par le signataire a été modifié.",
        "A field locked by the signer was changed.",
    ),
    Kind.UNOWNED: (
        "Le fichier contient des octets qui n’appartiennent à aucune révision.",
        "The file holds bytes that belong to no revision.",
    ),
    Kind.UNEXPLAINED: (
        "Ce qui a suivi la signature n’a pas pu être expliqué.",
        "What came after the signature could not be explained.",
    ),
}


def described(finding: Finding) -> Change:
    """Return a finding as the report holds it."""
    fr, en = _WORDS[finding.kind]
    return Change(
        kind=finding.kind.value,
        weight=finding.weight.value,
        permitted=finding.permitted,
        where=finding.where,
        before=finding.before,
        after=finding.after,
        page=finding.page,
        field=finding.field,
        fr=typographic(fr),
        en=en,
    )


def told(findings: Sequence[Finding], room: int) -> tuple[Change, ...]:
    """Return at most `room` changes, the gravest first where there are more, and then how many are left out."""
    if len(findings) <= room:
        return tuple(described(one) for one in findings)
    ranked = sorted(findings, key=lambda one: _GRAVITY.index(one.weight))
    rest = ranked[room - 1 :]
    more = Change(
        kind="more",
        weight=rest[0].weight.value,
        permitted=None,
        where="",
        before="",
        after="",
        page=None,
        field="",
        fr=typographic(f"{len(rest)} autres modifications ne sont pas détaillées."),
        en=f"{len(rest)} further changes are not told one by one.",
    )
    return (*(described(one) for one in ranked[: room - 1]), more)
