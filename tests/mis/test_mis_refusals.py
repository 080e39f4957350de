from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest
from mis_builders import TODAY, ctf, ctf_pupil, only, read_rows, said, upn, write_csv, write_text, write_xlsx

from sync.domain.errors import ConfigError, Exit, InputError
from sync.mis import ReadOptions, read

if TYPE_CHECKING:
    from pathlib import Path

OURS = ReadOptions(la="999", estab="1001")
CSV = f"UPN,Surname,Reg\n{upn(1)},Hen,7A\n{upn(2)},Doe,7B\n"


def refusal(path: Path, options: ReadOptions | None = None) -> InputError:
    with pytest.raises(InputError) as caught:
        read([path], options or ReadOptions(), today=TODAY)
    assert caught.value.exit_code == Exit.REFUSED
    assert path.name in str(caught.value)
    assert caught.value.next_step
    return caught.value


def refused_bytes(tmp_path: Path, name: str, data: bytes, options: ReadOptions | None = None) -> str:
    path = tmp_path / name
    path.write_bytes(data)
    return str(refusal(path, options))


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.xml"])
@pytest.mark.parametrize("data", [b"", b"\n \r\n", b"\xef\xbb\xbf", b"\0\0\0\0"])
def test_an_empty_file(tmp_path: Path, name: str, data: bytes) -> None:
    assert refused_bytes(tmp_path, name, data) == f"{name}: is empty."


def test_a_report_with_headings_only(tmp_path: Path) -> None:
    assert refused_bytes(tmp_path, "a.csv", b"UPN,Surname\n") == "a.csv: there are headings but no rows under them."
    assert "no rows under them" in str(refusal(write_xlsx(tmp_path / "a.xlsx", [["UPN", "Surname"]])))


def test_a_workbook_with_nothing_in_it(tmp_path: Path) -> None:
    assert str(refusal(write_xlsx(tmp_path / "a.xlsx", []))) == "a.xlsx: there is nothing in the file."


def test_a_ctf_without_pupils(tmp_path: Path) -> None:
    assert str(refusal(write_text(tmp_path / "a.xml", ctf("")))) == "a.xml: there is no pupil in the file."


def test_every_cut_of_a_ctf(tmp_path: Path) -> None:
    whole = ctf(ctf_pupil(1)).encode()
    for length in range(60, len(whole) - 1, 23):
        refused_bytes(tmp_path, "a.xml", whole[:length])


def test_a_csv_that_ends_inside_quotation_marks(tmp_path: Path) -> None:
    cut = f'UPN,Surname,Reg\n{upn(1)},Hen,7A\n{upn(2)},"Doe'.encode()
    assert (
        refused_bytes(tmp_path, "a.csv", cut)
        == "a.csv: the last line ends inside quotation marks; the file is half-written."
    )


def test_a_csv_whose_last_line_is_short_and_unended(tmp_path: Path) -> None:
    cut = f"UPN,Surname,Reg\n{upn(1)},Hen,7A\n{upn(2)},Do".encode()
    assert refused_bytes(tmp_path, "a.csv", cut) == (
        "a.csv: the last row (row 3) ends after 2 of 3 columns; the file is half-written."
    )


def test_a_csv_whose_last_line_is_whole_but_unended_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(CSV.rstrip().encode())
    assert len(read([path], ReadOptions(), today=TODAY).pupils) == 2


def test_a_csv_that_ends_inside_a_character(tmp_path: Path) -> None:
    cut = f"UPN,Surname,Reg\n{upn(1)},Zoë,7A\n{upn(2)},Zo".encode() + "ë".encode()[:1]
    assert refused_bytes(tmp_path, "a.csv", cut) == "a.csv: the text ends inside a character; the file is half-written."


def test_a_windows_csv_that_ends_in_an_accent_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f"UPN,Surname\n{upn(1)},Hugé".encode("cp1252"))
    assert only(read([path], ReadOptions(), today=TODAY)).legal_surname == "Hugé"


