"""Every reader, in the order in which they are asked. A new one is a file of its own and a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sync.domain.errors import InputError
from sync.mis.ctf import CtfReader
from sync.mis.safe_xml import looks_like_xml, root_name
from sync.mis.tabular import CsvReader, SimsXmlReader, XlsxReader

if TYPE_CHECKING:
    from sync.mis.base import RawFile, Reader

READERS: Final[tuple[Reader, ...]] = (CtfReader(), SimsXmlReader(), XlsxReader(), CsvReader())

SUFFIXES: Final = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xml")
"""What a folder is searched for; a file named outright may be called anything."""

_REPORT: Final = "Export the report from the MIS as CSV, XLSX or SIMS XML, or export a CTF."


def reader_for(file: RawFile) -> Reader:
    """The reader that knows the file.

    Raises:
        InputError: it is empty, or none knows it; says what it seems to be and what to do.
    """
    if not file.data.strip(b" \t\r\n\0\xef\xbb\xbf\xff\xfe"):
        raise InputError(
            f"{file.name}: is empty.",
            next_step="Export it from the MIS again and wait until it has finished.",
        )
    for reader in READERS:
        if reader.sniff(file):
            return reader
    guess, next_step = _guess(file)
    raise InputError(f"{file.name}: {guess}", next_step=next_step)


def _guess(file: RawFile) -> tuple[str, str]:
    data = file.data
    start = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return (
            "is an old Excel workbook (.xls) or one with a password.",
            "Open it and save it as .xlsx without a password.",
        )
    if data.startswith(b"%PDF"):
        return "is a PDF, which only people can read.", _REPORT
    if data.startswith(b"PK"):
        return (
            "is an archive, but there is no workbook in it (a .zip, a document?).",
            "Unpack it, or save it as .xlsx.",
        )
    if start.startswith((b"<!doctype html", b"<html")):
        return (
            "is a web page, most often a sign-in page that was saved in place of the report.",
            "Sign in to the MIS and export the report again.",
        )
    if looks_like_xml(data):
        root = root_name(data)
        seen = f"its root is '{root}'" if root else "it has no root that can be seen (it may be cut off)"
        return (
            f"is XML that is not known: {seen}; a CTF begins with 'CTfile', a report with 'SuperStarReport'.",
            _REPORT,
        )
    if start.startswith((b"{", b"[")):
        return (
            "is JSON, perhaps an answer of a vendor's API, for which there is no reader yet.",
            f"{_REPORT} docs/writing-a-reader.md shows how to add a reader.",
        )
    return (
        "is none of the kinds of file that can be read; the nearest is a CSV, whose name ends in .csv.",
        _REPORT,
    )
