"""XML from outside: parsed without entities, DTDs and network, within limits; a DOCTYPE is refused."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from lxml import etree

from sync.domain.errors import InputError
from sync.mis.csv_file import EXPORT_AGAIN

if TYPE_CHECKING:
    from collections.abc import Iterator

Element: TypeAlias = etree._Element  # noqa: SLF001 - lxml gives the type of an element no public name

# A CTF of 2,000 pupils with assessments is about 30 MB.
SIZE_LIMIT: Final = 150 * 1024 * 1024
_PROLOGUE: Final = 64 * 1024


def looks_like_xml(data: bytes) -> bool:
    """Whether bytes begin as XML does, with or without a byte-order mark, in UTF-8 or UTF-16."""
    return data[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")


def root_name(data: bytes) -> str:
    """The name of the root element, without its namespace; "" when there is none to be seen. Never raises."""
    if not looks_like_xml(data):
        return ""
    parser = etree.XMLPullParser(
        events=("start",),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=False,
    )
    # A cut or broken file may still show its root in the events before the fault.
    with contextlib.suppress(etree.XMLSyntaxError):
        parser.feed(data[:_PROLOGUE])
    with contextlib.suppress(etree.XMLSyntaxError):
        for _, element in parser.read_events():
            return local(cast("Element", element))
    return ""


def parse(data: bytes, name: str) -> Element:
    """The root element.

    Raises:
        InputError: too large, not well-formed (cut off, half-written), or with a DOCTYPE.
    """
    if len(data) > SIZE_LIMIT:
        raise InputError(
            f"{name}: is larger than {SIZE_LIMIT // 1024 // 1024} MB, far more than a school's file.",
            next_step="Check that it is the right file.",
        )
    # Said before parsing, so that an entity bomb is named as what it is and never expanded.
    if re.search(rb"<!DOCTYPE", data[:_PROLOGUE].replace(b"\0", b"")):
        raise _doctype(name)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        where = f" (line {line} of the file)" if line else ""
        raise InputError(
            f"{name}: the XML is not complete or not well-formed{where}; the file is cut off or half-written.",
            next_step=EXPORT_AGAIN,
        ) from None  # the parser's message quotes the text at fault, which may be a name
    if root.getroottree().docinfo.internalDTD is not None:
        raise _doctype(name)
    return root


def _doctype(name: str) -> InputError:
    return InputError(
        f"{name}: declares a document type (DOCTYPE), which no file from an MIS needs; refused as a possible attack.",
        next_step="Check where the file came from; export it from the MIS again.",
    )


def local(element: Element) -> str:
    """An element's name without its namespace; "" for comments and processing instructions."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Element) -> Iterator[tuple[str, Element]]:
    """(local name, child) of each child element."""
    for child in element:
        if isinstance(child.tag, str):
            yield local(child), child


def text_of(element: Element | None) -> str:
    """The text of an element and of what is inside it, without padding; "" when it is missing."""
    if element is None:
        return ""
    # A comment in the middle of a text splits it in two; XPath's string value is the text without it.
    whole = element.text if len(element) == 0 else str(element.xpath("string()"))
    return (whole or "").strip()
