"""Paths to bytes: folders opened, strangers passed over with a word, trouble with the disk named."""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sync.domain.records import Problem
from sync.mis.base import RawFile
from sync.mis.registry import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

# What browsers, file copiers and synchronisers call a file that has not fully arrived.
_UNFINISHED: Final = (".crdownload", ".part", ".partial", ".tmp", ".filepart", ".download", ".!ut")
# Beyond every reader's own limit; kept from being read into memory at all.
_SIZE_LIMIT: Final = 256 * 1024 * 1024


@dataclass
class Found:
    """What lies at some paths: files, sentences on what cannot be used at all, and what was passed over."""

    files: list[RawFile] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    passed_over: list[Problem] = field(default_factory=list)


def collect(paths: Sequence[Path]) -> Found:
    """Read the files at the paths; a folder stands for the files in it, without its subfolders."""
    found = Found()
    for path in dict.fromkeys(expand(paths, found)):
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                found.refused.append(f"{path.name}: is not a file; name a file or a folder.")
                continue
            if status.st_size > _SIZE_LIMIT:
                found.refused.append(
                    f"{path.name}: is larger than {_SIZE_LIMIT // 1024 // 1024} MB; check that it is the right file."
                )
                continue
            found.files.append(
                RawFile(path.name, path.read_bytes(), datetime.fromtimestamp(status.st_mtime, UTC), path)
            )
        except FileNotFoundError:
            found.refused.append(
                f"{path.name}: there is no such file in {_folder(path)}; check the path, or run the export."
            )
        except OSError as error:
            found.refused.append(
                f"{path.name}: cannot be opened ({error.strerror}); close it in other programs, or ask "
                f"for the right to read it."
            )
    return found


def expand(paths: Iterable[Path], found: Found) -> Iterator[Path]:
    """The paths, with a folder's files in its place; what cannot be used or is passed over goes into `found`."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        try:
            entries = sorted(entry for entry in path.iterdir() if entry.is_file())
        except OSError as error:
            found.refused.append(
                f"{path.name}: the folder cannot be opened ({error.strerror}); ask for the right to read it."
            )
            continue
        before = len(found.passed_over)
        usable = [entry for entry in entries if _belongs(entry, found)]
        if not usable:
            found.refused.append(
                f"{path.name or path}: there is no CSV, XLSX or XML file in the folder; export the "
                f"report or the CTF into it."
            )
            found.refused += [f"{each.source}: {each.reason}." for each in found.passed_over[before:]]
        yield from usable


def _belongs(entry: Path, found: Found) -> bool:
    name = entry.name.casefold()
    if name.startswith("."):
        return False
    if name.startswith("~$"):
        found.passed_over.append(
            Problem(
                entry.name,
                None,
                None,
                "shows that the workbook is open in a program; what was not yet saved is not read",
            )
        )
        return False
    if name.endswith(_UNFINISHED):
        found.passed_over.append(
            Problem(entry.name, None, None, "is still being written or was never finished; it is not read")
        )
        return False
    if not name.endswith(SUFFIXES):
        found.passed_over.append(Problem(entry.name, None, None, "is not a CSV, XLSX or XML file; it is not read"))
        return False
    return True


def _folder(path: Path) -> str:
    return f"the folder '{path.parent.name}'" if path.parent.name else "this folder"
