from __future__ import annotations

import csv
import errno
import stat
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from support.families import set_adults
from support.parents import NOW, School, open_school, surgery

from sync.domain.errors import UsageError
from sync.domain.families import Adult
from sync.domain.meetings import STAFF_REF, Audience, Kind
from sync.service.links import COLUMNS, Written, renew_links, write_links
from sync.store import Bookings, Link, Links, Waiting, WaitingList, keep_families

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TUESDAY = datetime(2026, 12, 8, 16, tzinfo=UTC)
ADULTS = [
    Adult("m", "B7F3K", "Mrs Lomax", "m@home.example", "01632 960123", order=1),
    Adult("f", "B7F3K", "Mr Lomax", "", "+44 7700 900123", order=2),
    Adult("x", "C2D4M", '=HYPERLINK("x")', "", "=1+1"),
    Adult("q", "D9K2P", "Ms Quillfeather", "q@home.example"),
]


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    opened = open_school(tmp_path)
    set_adults(opened.store, opened.workbook_id, ADULTS)
    yield opened
    opened.store.close()


def write(school: School, file: Path | None, **options: Any) -> Written:
    named = None if file is None else str(file)
    return write_links(school.settings, csv_file=named, now=lambda: school.now, **options)


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def opened(school: School, url: str) -> tuple[str, str, str, datetime]:
    link = Links(school.store).find(url.rpartition("/b/")[2], school.now)
    assert isinstance(link, Link)
    return link.adult, link.ref, link.purpose, link.expires_at


def link_count(school: School) -> int:
    with school.store.engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM link").scalar_one())


def test_those_without_an_address_are_in_the_file_with_links_that_open(school: School, tmp_path: Path) -> None:
    school.has(surgery("tue", TUESDAY))
    file = tmp_path / "links.csv"
    assert write(school, file) == Written(links=2, pupils=2, left_out=2)
    father, other = rows(file)
    assert list(father) == list(COLUMNS)
    url = father.pop("Link")
    assert father == {
        "Pupil reference": "B7F3K",
        "Adult": "Mr Lomax",
        "E-mail": "",
        "Phone": "+44 7700 900123",
        "For": "Surgery",
        "Valid until": "Wednesday 9 December 2026",
    }
    assert url.startswith("https://book.school.example/b/")
    assert opened(school, url) == ("f", "B7F3K", "surgery", datetime(2026, 12, 10, tzinfo=UTC))
    # What a spreadsheet program would run is led in by an apostrophe.
    assert (other["Adult"], other["Phone"]) == ('\'=HYPERLINK("x")', "'=1+1")


def test_all_takes_those_with_an_address_too(school: School, tmp_path: Path) -> None:
    school.has(surgery("tue", TUESDAY))
    file = tmp_path / "links.csv"
    assert write(school, file, everyone=True) == Written(links=4, pupils=3, left_out=0)
    assert [row["E-mail"] for row in rows(file)] == ["m@home.example", "", "", "q@home.example"]


def test_a_file_can_be_read_by_its_owner_alone(school: School, tmp_path: Path) -> None:
    school.has(surgery("tue", TUESDAY))
    files = tmp_path / "links.csv", tmp_path / "letters.html"
    write(school, files[0], letters_file=str(files[1]))
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600, 0o600]


def test_both_files_hold_the_same_links_and_no_surname_of_a_child(school: School, tmp_path: Path) -> None:
    school.has(surgery("tue", TUESDAY))
    files = tmp_path / "links.csv", tmp_path / "letters.html"
    write(school, files[0], letters_file=str(files[1]))
    letters = files[1].read_text(encoding="utf-8")
    assert [row["Link"] in letters for row in rows(files[0])] == [True, True]
    assert link_count(school) == 2
    assert "choose a time to talk with us about Amara" in letters
    assert [word for word in ("Lomax, ", "SEN", "EHC", "Year") if word in letters] == []


def test_links_given_out_before_go_on_opening(school: School, tmp_path: Path) -> None:
    school.has(surgery("tue", TUESDAY))
    first = tmp_path / "1.csv"
    write(school, first)
    write(school, tmp_path / "2.csv")
    assert [opened(school, row["Link"])[0] for row in rows(first)] == ["f", "x"]


def test_each_purpose_is_a_row_that_says_what_for(school: School, tmp_path: Path) -> None:
    only = Audience(register=False, refs=frozenset({"B7F3K"}))
    school.has(
        surgery("tue", TUESDAY, audience=only),
        surgery("cm", TUESDAY, kind=Kind.MORNING, audience=only),
        surgery("R-1", TUESDAY, kind=Kind.REVIEW, audience=only),
    )
    file, letters = tmp_path / "links.csv", tmp_path / "letters.html"
    write(school, file, letters_file=str(letters))
    found = rows(file)
    assert sorted(row["For"] for row in found) == ["Coffee morning", "Review", "Surgery"]
    assert sorted(opened(school, row["Link"])[2] for row in found) == ["R-1", "coffee morning", "surgery"]
    assert "You can book a place at our coffee morning." in letters.read_text(encoding="utf-8")


