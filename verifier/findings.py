"""What was done to a file after a signature: one value a finding, and what each weighs.

A finding is a fact about the two states of the file. Its weight says whether a reader sees or runs something that the signer
did not sign; whether the signer allowed it (ISO 32000-1, 12.8.2) is another answer, `Finding.permitted`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Weight(StrEnum):
    NONE = "none"
    BENIGN = "benign"
    """Signatures, time stamps, validation data, metadata."""
    CONTENT = "content"
    """Something that is read, seen or run is not what was signed."""
    UNKNOWN = "unknown"
    """It could not be explained, which does not make it wrong."""


class Kind(StrEnum):
    DSS = "validation-data"
    TIME_STAMP = "document-time-stamp"
    SIGNATURE = "signature-added"
    METADATA = "metadata"
    EXTENSIONS = "extensions"
    UPDATE = "update"
    """A revision that changes nothing a reader reaches."""
    FORM_RESOURCES = "form-resources"
    HIDDEN_WIDGET = "invisible-annotation"
    STRUCTURE_ADDED = "structure-added"
    LOCKED = "locked"
    """A field that no longer takes a value, or an annotation that can no longer be moved."""

    FORM_VALUE = "form-value"
    FORM_APPEARANCE = "form-appearance"
    FORM_FIELD = "form-field"
    FORM_SETTING = "form-setting"
    XFA = "xfa"
    FIELD_ADDED = "field-added"
    FIELD_REMOVED = "field-removed"
    SIGNATURE_DICTIONARY = "signature-dictionary"
    SIGNATURE_OVER_CONTENT = "signature-over-content"
    EMPTY_SIGNATURE_SHOWN = "empty-signature-shown"
    PAGE_COUNT = "page-count"
    PAGE_ORDER = "page-order"
    PAGE_CONTENT = "page-content"
    PAGE_RESOURCES = "page-resources"
    PAGE_BOX = "page-box"
    PAGE = "page"
    ANNOTATION_ADDED = "annotation-added"
    ANNOTATION_OVER_CONTENT = "annotation-over-content"
    ANNOTATION_CHANGED = "annotation-changed"
    ANNOTATION_REMOVED = "annotation-removed"
    ATTACHMENTS = "attachments"
    SCRIPT = "script"
    LAYERS = "optional-content"
    PERMISSIONS = "permissions"
    STRUCTURE = "structure"
    CATALOG = "catalog"
    TRAILER = "trailer"
    UNCOVERED = "bytes-not-covered"
    DOCMDP = "docmdp"
    FIELDMDP = "fieldmdp"

    UNOWNED = "bytes-of-no-revision"
    UNEXPLAINED = "unexplained"
    SHARED_APPEARANCE = "shared-appearance"


_BENIGN = {
    Kind.DSS,
    Kind.TIME_STAMP,
    Kind.SIGNATURE,
    Kind.METADATA,
    Kind.EXTENSIONS,
    Kind.UPDATE,
    Kind.FORM_RESOURCES,
    Kind.HIDDEN_WIDGET,
    Kind.STRUCTURE_ADDED,
    Kind.LOCKED,
}
_UNKNOWN = {Kind.UNOWNED, Kind.UNEXPLAINED, Kind.SHARED_APPEARANCE}
_FILLING = {Kind.FORM_VALUE, Kind.FORM_APPEARANCE, Kind.SIGNATURE_OVER_CONTENT}
"""A visible signature has to stand somewhere; what stands under it is shown, and a certified document allows none there."""
_ANNOTATING = {Kind.ANNOTATION_ADDED}


@dataclass(frozen=True)
class Finding:
    """One thing that was done after the signature."""

    kind: Kind
    where: str
    """``page 3``, ``field total``, ``catalog /OpenAction``."""
    before: str = ""
    """The value that was signed, at most 200 characters; empty where there was none."""
    after: str = ""
    page: int | None = None
    """Number of the page that looks different, from 1."""
    field: str = ""
    """Fully qualified name of the form field concerned."""

    @property
    def weight(self) -> Weight:
        if self.kind in _UNKNOWN:
            return Weight.UNKNOWN
        return Weight.BENIGN if self.kind in _BENIGN else Weight.CONTENT

    @property
    def permitted(self) -> bool | None:
        """Whether a signer who said nothing allows it: validation data, signatures, form filling, notes beside content."""
        if self.kind in _UNKNOWN:
            return None
        return self.kind in _BENIGN | _FILLING | _ANNOTATING

    def at(self, page: int) -> Finding:
        return replace(self, page=page)


@dataclass(frozen=True)
class Changes:
    """The answer to "was the file changed after this signature, and how?"."""

    findings: tuple[Finding, ...] = ()

    @property
    def outcome(self) -> Weight:
        """The heaviest finding: content, then unknown, then benign."""
        weights = {one.weight for one in self.findings}
        return next((one for one in (Weight.CONTENT, Weight.UNKNOWN, Weight.BENIGN) if one in weights), Weight.NONE)

    @property
    def permitted(self) -> bool | None:
        """Whether the signer allowed all of it; None where that could not be judged."""
        answers = {one.permitted for one in self.findings}
        return False if False in answers else None if None in answers else True

    @property
    def pages(self) -> tuple[int, ...]:
        """Numbers of the pages that look different."""
        return tuple(sorted({one.page for one in self.findings if one.page is not None}))
