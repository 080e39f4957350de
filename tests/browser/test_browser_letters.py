"""The printed letters in Chromium: as they are looked at, and as they come out of a printer."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest
import zxingcpp
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from sync.post.printed import Printed, letters_html

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

URL = "https://book.hillcrest-high.anytown.sch.uk/b/" + "aB3_-x" * 7
LONG = "The Most Reverend Wolfeschlegelsteinhausenbergerdorff-Quillfeather-Ostrowski"
A4 = [0, 0, 595, 842]


@pytest.fixture
def letters(page: Page, tmp_path: Path) -> Page:
    file = tmp_path / "letters.html"
    about = "choose a time to talk with us about "
    made = [
        Printed("Mrs Lomax", "Amara", "B7F3K", f"{about}Amara", f"{URL}1", "Wednesday 9 December 2026"),
        Printed(LONG, "Zoë-Maria", "D9K2P", f"{about}Zoë-Maria", f"{URL}2", "Wednesday 9 December 2026"),
        Printed("", "", "C2D4M", f"{about}your child", f"{URL}3", "Wednesday 9 December 2026"),
    ]
    contact = "Call the school office on 01632 960 000."
    page_text = letters_html(made, school="Hillcrest High School", contact=contact, day="Tuesday 1 December 2026")
    file.write_text(page_text, encoding="utf-8")
    page.goto(file.as_uri())
    return page


def test_the_codes_on_the_page_are_read_as_the_links(letters: Page) -> None:
    found = []
    for letter in letters.locator("article").all():
        picture = Image.open(io.BytesIO(letter.screenshot()))
        found += [each.text for each in zxingcpp.read_barcodes(picture)]
    assert found == [f"{URL}{number}" for number in (1, 2, 3)]


def test_each_letter_is_one_sheet_of_a4(letters: Page) -> None:
    pdf = letters.pdf(prefer_css_page_size=True)
    sheets = [[round(float(side)) for side in box.split()] for box in re.findall(rb"/MediaBox ?\[([^\]]*)\]", pdf)]
    assert sheets == [A4] * 3
    # Whatever does not fit would be cut off, for a letter hides what runs over.
    assert letters.evaluate("[...document.querySelectorAll('article')].every(e => e.scrollHeight <= e.clientHeight)")
    footers = "e => e.querySelector('footer').getBoundingClientRect().top - e.lastElementChild.previousElementSibling"
    gaps = letters.evaluate(f"[...document.querySelectorAll('article')].map({footers}.getBoundingClientRect().bottom)")
    assert [gap > 0 for gap in gaps] == [True] * 3


def test_axe_finds_nothing_in_the_letters(letters: Page) -> None:
    assert [one["id"] for one in Axe().run(letters).response["violations"]] == []
