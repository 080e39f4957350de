"""A made-up school as a Common Transfer File: the document, not the disk.

Element names and their order follow public software that reads or writes CTF, and DfE's own generator for
the header; no vendor's export was at hand.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from lxml import etree

from sync.madeup.calendar import academic_year

if TYPE_CHECKING:
    from sync.domain.records import Contact, Pupil
    from sync.madeup.school import MadeUpSchool

# DfE's generators write `Sex` today; files of the first twenty years say `Gender`. No specification that was
# read names the version of the change, so this one is a choice.
_FIRST_WITH_SEX = 22
_LAST_WITH_LOOK_AFTER = 11


def ctf_document(school: MadeUpSchool, version: str = "25.0") -> etree._Element:
    """The `CTfile` element of the whole roll.

    Args:
        school: the school; `DateTime` of the header is the morning of its day.
        version: `NN.0`. Older versions have the older names of two elements: `Gender` for `Sex` before 22,
            `LookAfter` for `LookedAfter` up to 11.

    Returns:
        The element, with no namespace. A pupil whose SEN is unknown has no `SENhistory`.

    Raises:
        ValueError: the version is not a number.
    """
    number = float(version)
    root = etree.Element("CTfile")
    _header(root, school, version)
    pupils = etree.SubElement(root, "CTFpupilData")
    for pupil in school.pupils:
        _pupil(pupils, pupil, school.today, number)
    return root


def _add(parent: etree._Element, tag: str, value: object = None) -> etree._Element:
    """A child with text; dates in ISO, truth in lower case, as XML Schema writes them."""
    child = etree.SubElement(parent, tag)
    if isinstance(value, bool):
        child.text = str(value).lower()
    elif value is not None:
        child.text = str(value)
    return child


def _add_known(parent: etree._Element, tag: str, value: object) -> None:
    if value is not None:
        _add(parent, tag, value)


def _header(root: etree._Element, school: MadeUpSchool, version: str) -> None:
    header = _add(root, "Header")
    _add(header, "DocumentName", "Common Transfer File")
    _add(header, "CTFversion", version)
    _add(header, "DateTime", f"{school.today.isoformat()}T06:30:00")
    _add(header, "DocumentQualifier", "full")
    _add(header, "SupplierID", "Sensync made-up school")
    for tag in ("SourceSchool", "DestSchool"):
        place = _add(header, tag)
        _add_known(place, "LEA", school.school.la)
        _add_known(place, "Estab", school.school.estab)
        _add_known(place, "URN", school.school.urn)
        if tag == "SourceSchool":
            _add_known(place, "SchoolName", school.school.name)
            _add(place, "AcademicYear", academic_year(school.today))


def _pupil(parent: etree._Element, pupil: Pupil, today: date, version: float) -> None:
    element = _add(parent, "Pupil")
    _add_known(element, "UPN", pupil.upn)
    _add_known(element, "Surname", pupil.legal_surname)
    _add_known(element, "Forename", pupil.legal_forename)
    _add_known(element, "DOB", pupil.dob)
    _add_known(element, "Sex" if version >= _FIRST_WITH_SEX else "Gender", pupil.sex)
    _basic_details(element, pupil)
    _meals(element, pupil, today)
    if pupil.looked_after is not None:
        care = _add(element, "LookAfter" if version <= _LAST_WITH_LOOK_AFTER else "LookedAfter")
        _add(care, "InCare", pupil.looked_after)
        if pupil.looked_after:
            _add(care, "CareAuthority", "999")
    _sen(element, pupil)
    if pupil.contacts:
        contacts = _add(element, "Contacts")
        for contact in pupil.contacts:
            _contact(contacts, contact)


def _basic_details(element: etree._Element, pupil: Pupil) -> None:
    basic = _add(element, "BasicDetails")
    # One element for one earlier UPN: a CTF has room for no more.
    _add_known(basic, "FormerUPN", pupil.former_upns[-1] if pupil.former_upns else None)
    _add_known(basic, "PreferredSurname", pupil.preferred_surname)
    _add_known(basic, "PreferredForename", pupil.preferred_forename)
    _add_known(basic, "MiddleNames", pupil.middle_names)
    _add_known(basic, "NCyearActual", pupil.year_group)
    if pupil.eal is not None:
        language = _add(_add(basic, "Languages"), "Type")
        _add(language, "LanguageType", "F")
        _add(language, "Language", "OTB" if pupil.eal else "ENG")
    _add(basic, "EnrolStatus", "C")


def _meals(element: etree._Element, pupil: Pupil, today: date) -> None:
    if pupil.fsm is None:
        return
    history = _add(element, "FSMhistory")
    start = date(academic_year(today) - 2, 9, 1)
    if pupil.fsm:
        meals = _add(history, "FSMinstance")
        _add(meals, "FSMstartDate", start)
        _add(meals, "UKcountry", "ENG")
    elif pupil.pp and not pupil.looked_after:
        # Eligible within six years, though not now: this is why there is a premium.
        meals = _add(history, "FSMinstance")
        _add(meals, "FSMstartDate", start)
        _add(meals, "FSMendDate", date(academic_year(today), 3, 31))
        _add(meals, "UKcountry", "ENG")


def _sen(element: etree._Element, pupil: Pupil) -> None:
    if pupil.status_history is None:
        return
    history = _add(element, "SENhistory")
    for spell in pupil.status_history:
        line = _add(history, "SEN")
        _add_known(line, "StartDate", spell.start)
        _add(line, "SENprovision", spell.code)
    if pupil.needs:
        needs = _add(history, "SENneeds")
        for need in pupil.needs:
            line = _add(needs, "SENneed")
            _add_known(line, "NeedStartDate", need.start)
            _add_known(line, "NeedEndDate", need.end)
            _add_known(line, "SENtypeRank", need.rank)
            _add(line, "SENtype", need.code)


def _contact(parent: etree._Element, contact: Contact) -> None:
    element = _add(parent, "Contact")
    _add_known(element, "Order", contact.order)
    _add_known(element, "Title", contact.title)
    _add_known(element, "Surname", contact.surname)
    _add_known(element, "Forename", contact.forename)
    _add_known(element, "Relationship", contact.relationship)
    _add_known(element, "Responsibility", contact.parental_responsibility)
    if contact.phone:
        phone = _add(_add(element, "Phones"), "Phone")
        _add(phone, "TelephoneType", "H" if contact.phone.startswith("01") else "M")
        _add(phone, "PhoneNo", contact.phone)
    _add_known(element, "Email", contact.email)