def test_a_csv_filled_up_with_nuls(tmp_path: Path) -> None:
    assert "NUL bytes" in refused_bytes(tmp_path, "a.csv", CSV.encode() + b"\0" * 512)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    assert "neither UTF-8 nor Windows-1252" in refused_bytes(tmp_path, "a.csv", b"UPN,Surname\n\x81\x8d,x\n")


def test_a_quotation_mark_that_swallows_rows(tmp_path: Path) -> None:
    rows = "".join(f"{upn(n)},Hen,7A,Y\n" for n in range(3))
    text = f'UPN,Surname,Reg,PP\n{upn(8)},"Hen,7A,Y\n{rows}{upn(9)},Hen,7A,"Y"\n'
    assert refused_bytes(tmp_path, "a.csv", text.encode()) == (
        "a.csv: a quotation mark in row 2 is never closed and swallows the rows after it."
    )


def test_short_and_long_rows_in_the_middle_are_listed_not_fatal(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [f"{upn(1)},Hen,7A", f"{upn(2)},Doe", "a broken line", f"{upn(3)},O,Neil,7A", f"{upn(4)},Fox,7A,,"]
    path.write_text("UPN,Surname,Reg\n" + "\n".join(rows) + "\n", encoding="utf-8")
    data = read([path], ReadOptions(), today=TODAY)
    assert [p.upn for p in data.pupils] == [upn(1), upn(2), upn(4)]
    assert said(data) == [
        (3, None, "has 2 cells under 3 headings; the missing ones are taken as empty"),
        (4, None, "has 1 cells under 3 headings and no valid UPN; the row is left out"),
        (
            5,
            None,
            ("has 4 cells under 3 headings (a separator inside a text without quotation marks?); the row is left out"),
        ),
    ]


def test_every_cut_of_a_workbook(tmp_path: Path) -> None:
    whole = write_xlsx(tmp_path / "whole.xlsx", [["UPN", "Surname"], [upn(1), "Hen"]]).read_bytes()
    for length in range(30, len(whole) - 1, 211):
        assert "damaged or half-written" in refused_bytes(tmp_path, "a.xlsx", whole[:length])


def test_a_workbook_with_a_damaged_part(tmp_path: Path) -> None:
    whole = bytearray(write_xlsx(tmp_path / "whole.xlsx", [["UPN", "Surname"], [upn(1), "Hen"]]).read_bytes())
    middle = len(whole) // 3
    whole[middle : middle + 40] = bytes(40)
    assert "damaged or half-written" in refused_bytes(tmp_path, "a.xlsx", bytes(whole))


def test_a_zip_bomb(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (201 * 1024 * 1024))
    assert len(packed.getvalue()) < 300_000
    assert "refused as a possible attack" in refused_bytes(tmp_path, "a.xlsx", packed.getvalue())


def test_a_workbook_that_declares_entities(tmp_path: Path) -> None:
    whole = write_xlsx(tmp_path / "whole.xlsx", [["UPN", "Surname"], [upn(1), "Hen"]])
    hostile = io.BytesIO()
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(hostile, "w") as target:
        for part in source.namelist():
            content = source.read(part)
            if part.endswith("sheet1.xml"):
                content = b'<!DOCTYPE x [<!ENTITY a "b">]>' + content
            target.writestr(part, content)
    assert "DOCTYPE" in refused_bytes(tmp_path, "a.xlsx", hostile.getvalue())


LAUGHS = (
    '<!DOCTYPE CTfile [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)


@pytest.mark.parametrize(
    "doctype",
    [
        LAUGHS,
        '<!DOCTYPE CTfile [<!ENTITY j SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE CTfile SYSTEM "http://127.0.0.1:9/evil.dtd">',
        "<!DOCTYPE CTfile>",
        '<!DOCTYPE CTfile [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]>',
    ],
    ids=["billion laughs", "external entity", "external dtd", "bare doctype", "parameter entity"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_attacks_by_xml(tmp_path: Path, doctype: str, encoding: str) -> None:
    body = ctf(ctf_pupil(1, surname="&j;")).split("?>", 1)[1]
    text = f"<?xml version='1.0' encoding='{encoding}'?>{doctype}{body}"
    assert refused_bytes(tmp_path, "a.xml", text.encode(encoding)) == (
        "a.xml: declares a document type (DOCTYPE), which no file from an MIS needs; refused as a possible attack."
    )


def test_a_doctype_behind_a_long_comment(tmp_path: Path) -> None:
    body = ctf(ctf_pupil(1)).split("?>", 1)[1]
    text = f"<!--{'x' * 70_000}--><!DOCTYPE CTfile>{body}"
    refused_bytes(tmp_path, "a.xml", text.encode())


def test_xml_as_deep_as_a_well(tmp_path: Path) -> None:
    refused_bytes(tmp_path, "a.xml", ctf("<a>" * 5000 + "</a>" * 5000).encode())


def test_the_file_of_another_school(tmp_path: Path) -> None:
    path = write_text(
        tmp_path / "a.xml",
        ctf(ctf_pupil(1), estab="1002").replace(
            "<DestSchool><LEA>999</LEA><Estab>1001", "<DestSchool><LEA>999</LEA><Estab>1003"
        ),
    )
    assert str(refusal(path, OURS)) == "a.xml: is from school 999/1002, but this workbook is for school 999/1001."


def test_a_transfer_file_that_another_school_sent_to_us(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.xml", ctf(ctf_pupil(1), estab="1002"))
    error = refusal(path, OURS)
    assert str(error) == (
        "a.xml: is a transfer file that school 999/1002 sent to yours (999/1001); it holds its pupils, not your roll."
    )
    assert error.next_step == "Import it into your MIS, then export a CTF of your own school."


def test_a_file_that_does_not_say_its_school_is_read_with_a_warning(tmp_path: Path) -> None:
    data = read([write_text(tmp_path / "a.xml", ctf(ctf_pupil(1), la="XXX", estab="XXXX"))], OURS, today=TODAY)
    assert said(data) == [(None, None, "does not say which school it is from, so that could not be checked")]


@pytest.mark.parametrize("number", ["9991002", "999/1002"])
def test_a_report_of_another_school(tmp_path: Path, number: str) -> None:
    path = write_csv(tmp_path / "a.csv", [["UPN", "Surname", "DfE Number"], [upn(1), "Hen", number]])
    assert str(refusal(path, OURS)) == "a.csv: is from school 999/1002, but this workbook is for school 999/1001."


def test_a_report_of_our_school_is_read(tmp_path: Path) -> None:
    data = read_rows(tmp_path, [["UPN", "Surname", "LA", "Estab"], [upn(1), "Hen", "999", "1001"]], OURS)
    assert (data.school.la, data.school.estab) == ("999", "1001")


def test_files_of_two_schools_together(tmp_path: Path) -> None:
    write_text(tmp_path / "a.xml", ctf(ctf_pupil(1)))
    write_text(tmp_path / "b.xml", ctf(ctf_pupil(2), estab="1002"))
    with pytest.raises(InputError, match=r"b\.xml: is from school 999/1002, but a\.xml is from school 999/1001"):
        read([tmp_path], ReadOptions(), today=TODAY)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.csv", b"<!doctype html><html><body>Sign in</body></html>", "sign-in page"),
        ("a.csv", b"PK\x03\x04rest", "an archive, but there is no workbook in it"),
        ("a.xls", b"\xd0\xcf\x11\xe0rest", "old Excel workbook"),
        ("a.csv", b"%PDF-1.7", "PDF"),
        ("a.json", b'{"data": []}', "JSON"),
        ("a.xml", b"<Census/>", "its root is 'Census'; a CTF begins with 'CTfile'"),
        ("a.xml", b"<", "it may be cut off"),
        ("a.doc", b"Dear Sir", "none of the kinds of file that can be read"),
        ("a.csv", b"Name of pet,Colour\nRex,brown\n", "none of the headings is known"),
        (
            "a.csv",
            b"U P Number,Colour\n1,brown\n",
            "Close to known headings: 'U P Number' (do you mean UPN Number?)",
        ),
        ("a.csv", b"Surname,Forename,DOB\nHen,Zoe,2014-11-20\n", "but a report needs a UPN or MIS id"),
        ("a.xml", b"<CommandReporterError>no</CommandReporterError>", "error message of SIMS"),
        ("a.xml", b"<SuperStarReport/>", "no record in the report"),
    ],
)
def test_a_file_of_another_kind_is_told_from_its_looks(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    assert words in refused_bytes(tmp_path, name, data)


def test_a_file_without_heading_row_does_not_quote_its_first_pupil(tmp_path: Path) -> None:
    message = refused_bytes(tmp_path, "a.csv", f"{upn(1)},Rooster,Albert,7A\n{upn(2)},Hen,Zoe,7B\n".encode())
    assert not {"rooster", "albert", "hen,", "zoe"} & set(message.casefold().split())


def test_the_error_of_a_broken_ctf_does_not_quote_what_stands_there(tmp_path: Path) -> None:
    message = refused_bytes(tmp_path, "a.xml", ctf(ctf_pupil(1, surname="<Rooster&&")).encode())
    assert "Rooster" not in message


def test_all_bad_files_are_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    write_text(tmp_path / "cut.xml", "<CTfile><Header>")
    write_text(tmp_path / "good.xml", ctf(ctf_pupil(1)))
    with pytest.raises(InputError) as caught:
        read([tmp_path, tmp_path / "missing.csv"], ReadOptions(), today=TODAY)
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "missing.csv",
        "cut.xml",
        "empty.csv",
    ]
    assert caught.value.next_step.endswith("nothing was changed.")


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no CSV, XLSX or XML file in the folder"):
        read([tmp_path], ReadOptions(), today=TODAY)


def test_what_does_not_belong_in_a_folder_is_passed_over_with_a_word(tmp_path: Path) -> None:
    write_text(tmp_path / "roll.xml", ctf(ctf_pupil(1)))
    for name in ("~$report.xlsx", "report.xlsx.crdownload", "notes.docx", ".DS_Store"):
        write_text(tmp_path / name, "x")
    (tmp_path / "older").mkdir()
    data = read([tmp_path], ReadOptions(), today=TODAY)
    assert [(p.source, p.reason) for p in data.problems] == [
        ("notes.docx", "is not a CSV, XLSX or XML file; it is not read"),
        ("report.xlsx.crdownload", "is still being written or was never finished; it is not read"),
        ("~$report.xlsx", "shows that the workbook is open in a program; what was not yet saved is not read"),
    ]


def test_a_file_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_csv(tmp_path / "a.csv", [["UPN", "Surname"], [upn(1), "Hen"]])

    def locked(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    # Tests run as root in CI, whom no file mode keeps out.
    monkeypatch.setattr(type(path), "read_bytes", locked)
    with pytest.raises(InputError, match=r"a\.csv: cannot be opened \(Permission denied\); close it in other programs"):
        read([path], ReadOptions(), today=TODAY)


def test_a_list_of_needs_alone_is_no_roll(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "needs.csv", [["UPN", "SEN Need"], [upn(1), "HI"]])
    with pytest.raises(InputError, match=r"needs\.csv: no file names the pupils"):
        read([path], ReadOptions(), today=TODAY)


def test_every_wrong_setting_is_named_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        ReadOptions.from_mapping(
            {
                "la": 999,
                "estab": "12",
                "aliases": {"shoe_size": ["Shoe"], "dob": "Born"},
                "precedence": {"fsm": ["ctf"]},
                "else": 1,
            }
        )
    assert [problem.split(" ")[0] for problem in caught.value.problems] == [
        "mis.la",
        "mis.estab",
        "mis.aliases",
        "mis.aliases.dob",
        "mis.precedence.fsm",
    ]