def test_who_has_booked_or_cannot_book_yet_gets_no_link(school: School, tmp_path: Path) -> None:
    school.has(surgery("tue", TUESDAY), surgery("later", TUESDAY, opens=NOW + timedelta(days=1), kind=Kind.MORNING))
    school.books(school.link("B7F3K", "f"), "tue-0")
    write(school, tmp_path / "links.csv")
    assert [(row["Pupil reference"], row["For"]) for row in rows(tmp_path / "links.csv")] == [("C2D4M", "Surgery")]


def test_staff_get_links_that_open_staff_drop_ins(school: School, tmp_path: Path) -> None:
    school.has(surgery("st", TUESDAY, kind=Kind.STAFF))
    settings = school.settings.model_copy(
        update={
            "workbook": school.settings.workbook.model_copy(update={"share_with_teachers": ("tia@school.example",)})
        }
    )
    file, letters = tmp_path / "staff.csv", tmp_path / "staff.html"
    write_links(settings, csv_file=str(file), letters_file=str(letters), staff=True, now=lambda: school.now)
    (row,) = rows(file)
    assert (row["Pupil reference"], row["E-mail"], row["For"]) == ("", "tia@school.example", "Staff drop-in")
    assert opened(school, row["Link"])[1:3] == (STAFF_REF, "staff drop-in")
    printed = letters.read_text(encoding="utf-8")
    assert "You can choose a time to meet the SENCO." in printed
    assert [word for word in ("child", STAFF_REF) if word in printed] == []


def test_a_file_that_is_there_is_kept_and_no_link_is_made(school: School, tmp_path: Path) -> None:
    school.has(surgery("tue", TUESDAY))
    fresh, there = tmp_path / "links.csv", tmp_path / "letters.html"
    there.write_text("mine")
    with pytest.raises(UsageError) as refused:
        write(school, fresh, letters_file=str(there))
    assert refused.value.problems == (f"{there} is there already; nothing was written.",)
    assert (there.read_text(), fresh.exists(), link_count(school)) == ("mine", False, 0)
    write(school, fresh, letters_file=str(there), force=True)
    assert stat.S_IMODE(there.stat().st_mode) == 0o600
    assert "Mr Lomax" in there.read_text(encoding="utf-8")


def test_with_force_nothing_of_the_old_file_stays(school: School, tmp_path: Path) -> None:
    school.has(surgery("tue", TUESDAY))
    file = tmp_path / "links.csv"
    file.write_text("old\n" * 10_000)
    write(school, file, force=True)
    assert "old" not in file.read_text(encoding="utf-8")


def renew(school: School, ref: str, file: Path | None = None, **options: Any) -> Written:
    named = None if file is None else str(file)
    return renew_links(school.settings, ref, csv_file=named, now=lambda: school.now, **options)


def test_a_lost_link_ends_for_good_and_who_has_booked_gets_another(school: School, tmp_path: Path) -> None:
    school.has(surgery("tue", TUESDAY))
    his, hers = school.link("B7F3K", "f"), school.link("B7F3K", "m")
    school.books(his, "tue-0")
    file = tmp_path / "links.csv"
    assert renew(school, "B7F3K", file, adult="+44 7700 900123", end=True) == Written(1, 1, 0, ended=1)
    (row,) = rows(file)
    assert (row["Adult"], row["For"], opened(school, row["Link"])[:3]) == (
        "Mr Lomax",
        "Surgery",
        ("f", "B7F3K", "surgery"),
    )
    found = Links(school.store).find(row["Link"].rpartition("/b/")[2], school.now)
    assert isinstance(found, Link)
    assert [each.slot for each in Bookings(school.store).of_link(found)] == ["tue-0"]
    links = Links(school.store)
    assert [isinstance(links.find(each, school.now), Link) for each in (his, hers)] == [False, True]
    # A sync, which lets adults who came back have their links again, does not bring it back.
    keep_families(school.store, school.workbook_id, ADULTS, {"B7F3K"}, school.now)
    assert renew(school, "B7F3K", end=True) == Written(0, 1, 0, ended=2)
    keep_families(school.store, school.workbook_id, ADULTS, {"B7F3K"}, school.now)
    assert link_count(school) == 0


