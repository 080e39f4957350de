from __future__ import annotations

import io

import pytest
import segno
import zxingcpp
from lxml import html
from PIL import Image

from sync.post.printed import Printed, letters_html, qr_svg

URL = "https://book.school.example/b/" + "aB3_-x" * 7 + "z"
AMARA = Printed("Mrs Lomax", "Amara", "B7F3K", "choose a time to talk with us about Amara", URL, "Wednesday 9 December")


def letters(*these: Printed, contact: str = "Call us.") -> str:
    return letters_html(these, school="Hillcrest <High>", contact=contact, day="Tuesday 1 December 2026")


def words(page: str) -> str:
    return " ".join(html.fromstring(page).find("body").text_content().split())


def test_the_code_of_a_letter_is_read_as_its_link() -> None:
    drawn = io.BytesIO()
    segno.make(URL, error="m", micro=False).save(drawn, kind="png", scale=4, border=4)
    assert [each.text for each in zxingcpp.read_barcodes(Image.open(drawn))] == [URL]
    svg = io.BytesIO()
    segno.make(URL, error="m", micro=False).save(svg, kind="svg", xmldecl=False, omitsize=True, light="white", border=4)
    assert html.fromstring(qr_svg(URL)).xpath("//path/@d") == html.fromstring(svg.getvalue()).xpath("//path/@d")


def test_a_letter_addresses_the_adult_and_says_what_to_do() -> None:
    assert words(letters(AMARA)) == (
        "Hillcrest <High> Mrs Lomax Tuesday 1 December 2026 Dear Mrs Lomax, You can choose a time to talk with us "
        "about Amara. Point the camera of your phone at this square, or type the address below it. "
        f"{URL} This link is for you alone: please do not share it. It works until Wednesday 9 December. You need no "
        "account and no app. On the page you can choose your language, and you can change or cancel your meeting there "
        "later. Call us. With kind regards Hillcrest <High> Ref B7F3K"
    )


def test_each_letter_is_a_page() -> None:
    page = letters(AMARA, AMARA)
    assert page.count("<article>") == 2


@pytest.mark.parametrize(("child", "address"), [("Amara", "Parent or carer of Amara"), ("", "Parent or carer")])
def test_an_adult_without_a_name_is_addressed_as_parent_or_carer(child: str, address: str) -> None:
    letter = Printed("", child, "", "meet us", URL, "today")
    tree = html.fromstring(letters(letter, contact=""))
    assert tree.xpath("//address/text()") == [address]
    assert "Dear parent or carer," in tree.text_content()
    assert "If you need help, please ask the school." in tree.text_content()
    assert tree.xpath("//footer") == []


def test_nothing_that_a_name_holds_becomes_markup_and_nothing_is_fetched() -> None:
    page = letters(Printed("<script>x</script>", "<b>", "", "talk about <b>", URL, "today"))
    tree = html.fromstring(page)
    assert tree.xpath("//article//script | //b | //link | //img | //*[@src]") == []
    assert tree.xpath("//address/text()") == ["<script>x</script>"]


def test_a_letter_and_its_link_are_not_in_a_repr() -> None:
    assert repr(AMARA) == "Printed(ref='B7F3K', until='Wednesday 9 December')"
