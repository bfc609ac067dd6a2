"""What the rules for any signed PDF find, in French and in English; `verifier.sentences` makes the lines of them."""

from __future__ import annotations

FACT: dict[str, tuple[str, str]] = {
    "container-readable": (
        "La signature est lisible.",
        "The signature is readable.",
    ),
    "one-signer": (
        "La signature a un seul signataire.",
        "The signature has one signer.",
    ),
    "detached": (
        "La signature porte sur le document, et ne contient pas d’autre contenu.",
        "The signature is over the document and holds no other content.",
    ),
    "attributes": (
        "Les attributs signés désignent ce contenu, et lui seul.",
        "The signed attributes name this content and no other.",
    ),
    "signing-certificate": (
        "La signature désigne le certificat de son signataire.",
        "The signature names its signer’s certificate.",
    ),
    "time-stamp": (
        "La signature porte un horodatage fait sur elle.",
        "The signature carries a time stamp made over it.",
    ),
    "content-changed": (
        "Rien de ce que l’on lit n’a été changé après cette signature.",
        "Nothing that one reads was changed after this signature.",
    ),
    "signer-chain": (
        "Le certificat mène à une autorité à laquelle vous faites confiance et n’était pas révoqué.",
        "The certificate leads to an authority that you trust, and was not revoked.",
    ),
    "signer-validity": (
        "Le certificat était valable au moment de signer.",
        "The certificate was valid when it signed.",
    ),
    "annotations-overlap": (
        "Des annotations se recouvrent sur une page : regardez ce que cache celle du dessus.",
        "Annotations overlap on a page: look at what the upper one hides.",
    ),
    "all-valid": (
        "Toutes les signatures du document sont valables.",
        "All the signatures of the document are valid.",
    ),
    "repaired": (
        "La structure du PDF est intacte.",
        "The structure of the PDF is intact.",
    ),
}

FAILURE: dict[str, tuple[str, str]] = {
    "container-readable": (
        "la signature est illisible",
        "the signature is unreadable",
    ),
    "one-signer": (
        "la signature n’a pas un seul signataire",
        "the signature does not have one signer",
    ),
    "detached": (
        "la signature contient elle-même un contenu, qui n’est pas le document",
        "the signature itself holds content, which is not the document",
    ),
    "attributes": (
        "les attributs signés ne désignent pas ce contenu, et lui seul",
        "the signed attributes do not name this content and no other",
    ),
    "signing-certificate": (
        "la signature désigne un autre certificat que celui de son signataire",
        "the signature names another certificate than its signer’s",
    ),
    "content-changed": (
        "le contenu a été changé après une signature",
        "content was changed after a signature",
    ),
    "signer-chain": (
        "le certificat d’un signataire était révoqué, ou pas encore valable, au moment de signer",
        "a signer’s certificate was revoked, or not yet valid, when it signed",
    ),
    "signer-validity": (
        "le certificat d’un signataire était révoqué, ou pas encore valable, au moment de signer",
        "a signer’s certificate was revoked, or not yet valid, when it signed",
    ),
}

DOUBT: dict[str, tuple[str, str]] = {
    "container-readable": (
        "la signature ne peut pas être lue",
        "the signature cannot be read",
    ),
    "well-formed": (
        "une partie de la signature n’est pas écrite comme elle doit l’être",
        "a part of the signature is not written as it must be",
    ),
    "time-stamp": (
        "l’horodatage de la signature n’a pas été fait sur elle, ou ne peut pas être jugé",
        "the signature’s time stamp was not made over it, or cannot be judged",
    ),
    "stamp-chain": (
        "l’horodatage de la signature ne vient pas d’une autorité dont la validité est établie",
        "the signature’s time stamp is not from an authority whose validity is established",
    ),
    "content-changed": (
        "ce qui a suivi une signature n’a pas pu être expliqué",
        "what came after a signature could not be explained",
    ),
    "content-added": (
        "du contenu que le signataire permettait de changer a été changé après sa signature : comparez avant et après",
        "content that the signer allowed to be changed was changed after signing: compare before and after",
    ),
    "signer-chain": (
        "le signataire n’est pas établi : aucune autorité de confiance ne garantit son certificat",
        "the signer is not established: no trusted authority vouches for the certificate",
    ),
    "signer-validity": (
        "la validité du certificat d’un signataire n’a pas pu être établie pour le moment où il a signé",
        "the validity of a signer’s certificate could not be established for the time of signing",
    ),
    "algorithm": (
        "un algorithme de la signature n’était plus sûr, et rien ne prouve qu’elle existait avant",
        "an algorithm of the signature was no longer safe, and nothing proves that it existed before",
    ),
    "locked": (
        "le fichier est chiffré et ne s’ouvre pas sans mot de passe",
        "the file is encrypted and does not open without a password",
    ),
    "unsupported": (
        "la signature est d’un genre que ce logiciel ne sait pas juger",
        "the signature is of a kind that this software cannot judge",
    ),
    "repaired": (
        "les tables du PDF sont cassées : ses objets ont été retrouvés dans les octets",
        "the tables of the PDF are broken: its objects were found in the bytes",
    ),
    "end-of-file": (
        "des octets suivent la fin du fichier",
        "bytes follow the end of the file",
    ),
}