def test_all_adults_of_one_pupil_get_a_new_link_and_the_others_go_on_opening(school: School, tmp_path: Path) -> None:
    school.has(surgery("tue", TUESDAY))
    hers = school.link("B7F3K", "m")
    assert renew(school, "B7F3K", tmp_path / "links.csv") == Written(2, 1, 0)
    assert [row["Adult"] for row in rows(tmp_path / "links.csv")] == ["Mrs Lomax", "Mr Lomax"]
    assert isinstance(Links(school.store).find(hers, school.now), Link)


@pytest.mark.parametrize("waits", [False, True])
def test_whose_link_was_ended_before_still_gets_one_for_what_they_booked_or_wait_for(
    school: School, tmp_path: Path, *, waits: bool
) -> None:
    school.has(surgery("tue", TUESDAY, slots=1))
    his = Links(school.store).find(school.link("B7F3K", "f"), school.now)
    assert isinstance(his, Link)
    if waits:
        school.books(school.link("D9K2P", "q"), "tue-0")
        assert WaitingList(school.store).join(his, "tue", school.now) == Waiting("tue", 0)
    else:
        school.books(school.link("B7F3K", "f"), "tue-0")
    renew(school, "B7F3K", adult="Mr Lomax", end=True)
    file = tmp_path / "links.csv"
    assert renew(school, "B7F3K", file, adult="Mr Lomax") == Written(1, 1, 0)
    (row,) = rows(file)
    until = TUESDAY + timedelta(minutes=20, days=1)
    assert opened(school, row["Link"]) == ("f", "B7F3K", "surgery", until)
    school.clock[0] = until
    with pytest.raises(UsageError, match="There is nothing that the adults of B7F3K could have a link for"):
        renew(school, "B7F3K", tmp_path / "later.csv", adult="Mr Lomax")


def test_a_link_opens_until_the_file_with_the_new_one_is_written(
    school: School, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    school.has(surgery("tue", TUESDAY))
    his = school.link("B7F3K", "f")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    with pytest.raises(UsageError, match="it cannot be written: No space left"):
        renew(school, "B7F3K", tmp_path / "links.csv", adult="Mr Lomax", end=True)
    assert isinstance(Links(school.store).find(his, school.now), Link)


@pytest.mark.parametrize(
    ("ref", "adult", "problem"),
    [
        ("nobody", "", "nobody: there is no pupil with this reference whose adults are known."),
        (STAFF_REF, "", f"{STAFF_REF}: there is no pupil with this reference whose adults are known."),
        ("B7F3K", "Mr Stone", "No adult of B7F3K can be meant by --adult; 2 in all are known."),
    ],
)
def test_a_link_is_ended_of_nobody_else_than_whoever_is_meant(
    school: School, ref: str, adult: str, problem: str
) -> None:
    school.link("B7F3K", "m")
    with pytest.raises(UsageError) as refused:
        renew(school, ref, adult=adult, end=True)
    assert refused.value.problems == (problem,)
    assert link_count(school) == 1


@pytest.mark.parametrize(
    ("options", "problem", "next_step"),
    [
        ({"csv_file": None}, "No file is named.", "Say --csv FILE, --letters FILE.html, or both."),
        (
            {"csv_file": "x", "letters_file": "x"},
            "x is named twice.",
            "Give the CSV and the letters a file each.",
        ),
        (
            {"csv_file": "/nowhere/x.csv"},
            "/nowhere/x.csv: it cannot be written: No such file or directory.",
            "Name a file in a folder you may write to.",
        ),
        (
            {"csv_file": "x", "staff": True},
            "There is nobody to make a link for; nothing was written.",
            "Name the members of staff in sensync.toml, [workbook] share_with_teachers.",
        ),
    ],
)
def test_what_cannot_be_done_is_said_with_the_next_step(
    school: School, options: dict[str, Any], problem: str, next_step: str
) -> None:
    school.has(surgery("tue", TUESDAY))
    with pytest.raises(UsageError) as refused:
        write_links(school.settings, now=lambda: school.now, **options)
    assert (refused.value.problems, refused.value.next_step) == ((problem,), next_step)
    assert link_count(school) == 0


def test_with_nobody_to_write_to_the_reason_is_told(school: School, tmp_path: Path) -> None:
    file = tmp_path / "links.csv"
    with pytest.raises(UsageError) as refused:
        write(school, file)
    assert refused.value.next_step.startswith("Open a surgery in the Surgeries tab and run `sensync sync`.")
    school.has(surgery("tue", TUESDAY, audience=Audience(register=False, refs=frozenset({"D9K2P"}))))
    with pytest.raises(UsageError) as refused:
        write(school, file)
    assert refused.value.problems == (
        "There is nobody to make a link for; nothing was written. 1 adult who may book now can be reached by e-mail.",
    )
    assert refused.value.next_step == "Say --all to have them in the file, too."
    assert not file.exists()
