"""The readers of reports: CSV, XLSX and SIMS XML, which differ only in how they become a grid of texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sync.domain.errors import InputError
from sync.mis import csv_file, xlsx_file
from sync.mis.csv_file import EXPORT_AGAIN
from sync.mis.grid import Grid
from sync.mis.report import read_report
from sync.mis.safe_xml import children, looks_like_xml, parse, root_name, text_of

if TYPE_CHECKING:
    from datetime import date

    from sync.mis.base import RawFile, Reading
    from sync.mis.options import ReadOptions

CSV_LIMIT: Final = 100 * 1024 * 1024
_TEXT_SUFFIXES: Final = (".csv", ".tsv", ".txt")
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


class CsvReader:
    """Reads CSV with commas, semicolons, tabs or bars."""

    @property
    def label(self) -> str:
        """See `sync.mis.base.Reader`."""
        return "report (CSV)"

    def sniff(self, file: RawFile) -> bool:
        """Whether the name ends as a CSV's does and the bytes are no web page or workbook in disguise."""
        disguised = looks_like_xml(file.data) or file.data.startswith((b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0"))
        return file.name.casefold().endswith(_TEXT_SUFFIXES) and not disguised

    def read(self, file: RawFile, options: ReadOptions, *, today: date) -> Reading:
        """See `sync.mis.base.Reader`."""
        if len(file.data) > CSV_LIMIT:
            raise InputError(
                f"{file.name}: is larger than {CSV_LIMIT // 1024 // 1024} MB, far more than a school's report.",
                next_step="Check that it is the right file.",
            )
        return read_report(csv_file.read_grid(file.data, file.name, options), file, options, today=today)


class XlsxReader:
    """Reads workbooks (.xlsx, .xlsm)."""

    @property
    def label(self) -> str:
        """See `sync.mis.base.Reader`."""
        return "report (XLSX)"

    def sniff(self, file: RawFile) -> bool:
        """Whether it is a zip archive with a workbook in it, or is called a workbook."""
        is_zip = file.data.startswith(b"PK\x03\x04")
        return is_zip and (b"xl/workbook" in file.data or file.name.casefold().endswith((".xlsx", ".xlsm")))

    def read(self, file: RawFile, options: ReadOptions, *, today: date) -> Reading:
        """See `sync.mis.base.Reader`."""
        return read_report(xlsx_file.read_grid(file.data, file.name, options), file, options, today=today)


class SimsXmlReader:
    """Reads SIMS .net reports in XML: `SuperStarReport/Record`, one element a heading."""

    @property
    def label(self) -> str:
        """See `sync.mis.base.Reader`."""
        return "report (SIMS XML)"

    def sniff(self, file: RawFile) -> bool:
        """Whether the root is `SuperStarReport`, or the error that SIMS writes in its place."""
        return root_name(file.data) in {"SuperStarReport", "CommandReporterError"}

    def read(self, file: RawFile, options: ReadOptions, *, today: date) -> Reading:
        """See `sync.mis.base.Reader`."""
        if root_name(file.data) == "CommandReporterError":
            raise InputError(
                f"{file.name}: holds an error message of SIMS in place of the report.",
                next_step="Open the file to read it, then run the report again.",
            )
        root = parse(file.data, file.name)
        records = [
            {_heading(name): text_of(cell) for name, cell in children(record)}
            for kind, record in children(root)
            if kind == "Record"
        ]
        if not records:
            raise InputError(
                f"{file.name}: there is no record in the report.",
                next_step=f"Check the filter of the report. {EXPORT_AGAIN}",
            )
        # SIMS leaves an element out where the cell is empty: the headings are those of all records together.
        headings = list(dict.fromkeys(heading for record in records for heading in record))
        rows = [
            (number, [record.get(heading, "") for heading in headings])
            for number, record in enumerate(records, start=1)
        ]
        encoding = str(root.getroottree().docinfo.encoding or "UTF-8")
        return read_report(Grid([(0, headings), *rows], encoding=encoding), file, options, today=today)


def _heading(name: str) -> str:
    """`Year_x0020_taught` -> `Year taught`: how XML names carry what they may not contain."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), name)
