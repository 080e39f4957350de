"""Letters on paper: one A4 page for each adult, with the personal link as a QR code and in letters. Pure.

The page is one HTML file that fetches nothing. It holds the adult's name, the child's first name and our reference, by
which the office knows into whose bag it goes; no surname of a child, no need, no status.
"""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import segno

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Printed:
    """One letter.

    Attributes:
        to: the adult's name, as the letter addresses them; "" where the MIS has none.
        child: the child's first name; "" where it is not known.
        ref: the child's reference, for the office; "" for none.
        invites: what the link is for, as the end of "You can": `choose a time to talk with us about Amara`.
        url: the personal link.
        until: the last day on which it opens, in words.
    """

    to: str = field(repr=False)
    child: str = field(repr=False)
    ref: str
    invites: str = field(repr=False)
    url: str = field(repr=False)
    until: str


def letters_html(letters: Iterable[Printed], *, school: str, contact: str, day: str) -> str:
    """The letters as one HTML file, a page each.

    Args:
        letters: in the order in which they are printed.
        school: its name.
        contact: how to reach it, a sentence; "" says only to ask the school.
        day: of the letter, in words.
    """
    pages = "\n".join(_page(each, school=school, contact=contact, day=day) for each in letters)
    return (
        '<!doctype html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex, nofollow">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>Letters: {_text(school)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n{pages}\n"
        "</main>\n</body>\n</html>\n"
    )


def qr_svg(url: str) -> str:
    """The QR code of a link, as SVG to stand in a page, with the quiet zone of four modules (ISO/IEC 18004)."""
    # "M" mends 15% of a code: a fold or a stain on paper.
    svg: str = segno.make(url, error="m", micro=False).svg_inline(border=4, omitsize=True, light="white")
    return svg


def _page(letter: Printed, *, school: str, contact: str, day: str) -> str:
    to = letter.to or ("Parent or carer" + (f" of {letter.child}" if letter.child else ""))
    dear = letter.to or "parent or carer"
    help_line = _text(contact) if contact else "If you need help, please ask the school."
    return f"""<article>
<header><h1>{_text(school)}</h1></header>
<address>{_text(to)}</address>
<p class="day">{_text(day)}</p>
<p>Dear {_text(dear)},</p>
<p>You can {_text(letter.invites)}. Point the camera of your phone at this square, or type the address below it.</p>
<figure>
<div role="img" aria-label="QR code with your link">{qr_svg(letter.url)}</div>
<figcaption>{_text(letter.url)}</figcaption>
</figure>
<p>This link is for you alone: please do not share it. It works until {_text(letter.until)}.
You need no account and no app. On the page you can choose your language, and you can change or cancel your meeting
there later.</p>
<p>{help_line}</p>
<p>With kind regards</p>
<p>{_text(school)}</p>
{f"<footer>Ref {_text(letter.ref)}</footer>" if letter.ref else ""}
</article>"""


def _text(text: str) -> str:
    return html.escape(" ".join(text.split()))


# The address stands where a DL window envelope shows it: 20 mm from the left, 45 to 80 mm from the top (BS 4264).
_STYLE = """
@page { size: A4; margin: 0 }
* { box-sizing: border-box }
body { margin: 0; background: #ddd; color: #000; font: 12pt/1.5 Arial, Helvetica, sans-serif }
article { position: relative; width: 210mm; height: 297mm; margin: 8mm auto; padding: 20mm 20mm 15mm;
  background: #fff; overflow: hidden }
header { height: 25mm }
h1 { margin: 0; font-size: 14pt; font-weight: bold }
address { height: 35mm; font-style: normal }
.day { margin: 0 0 8mm }
p { margin: 0 0 4mm }
figure { margin: 2mm 0 5mm }
svg { display: block; width: 50mm; height: 50mm; margin-left: -4mm }
figcaption { font: 10pt/1.4 "Courier New", monospace; overflow-wrap: anywhere }
footer { position: absolute; left: 20mm; bottom: 12mm; font-size: 9pt }
@media print {
  body { background: none }
  article { margin: 0; break-after: page; break-inside: avoid }
  article:last-of-type { break-after: auto }
}
"""
