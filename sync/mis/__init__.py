"""Readers: files from the MIS to domain records. They know nothing of Google."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sync.domain.errors import InputError
from sync.mis.files import collect
from sync.mis.merge import merge
from sync.mis.options import ReadOptions
from sync.mis.previewing import Preview, preview
from sync.mis.registry import reader_for
from sync.mis.select import newest_of_each

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from sync.domain.records import MisData
    from sync.mis.base import Reading

__all__ = ["Preview", "ReadOptions", "preview", "read"]


def read(paths: Sequence[Path], options: ReadOptions, *, today: date) -> MisData:
    """All that the files at the paths say, merged.

    Args:
        paths: files, or folders that stand for the files in them.
        options: the school's settings.
        today: the school's date, to which "current" refers.

    Raises:
        InputError: one or more files cannot be used at all; every one is named with its reason, and
            nothing is read from the others either, as half the files would be half the school.
    """
    found = collect(paths)
    refused = [InputError(sentence) for sentence in found.refused]
    readings: list[Reading] = []
    for file in found.files:
        try:
            readings.append(reader_for(file).read(file, options, today=today))
        except InputError as error:
            refused.append(error)
    if refused:
        raise _together(refused)
    readings, replaced = newest_of_each(readings)
    _check_together(readings)
    data = merge(readings, options, today=today)
    return replace(data, problems=(*found.passed_over, *replaced, *data.problems))


def _together(refused: list[InputError]) -> InputError:
    """One error for all files; each sentence keeps its own next step."""
    if len(refused) == 1:
        return refused[0]
    return InputError(
        *(f"{problem} {error.next_step}".strip() for error in refused for problem in error.problems),
        next_step="Put each of these files right or take it away, then run again; nothing was changed.",
    )


def _check_together(readings: Sequence[Reading]) -> None:
    if not any(reading.names_pupils for reading in readings):
        names = ", ".join(reading.source.name for reading in readings) or "the paths given"
        raise InputError(
            f"{names}: no file names the pupils, so nobody can be told from a leaver.",
            next_step="Add a CTF, or a report of the whole roll with UPN, surname and forename.",
        )
    first: Reading | None = None
    for reading in readings:
        number = (reading.school.la, reading.school.estab)
        if None in number:
            continue
        if first is None:
            first = reading
        elif number != (first.school.la, first.school.estab):
            raise InputError(
                f"{reading.source.name}: is from school {number[0]}/{number[1]}, "
                f"but {first.source.name} is from school {first.school.la}/{first.school.estab}.",
                next_step="Keep the files of one school in the folder, and set la and estab in sensync.toml.",
            )
