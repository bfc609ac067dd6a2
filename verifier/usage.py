"""What the command says beside its reports: help, and the sentences about names and files that cannot be used."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from verifier.beside import StoreRefused

LANGUAGES = ("fr", "en")

HELP: dict[str, dict[str, str]] = {
    "fr": {
        "verify": (
            "Dit ce que vaut une preuve de Lettre Suivie Électronique, ou un PDF signé, sans rien demander à l’émetteur.\n"
            "Rien n’est cherché sur le réseau, sauf avec --online.\n\n"
            "  lse-verify preuve.pdf --trust racine.pem\n"
            "  lse-verify --json-lines --files-from liste.txt\n"
            "  lse-verify journal export/ --policy journal.txt [--since ancien-état]\n"
            "  lse-verify extract preuve.pdf -d sceau/     les pièces, pour openssl\n\n"
            "Code de sortie\u202f: 0 valide, 1 invalide, 2 indéterminé, 3 illisible\u202f; 64 pour une commande mal écrite. "
            "De plusieurs\nfichiers, la réponse la plus grave\u202f: invalide, puis illisible, puis indéterminé."
        ),
        "files": "PDF à vérifier, 100 Mio au plus\u202f; - pour l’entrée standard",
        "trust": "autorité à laquelle vous faites confiance\u202f: fichier PEM, DER ou PKCS #7, ou dossier\u202f; "
        "répétable\u202f; NOM=CHEMIN lui donne un nom dans le rapport",
        "expired": "utiliser aussi les autorités dont le certificat a expiré",
        "eutl": "listes de confiance européennes déjà téléchargées (XML, fichier ou dossier)\u202f; répétable",
        "lotl-signer": "certificat qui signe la liste des listes\u202f; sans lui, aucune signature de liste n’est vérifiée",
        "eutl-trust": "faire aussi confiance aux autorités de ces listes",
        "online": "aller chercher les listes de révocation et réponses OCSP que nomment les certificats",
        "policy": "clés du journal à exiger, à la place de celles de la preuve",
        "json": "écrire les rapports en JSON, un par ligne",
        "json-lines": "de même, chaque fichier nommé par son chemin entier",
        "xml": "écrire le rapport de validation ETSI TS 119 102-2 (XML) d’un seul fichier",
        "lettre": "comparer ces fichiers (pièces jointes, PDF de la lettre) avec la lettre que la preuve désigne",
        "report-pdf": "écrire aussi le rapport en PDF",
        "files-from": "lire les noms des fichiers dans LISTE (- pour l’entrée standard), un par ligne",
        "null": "les noms de la liste sont séparés par un octet nul",
        "jobs": "nombre de fichiers vérifiés à la fois (un par cœur si rien n’est dit)",
        "lang": "langue des réponses",
        "help": "afficher cette aide",
        "version": "afficher la version",
        "journal": "Recalcule un journal exporté et le compare à son état signé.",
        "folder": "dossier de l’export",
        "journal-policy": "clés du journal à exiger, à la place de celles de l’export",
        "since": "état signé plus ancien, qui doit en être le début",
        "extract": "Écrit les pièces du sceau d’une preuve, pour openssl\u202f; rien n’est jugé.",
        "file": "preuve",
        "directory": "dossier où les écrire",
        "positional": "fichiers",
        "options": "options",
        "usage": "usage\u202f: ",
    },
    "en": {
        "verify": (
            "Say what a proof of a Lettre Suivie Électronique, or any signed PDF, is worth, without asking its issuer.\n"
            "Nothing is looked up on the network, unless with --online.\n\n"
            "  lse-verify preuve.pdf --trust racine.pem\n"
            "  lse-verify --json-lines --files-from list.txt\n"
            "  lse-verify journal export/ --policy journal.txt [--since old-checkpoint]\n"
            "  lse-verify extract preuve.pdf -d sceau/     the pieces, for openssl\n\n"
            "Exit status: 0 valid, 1 invalid, 2 indeterminate, 3 unreadable; 64 for a wrong command line. Of several\n"
            "files, the gravest answer: invalid, then unreadable, then indeterminate."
        ),
        "files": "PDF to verify, 100 MiB at most; - for standard input",
        "trust": "authority that you trust: a file in PEM, DER or PKCS #7, or a folder; repeatable; NAME=PATH gives it a "
        "name in the report",
        "expired": "use authorities too whose certificate has expired",
        "eutl": "EU trusted lists that you downloaded (XML, file or folder); repeatable",
        "lotl-signer": "certificate that signs the list of lists; without it the lists’ signatures are not checked",
        "eutl-trust": "trust the authorities of those lists, too",
        "online": "fetch the revocation lists and OCSP answers that the certificates name",
        "policy": "journal keys to demand, in place of those in the proof",
        "json": "print the reports as JSON, one a line",
        "json-lines": "the same, each file named by its whole path",
        "xml": "print the validation report of ETSI TS 119 102-2 (XML) of one file",
        "lettre": "hold these files (attachments, the letter’s PDF) against the letter that the proof names",
        "report-pdf": "write the report as PDF too",
        "files-from": "read the files’ names from LIST (- for standard input), one a line",
        "null": "the names in the list are separated by a zero byte",
        "jobs": "number of files verified at a time (one a core by default)",
        "lang": "language of the answers",
        "help": "show this help",
        "version": "show the version",
        "journal": "Recompute an exported journal and hold it against its signed head.",
        "folder": "folder of the export",
        "journal-policy": "journal keys to demand, in place of the export’s own",
        "since": "an older signed checkpoint, to be its beginning",
        "extract": "Write the pieces of a proof’s seal, for openssl; nothing is judged.",
        "file": "proof",
        "directory": "folder to write them to",
        "positional": "files",
        "options": "options",
        "usage": "usage: ",
    },
}

REASONS: dict[str, tuple[str, str]] = {
    "missing": ("ce fichier n’existe pas", "there is no such file"),
    "folder": ("c’est un dossier, pas un fichier", "this is a folder, not a file"),
    "denied": ("la lecture de ce fichier est refusée", "reading this file is refused"),
    "not-a-file": (
        "c’est un tube ou un périphérique, pas un fichier",
        "this is a pipe or a device, not a file",
    ),
    "empty": ("ce fichier est vide", "this file is empty"),
    "too-large": (
        "ce fichier dépasse 100 Mio, plus que n’en tient la mémoire d’une vérification\u202f; il n’a pas été jugé",
        "this file exceeds 100 MiB, more than the memory of one verification holds; it was not judged",
    ),
    "error": ("ce fichier n’a pas pu être lu", "this file could not be read"),
}
"""Why a file was not judged, a clause in each language; codes of `verifier.reading`."""

_FAULTS: dict[str, tuple[tuple[type[OSError], str], ...]] = {
    "fr": (
        (FileNotFoundError, "{0}\u202f: ce fichier n’existe pas."),
        (IsADirectoryError, "{0}\u202f: c’est un dossier, pas un fichier."),
        (NotADirectoryError, "{0}\u202f: ce n’est pas un dossier."),
        (PermissionError, "{0}\u202f: la lecture de ce fichier est refusée."),
        (OSError, "{0}\u202f: ce fichier n’a pas pu être lu ou écrit ({1})."),
    ),
    "en": (
        (FileNotFoundError, "{0}: there is no such file."),
        (IsADirectoryError, "{0}: this is a folder, not a file."),
        (NotADirectoryError, "{0}: this is no folder."),
        (PermissionError, "{0}: reading this file is refused."),
        (OSError, "{0}: this file could not be read or written ({1})."),
    ),
}
_STORES = {
    "unreadable": (
        "{0}\u202f: ni certificat PEM ou DER, ni PKCS #7 ({1}).",
        "{0}: expected a certificate in PEM or DER, or PKCS #7 ({1}).",
    ),
    "empty": ("{0}\u202f: ce fichier ne contient aucun certificat.", "{0}: this file holds no certificate."),
    "folder": (
        "{0}\u202f: ce dossier ne contient aucun certificat (fichiers en {1}).",
        "{0}: this folder holds no certificate (files ending in {1}).",
    ),
    "no-file": ("{0}\u202f: ce n’est ni un fichier ni un dossier.", "{0}: this is neither a file nor a folder."),
    "too-large": (
        "{0}\u202f: trop grand pour des certificats (au plus {1} octets).",
        "{0}: too large for certificates (at most {1} bytes).",
    ),
    "expired": (
        "{0}\u202f: ce certificat a expiré le {1}\u202f; --expired l’accepte quand même.",
        "{0}: this certificate expired on {1}; --expired accepts it all the same.",
    ),
    "not-ca": (
        "{0}\u202f: ce certificat n’est pas celui d’une autorité ({1}).",
        "{0}: this certificate is no authority’s ({1}).",
    ),
    "list": (
        "{0}\u202f: ce n’est pas une liste de confiance lisible ({1}).",
        "{0}: this is no readable trusted list ({1}).",
    ),
    "list-signature": (
        "{0}\u202f: la signature de cette liste ne se vérifie pas avec les certificats attendus ({1}).",
        "{0}: the signature of this list does not verify with the certificates expected ({1}).",
    ),
    "list-unpinned": (
        "{0}\u202f: on ne fait pas confiance aux autorités d’une liste dont la signature n’est pas vérifiée\u202f; "
        "ajoutez --lotl-signer.",
        "{0}: authorities of a list whose signature is not checked are not trusted; add --lotl-signer.",
    ),
    "list-support": (
        "{0}\u202f: pour lire les listes de confiance, installez lettre-suivie-electronique[etsi].",
        "{0}: to read trusted lists, install lettre-suivie-electronique[etsi].",
    ),
}
SENTENCES = {
    "nothing": ("Aucun fichier à vérifier n’est nommé.", "No file to verify is named."),
    "one-xml": ("--xml écrit le rapport d’un seul fichier.", "--xml writes the report of one file."),
    "one-proof": (
        "--lettre et --report-pdf portent sur une seule preuve.",
        "--lettre and --report-pdf are about one proof.",
    ),
    "no-letter": (
        "Ce fichier ne désigne aucune lettre\u202f: il n’y a rien à quoi comparer.",
        "This file names no letter: there is nothing to compare with.",
    ),
    "misunderstood": ("Cette commande n’est pas comprise\u202f: {0}", "This command is not understood: {0}"),
    "unsigned-lists": (
        "Attention\u202f: la signature des listes de confiance n’est pas vérifiée (--lotl-signer).",
        "Beware: the signature of the trusted lists is not checked (--lotl-signer).",
    ),
    "stopped": ("Arrêté.", "Stopped."),
}


def chosen(given: Sequence[str], environment: Mapping[str, str] = os.environ) -> str:
    """Return the language of the answers before the arguments are understood: ``--lang``, else the environment's."""
    for position, one in enumerate(given):
        if one.startswith("--lang"):
            asked = one.partition("=")[2] or next(iter(given[position + 1 : position + 2]), "")
            if asked in LANGUAGES:
                return asked
    spoken = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return "en" if spoken.startswith("en") else "fr"


def sentence(name: str, language: str, *parts: object) -> str:
    return SENTENCES[name][LANGUAGES.index(language)].format(*parts)


def refusal(fault: Exception, language: str) -> str:
    """Say in one sentence why a file that the command names beside those to judge cannot be used."""
    if isinstance(fault, StoreRefused):
        return _STORES[fault.code][LANGUAGES.index(language)].format(fault.source, fault.detail)
    if isinstance(fault, OSError):
        text = next(text for kind, text in _FAULTS[language] if isinstance(fault, kind))
        return text.format(fault.filename, fault.strerror)
    return str(fault)
