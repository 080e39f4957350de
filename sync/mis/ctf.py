"""Common Transfer Files (any version NN.0) and Admissions Transfer Files."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sync.domain.errors import InputError
from sync.domain.records import School, Source
from sync.mis.base import RawFile, Reading
from sync.mis.ctf_pupil import PupilElement, loose_warning
from sync.mis.notes import Notes
from sync.mis.safe_xml import Element, children, local, parse, root_name, text_of
from sync.mis.school import is_ours, school_number, wrong_school
from sync.mis.values import LONDON

if TYPE_CHECKING:
    from datetime import date

    from sync.mis.base import PupilRow
    from sync.mis.options import ReadOptions

_ROOTS: Final = frozenset({"ctfile", "atfile"})


class CtfReader:
    """Reads CTF and ATF XML."""

    @property
    def label(self) -> str:
        """See `sync.mis.base.Reader`."""
        return "CTF (Common Transfer File)"

    def sniff(self, file: RawFile) -> bool:
        """Whether the root is `CTfile` or `ATfile`, in any case and namespace."""
        return root_name(file.data).casefold() in _ROOTS

    def read(self, file: RawFile, options: ReadOptions, *, today: date) -> Reading:
        """See `sync.mis.base.Reader`.

        A CTF whose qualifier is `partial`, and every ATF (pupils to come), says nothing about who is on roll.
        """
        root = parse(file.data, file.name)
        notes = Notes(file.name)
        is_atf = local(root).casefold() == "atfile"
        header = next((block for name, block in children(root) if name == "Header"), None)
        head = dict(children(header)) if header is not None else {}
        school = _check_school(head, file.name, options, notes, is_atf=is_atf)
        pupils = _pupils(root, notes, today)
        if not pupils:
            raise InputError(
                f"{file.name}: there is no pupil in the file.",
                next_step="Choose the whole roll when you export the CTF from the MIS.",
            )
        qualifier = text_of(head.get("DocumentQualifier")).casefold()
        if not qualifier and not is_atf:
            notes.warn(None, None, "does not say whether it is full or partial; it is taken as the full roll")
        return Reading(
            source=Source(
                file.name,
                "ctf",
                _instant(text_of(head.get("DateTime")), notes) or file.modified,
                len(pupils),
                full_roll=not is_atf and qualifier != "partial",
            ),
            school=school,
            pupils=pupils,
            problems=notes.all(),
            encoding=str(root.getroottree().docinfo.encoding or "UTF-8"),
        )


def _pupils(root: Element, notes: Notes, today: date) -> tuple[PupilRow, ...]:
    elements = [
        pupil
        for name, block in children(root)
        if name.casefold() in {"ctfpupildata", "atfpupildata"}
        for inner, pupil in children(block)
        if inner == "Pupil"
    ]
    if not elements:
        elements = list(root.iter("{*}Pupil"))
        if elements:
            notes.warn(
                None,
                None,
                "pupils stand outside CTFpupilData: that is not the shape of a CTF, but it was understood",
            )
    loose: set[str] = set()
    read = [PupilElement(pupil, row, notes, loose, today).read() for row, pupil in enumerate(elements, start=1)]
    for shape in sorted(loose):
        notes.warn(None, None, loose_warning(shape))
    return tuple(pupil for pupil in read if pupil)


def _check_school(head: dict[str, Element], name: str, options: ReadOptions, notes: Notes, *, is_atf: bool) -> School:
    source = _school(head.get("SourceSchool"))
    dest = _school(head.get("DestSchool"))
    if is_atf:
        # An ATF comes from the authority; what must be ours is where it goes.
        if is_ours(dest, options) is False:
            raise wrong_school(name, dest, options)
        return dest
    ours = is_ours(source, options)
    if ours is False:
        raise wrong_school(name, source, options, sent_to_us=bool(is_ours(dest, options)))
    if ours is None and (options.la or options.estab):
        notes.warn(None, None, "does not say which school it is from, so that could not be checked")
    return source


def _school(block: Element | None) -> School:
    if block is None:
        return School()
    parts = dict(children(block))
    numbers = school_number(text_of(parts.get("LEA")), text_of(parts.get("Estab")))
    return School(
        la=numbers.la,
        estab=numbers.estab,
        urn=text_of(parts.get("URN")) or None,
        name=text_of(parts.get("SchoolName")) or None,
    )


def _instant(text: str, notes: Notes) -> datetime | None:
    """The header's DateTime, which is the school's clock, as an instant in UTC."""
    if not text:
        return None
    try:
        local_time = datetime.fromisoformat(text)
        zoned = local_time if local_time.tzinfo else local_time.replace(tzinfo=LONDON)
        return zoned.astimezone(UTC)
    except (ValueError, OverflowError):
        notes.warn(None, None, "the DateTime of its header cannot be read; the file's own date is used")
        return None
