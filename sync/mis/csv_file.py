"""CSV: which encoding, which separator, and whether the file was cut short.

The standard library's reader is used, not pandas': pandas' Python engine drops a last line that was cut
inside quotes without a word, and its C engine fills short lines up, so neither shows a half-written file.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Final

from sync.domain.errors import InputError
from sync.mis.grid import Grid, find_layout

if TYPE_CHECKING:
    from sync.mis.options import ReadOptions

_SEPARATORS: Final = (",", ";", "\t", "|")
_SAMPLE_LINES: Final = 40
_END_MARK: Final = "\x1esensync end\x1e"
EXPORT_AGAIN: Final = "Export the file from the MIS again and wait until it has finished."


def decode(data: bytes, name: str) -> tuple[str, str]:
    """The text of a CSV and its encoding: UTF-8 (with or without mark), UTF-16 with mark, or Windows-1252.

    Raises:
        InputError: it is none of these, it holds NUL bytes, or it ends inside a character.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16"), "UTF-16"
        except UnicodeDecodeError as error:
            raise InputError(
                f"{name}: the text ends inside a character; the file is half-written.", next_step=EXPORT_AGAIN
            ) from error
    if b"\0" in data:
        raise InputError(
            f"{name}: there are NUL bytes in the text; the file is damaged, half-written or not a CSV.",
            next_step=EXPORT_AGAIN,
        )
    try:
        return data.decode("utf-8-sig"), "UTF-8 with mark" if data.startswith(b"\xef\xbb\xbf") else "UTF-8"
    except UnicodeDecodeError as error:
        # UTF-8 up to a last, unfinished character, with others before it: cut, not Windows-1252.
        if error.reason == "unexpected end of data" and not data[: error.start].isascii():
            raise InputError(
                f"{name}: the text ends inside a character; the file is half-written.", next_step=EXPORT_AGAIN
            ) from error
    try:
        return data.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name}: the text is neither UTF-8 nor Windows-1252 (byte {error.start + 1} fits neither).",
            next_step="Save the report as CSV UTF-8.",
        ) from error


def read_grid(data: bytes, name: str, options: ReadOptions) -> Grid:
    """The rows of a CSV; the separator is the one under which the headings make most sense.

    Raises:
        InputError: see `decode`; or the last line is cut inside quotes, or a quotation mark that was never
            closed swallowed rows.
    """
    text, encoding = decode(data, name)
    separator = _separator(text, options)
    if declared := re.match(r'"?sep=([,;|\t])"?\r?\n', text):
        text = text[declared.end() :]
    rows = _rows(text, separator, name)
    first = 2 if declared else 1
    return Grid(
        [(number, row) for number, row in enumerate(rows, start=first) if any(row)],
        encoding=encoding,
        strict=True,
        complete=text.endswith(("\n", "\r")),
    )


def _separator(text: str, options: ReadOptions) -> str:
    if declared := re.match(r'"?sep=([,;|\t])"?\r?\n', text):
        return declared[1]
    sample = "\n".join(text[:200_000].splitlines()[:_SAMPLE_LINES])

    def worth(separator: str) -> tuple[bool, int, int]:
        try:
            rows = [
                [cell.strip() for cell in row]
                for row in csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
            ]
        except csv.Error:
            return False, 0, 0
        layout = find_layout(Grid(list(enumerate(rows, start=1))), options)
        return (*layout.score, max(len(row) for row in rows)) if layout else (False, 0, 0)

    return max(_SEPARATORS, key=worth)


def _rows(text: str, separator: str, name: str) -> list[list[str]]:
    # Whatever is still inside quotation marks at the end swallows the mark: that is how a cut line shows.
    # A lone "\r" at the end would join the "\n" of the mark, which is harmless.
    marked = io.StringIO(f"{text}\n{_END_MARK}", newline="")
    try:
        rows = list(csv.reader(marked, delimiter=separator))
    except csv.Error as error:
        raise InputError(
            f"{name}: the CSV cannot be split into cells ({error}); most often a quotation mark is never closed.",
            next_step=EXPORT_AGAIN,
        ) from error
    if not rows or rows[-1] != [_END_MARK]:
        raise InputError(
            f"{name}: the last line ends inside quotation marks; the file is half-written.",
            next_step=EXPORT_AGAIN,
        )
    rows.pop()
    width = max((len(row) for row in rows[:_SAMPLE_LINES]), default=0)
    for number, row in enumerate(rows, start=1):
        if any(_swallowed(cell, separator, width) for cell in row if "\n" in cell or "\r" in cell):
            raise InputError(
                f"{name}: a quotation mark in row {number} is never closed and swallows the rows after it.",
                next_step=f"Correct the text in row {number} in the MIS, or export the report as XLSX.",
            )
    return [[cell.strip() for cell in row] for row in rows]


def _swallowed(cell: str, separator: str, width: int) -> bool:
    """Whether a cell of several lines holds what looks like whole rows of the report."""
    # Three, because an address of several lines has a comma or two.
    return any(line.count(separator) >= max(width - 1, 3) for line in cell.splitlines()[1:])
