"""What every page and every mail must be, whatever it says."""

from __future__ import annotations

import re

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from bs4 import BeautifulSoup

from tests.gallery import ROOT, wall, written
from tests.samples import ENVELOPE, MAILS, MESSAGE, PAGES, SETTINGS

LANGUAGES = ("fr", "en")
FORBIDDEN = re.compile(r"recommandé|juridi|remis au|légalement|valeur probante", re.IGNORECASE)
CONTENT = (ENVELOPE.subject, MESSAGE.splitlines()[2], *(stored.piece.name for stored in ENVELOPE.attachments))
"""What neither a mail nor a page before the act may show."""


def page(name: str, lang: str = "fr") -> BeautifulSoup:
    app = wall()
    app.testing = True
    answer = app.test_client().get(f"/{lang}/{name}")
    assert answer.status_code == 200
    return BeautifulSoup(answer.text, "html.parser")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_every_page_has_one_title_its_landmarks_and_a_way_past_the_header(name: str, lang: str) -> None:
    soup = page(name, lang)
    assert soup.html is not None
    assert soup.html["lang"] == lang
    assert len(soup.find_all("h1")) == 1
    assert [tag for tag in ("header", "nav", "main", "footer") if not soup.find(tag)] == []
    assert soup.select_one("a.skip[href='#main']")
    assert soup.select_one("main#main")
    assert soup.title is not None
    assert soup.title.get_text().strip() != ""


@pytest.mark.parametrize("name", PAGES)
def test_every_page_obeys_the_content_security_policy(name: str) -> None:
    soup = page(name)
    assert soup.find_all("style") == []
    inline = [key for tag in soup.find_all(True) for key in tag.attrs if key == "style" or key.startswith("on")]
    assert inline == []
    assert all(
        str(script.get("src")).startswith("/static/") and not script.string for script in soup.find_all("script")
    )
    loaded = [str(tag.get("src") or tag.get("href")) for tag in soup.select("link, script, img")]
    drawn = [address for address in loaded if address.startswith("data:image/png;base64,")]
    assert [address for address in loaded if not address.startswith("/static/")] == drawn
    assert [picture for picture in soup.find_all("img") if not picture.get("alt")] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_question_has_a_label_and_every_reference_a_target(name: str) -> None:
    soup = page(name)
    ids = [tag["id"] for tag in soup.find_all(id=True)]
    assert len(ids) == len(set(ids))
    for control in soup.select("input:not([type=hidden]), select, textarea"):
        assert control.find_parent("label") or soup.find("label", attrs={"for": control.get("id")}), control
    for tag in soup.select("[aria-describedby]"):
        assert set(str(tag["aria-describedby"]).split()) <= set(ids), tag
    for link in soup.select("a[href^='#']"):
        assert link["href"][1:] in ids, link
    for button in soup.find_all("button"):
        assert button.get_text().strip() != ""


@pytest.mark.parametrize("name", PAGES)
def test_every_form_that_posts_to_us_carries_the_token_of_its_session(name: str) -> None:
    for form in page(name).select("form[method=post]"):
        ours = str(form["action"]).startswith("/")
        assert bool(form.find("input", attrs={"name": "csrf_token"})) is ours, form


@pytest.mark.parametrize("name", PAGES)
def test_every_page_states_facts_in_french_typography(name: str) -> None:
    words = page(name)
    for code in words.select("pre, code, samp, .message, .timeline, .facts"):
        code.decompose()
    text = re.sub(r"\s*\n\s*", " ", words.get_text())
    assert FORBIDDEN.findall(text) == []
    assert re.findall(r".{20} [;:!?»]|« .{9}|\w'\w.{9}", text) == []


@pytest.mark.parametrize("name", ["presentation", "presentation-mismatch", "refusal", "reopen", "error-other-device"])
def test_nothing_of_the_content_shows_before_the_act(name: str) -> None:
    text = page(name).get_text()
    assert [words for words in CONTENT if words in text] == []


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", MAILS)
def test_a_mail_is_light_complete_in_text_and_silent_about_the_content(name: str, lang: str) -> None:
    mail = written(name, lang)
    soup = BeautifulSoup(mail.html, "html.parser")
    assert len(mail.html.encode()) < 20_000
    assert soup.find_all(["table", "img", "script", "link"]) == []
    assert all(link["href"].startswith(SETTINGS.base_url + "/") for link in soup.find_all("a"))
    addresses = {str(link["href"]) for link in soup.find_all("a")}
    assert len(addresses) <= 1
    assert all(address in mail.text.splitlines() for address in addresses)
    for words in (mail.subject, mail.text, soup.get_text()):
        assert [secret for secret in CONTENT if secret in words] == []
        assert FORBIDDEN.findall(words) == []
    assert "LSE260414-000006" in mail.text
    assert "LSE260414-000006" in mail.html
    assert "SANS VALEUR — TEST" in mail.text


def test_every_french_sentence_has_its_english() -> None:
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    keywords = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
    found = {
        words for _file, _line, words, _notes, _context in extract_from_dir(str(ROOT), methods, options, keywords)
    }  # fmt: skip
    with (ROOT / "portal/translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        catalog = read_po(file)
    english = {message.id: message for message in catalog if message.id}
    assert found - set(english) == set()
    assert set(english) - found == set(), "a translation that no page uses any more"
    assert [message.id for message in english.values() if message.fuzzy or not message.string] == []
    assert [message.id for message in english.values() if list(message.check())] == []


def test_the_style_sheet_loads_nothing_from_elsewhere() -> None:
    sheet = (ROOT / "portal/static/lse.css").read_text()
    fonts = re.findall(r'url\("?([^")]+)', sheet)
    assert fonts
    assert all((ROOT / "portal/static" / font).is_file() for font in fonts)
