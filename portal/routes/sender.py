"""The sender's counter: write, look over, follow."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from portal.domain.errors import DraftChanged, NotFound, UploadTooLarge
from portal.domain.letter import MAX_FILES, StoredPiece
from portal.domain.lifecycle import Status
from portal.routes.doors import audience, office, person
from portal.routes.forms import Compose, Pay
from portal.routes.timeline import moment_lines
from portal.security.downloads import as_download
from portal.security.origin import origin
from portal.security.uploads import keep
from portal.services import deposit, payment, tracking
from portal.services.deposit import DraftView, Words
from verifier.statement import Party

counter = Blueprint("sender", __name__)


@counter.get("/lettres")
@audience("sender")
def letters() -> ResponseReturnValue:
    filters = _filters()
    rows, more = tracking.listing(office(), person().id, filters)
    return render_template(
        "sender/letters.html", rows=rows, filters=filters, statuses=list(Status), more=more, typed=request.args
    )


@counter.route("/lettres/nouvelle", methods=["GET", "POST"], defaults={"draft_id": None})
@counter.route("/lettres/nouvelle/<draft_id>", methods=["GET", "POST"])
@audience("sender")
def compose(draft_id: str | None) -> ResponseReturnValue:
    draft = deposit.view(office(), person(), draft_id) if draft_id else None
    form = Compose(data=_filled(draft))
    if form.validate_on_submit():
        kept = _kept(draft)
        try:
            saved = deposit.save_draft(
                office(), person(), _words(form), draft_id=draft_id, kept=kept, added=[keep(file) for file in _files()]
            )
        except UploadTooLarge:
            form.files.errors = [_("Vos pièces jointes dépassent 255 Mo. Retirez-en ou réduisez-les.")]
        else:
            return redirect(url_for("sender.recap", draft_id=saved), 303)
    attached = draft.envelope.attachments if draft else ()
    return render_template(
        "sender/compose.html",
        form=form,
        draft_id=draft_id,
        kept=[(position, stored.piece) for position, stored in enumerate(attached)],
        limit=MAX_FILES,
        used=sum(stored.piece.size for stored in attached),
        address=[line for line in person().address.splitlines() if line],
        errors=[(field, message) for field, messages in form.errors.items() for message in messages],
    ), 422 if form.errors else 200


@counter.get("/lettres/nouvelle/<draft_id>/recapitulatif")
@audience("sender")
def recap(draft_id: str) -> ResponseReturnValue:
    try:
        return _recap(draft_id, Pay(formdata=None))
    except NotFound:  # the way back from the bank's page leads here
        letter = deposit.became(office(), person(), draft_id)
        return redirect(url_for("sender.letter", reference=letter.reference), 303)


@counter.post("/lettres/nouvelle/<draft_id>/payer")
@audience("sender")
def pay(draft_id: str) -> ResponseReturnValue:
    form = Pay()
    try:
        if not form.validate():
            return _recap(draft_id, form), 422
        letter = deposit.deposit(office(), person(), draft_id, seen=form.version.data or "")
    except DraftChanged:
        return _recap(draft_id, Pay(formdata=None), changed=True), 409
    except NotFound:  # a second click, or the page of another tab: the first made the letter
        return redirect(
            url_for("sender.to_bank", reference=deposit.became(office(), person(), draft_id).reference), 303
        )
    return _begin(letter.reference)


@counter.get("/lettres/<reference>/paiement")
@audience("sender")
def to_bank(reference: str) -> ResponseReturnValue:
    try:
        letter, fields = payment.order_form(office(), sender_id=person().id, reference=reference)
    except NotFound:
        return _without_order(reference)
    bank = office().gateway.form_url
    g.bank = origin(bank)
    return render_template("sender/to_bank.html", letter=letter, bank_url=bank, fields=fields)


@counter.post("/lettres/<reference>/paiement")
@audience("sender")
def pay_again(reference: str) -> ResponseReturnValue:
    return _begin(reference)


@counter.post("/lettres/<reference>/annuler")
@audience("sender")
def cancel(reference: str) -> ResponseReturnValue:
    payment.cancel(office(), sender_id=person().id, reference=reference)
    return redirect(url_for("sender.letter", reference=reference), 303)


@counter.get("/lettres/<reference>")
@audience("sender")
def letter(reference: str) -> ResponseReturnValue:
    history = tracking.history(office(), person().id, reference)
    return render_template(
        "sender/letter.html",
        letter=history.opened.letter,
        envelope=history.opened.envelope,
        timeline=moment_lines(history.timeline),
        proofs=history.proofs,
        failure=history.failure,
    )


@counter.get("/lettres/<reference>/preuves/<int:proof>")
@audience("sender")
def proof(reference: str, proof: int) -> ResponseReturnValue:
    record, blocks = tracking.proof(office(), person().id, reference, proof)
    response = Response(blocks, mimetype="application/pdf")
    response.headers["Content-Length"] = str(record.size)
    return as_download(response, f"{record.kind}-{reference}.pdf")


def _begin(reference: str) -> ResponseReturnValue:
    payment.begin(office(), sender_id=person().id, reference=reference)
    return redirect(url_for("sender.to_bank", reference=reference), 303)


def _without_order(reference: str) -> ResponseReturnValue:
    """Offer to pay where nothing is ordered yet; elsewhere show how the letter stands. Raises `NotFound`."""
    letter = tracking.history(office(), person().id, reference).opened.letter
    if letter.status is not Status.AWAITING_PAYMENT:
        return redirect(url_for("sender.letter", reference=reference), 303)
    return render_template("sender/to_bank.html", letter=letter, bank_url=None, fields=None)


def _recap(draft_id: str, form: Pay, *, changed: bool = False) -> str:
    """Show what would be paid; `changed` says that it is not what was shown before."""
    draft = deposit.view(office(), person(), draft_id)
    form.version.data = draft.version
    return render_template(
        "sender/recap.html",
        draft_id=draft_id,
        envelope=draft.envelope,
        message=draft.message,
        tariff=deposit.tariff(office()),
        form=form,
        changed=changed,
    )


def _filled(draft: DraftView | None) -> dict[str, object]:
    """What a draft puts back into the form."""
    if draft is None:
        return {}
    envelope = draft.envelope
    first, _space, last = envelope.recipient.name.partition("\u00a0")
    return {
        "recipient_status": envelope.recipient.status,
        "recipient_first_name": first if last else "",
        "recipient_last_name": last or first,
        "recipient_email": envelope.recipient.email,
        "subject": envelope.subject,
        "dossier": envelope.dossier,
        "message": draft.message,
    }


def _words(form: Compose) -> Words:
    # A no-break space keeps first and last name apart for the form and together on paper.
    names = (form.recipient_first_name.data or "", form.recipient_last_name.data)
    return Words(
        recipient=Party(
            name="\u00a0".join(name.strip() for name in names if name.strip()),
            email=form.recipient_email.data.strip(),
            status=form.recipient_status.data,
        ),
        subject=form.subject.data.strip(),
        dossier=(form.dossier.data or "").strip(),
        message=form.message.data.replace("\r\n", "\n"),
    )


def _kept(draft: DraftView | None) -> list[StoredPiece]:
    removed = set(request.form.getlist("remove"))
    attached = draft.envelope.attachments if draft else ()
    return [stored for position, stored in enumerate(attached) if str(position) not in removed]


def _files() -> list[FileStorage]:
    return [file for file in request.files.getlist("files") if file.filename]


def _filters() -> tracking.Filters:
    """Read the list's filters; what is not understood filters nothing."""
    args = request.args
    try:
        status = Status(args.get("status", ""))
    except ValueError:
        status = None
    below = args.get("below", "")
    return tracking.Filters(
        reference=args.get("reference", "").strip().upper() or None,
        since=_day(args.get("since", "")),
        until=_day(args.get("until", "")),
        recipient=args.get("recipient", "").strip() or None,
        status=status,
        below=int(below) if below.isascii() and below.isdigit() and len(below) < 18 else None,
    )


def _day(text: str) -> date | None:
    """Read a day; one at the end of the calendar, from which no midnight can be reckoned, is not understood either."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date.min.year < day.year < date.max.year else None
