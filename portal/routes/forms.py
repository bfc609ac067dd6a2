"""The forms of people with an account."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    EmailField,
    Field,
    HiddenField,
    MultipleFileField,
    PasswordField,
    RadioField,
    SelectChoice,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length

from portal.domain.letter import MAX_MESSAGE


def _deliverable(form: FlaskForm, field: Field) -> None:
    """Accept an address that a mail server could take; nothing is looked up."""
    try:
        validate_email(field.data or "", check_deliverability=False, test_environment=True)
        if "=?" in (field.data or ""):  # in a header it would be read as an encoded word (RFC 2047)
            raise EmailNotValidError
    except EmailNotValidError:
        raise ValidationError(_l("Cette adresse n’est pas complète. Elle doit ressembler à nom@exemple.nc.")) from None


def _one_line(form: FlaskForm, field: Field) -> None:
    if any(ord(character) < 32 for character in field.data or ""):
        raise ValidationError(_l("Ce champ tient sur une ligne."))


class SignIn(FlaskForm):  # type: ignore[misc]
    email = EmailField(_l("Adresse mail"), validators=[DataRequired(_l("Indiquez votre adresse mail.")), _one_line])
    password = PasswordField(_l("Mot de passe"), validators=[InputRequired(_l("Indiquez votre mot de passe."))])


class Compose(FlaskForm):  # type: ignore[misc]
    recipient_status = RadioField(
        _l("Le destinataire est"),
        choices=[
            SelectChoice("particulier", _l("un particulier")),
            SelectChoice("professionnel", _l("un professionnel")),
        ],
        default="particulier",
    )
    recipient_last_name = StringField(
        _l("Nom du destinataire"),
        validators=[DataRequired(_l("Indiquez le nom du destinataire.")), Length(max=100), _one_line],
    )
    recipient_first_name = StringField(_l("Prénom du destinataire"), validators=[Length(max=100), _one_line])
    recipient_email = EmailField(
        _l("E-mail du destinataire"),
        validators=[DataRequired(_l("Indiquez l’adresse mail du destinataire.")), Length(max=254), _deliverable],
    )
    subject = StringField(
        _l("Objet"), validators=[DataRequired(_l("Indiquez l’objet de la lettre.")), Length(max=200), _one_line]
    )
    dossier = StringField(_l("Votre référence de dossier"), validators=[Length(max=60), _one_line])
    message = TextAreaField(
        _l("Message"), validators=[DataRequired(_l("Écrivez votre message.")), Length(max=MAX_MESSAGE)]
    )
    files = MultipleFileField(_l("Documents à joindre"))
    accept_terms = BooleanField(
        _l("J’accepte les conditions générales d’utilisation"),
        validators=[InputRequired(_l("Pour continuer, acceptez les conditions générales d’utilisation."))],
    )


class Pay(FlaskForm):  # type: ignore[misc]
    version = HiddenField()
    """Of what the sender looked at, from `portal.services.deposit.DraftView`."""
    accept_sales = BooleanField(
        _l("J’accepte les Conditions Spécifiques de Vente"),
        validators=[InputRequired(_l("Pour payer, acceptez les Conditions Spécifiques de Vente."))],
    )
