from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from sync.config import Settings, load_settings
from sync.domain.errors import ConfigError, Exit

ROOT = Path(__file__).parents[2]

GOOD = """
[school]
name = "Hillcrest High"
la = "021"
estab = "4021"

[mis]
paths = ["mis", "/srv/exports/ctf.xml"]

[google]
credentials = "service_account"
key_file = "key.json"
subject = "senco@hillcrest.example"
"""


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    import os  # noqa: PLC0415

    for name in list(os.environ):
        if name.startswith("SENSYNC_"):
            monkeypatch.delenv(name)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sensync.toml"
    path.write_text(GOOD)
    return path


def problems(file: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_settings(file)
    assert caught.value.exit_code is Exit.USAGE
    return [each.removeprefix(f"{file}: ") for each in caught.value.problems]


def test_a_good_file_gives_settings_with_absolute_paths_and_defaults(file: Path, tmp_path: Path) -> None:
    settings = load_settings(file)
    assert (settings.school.la, settings.school.time_zone, settings.school.locale) == (
        "021",
        "Europe/London",
        "en_GB",
    )
    assert settings.mis.paths == (tmp_path / "mis", Path("/srv/exports/ctf.xml"))
    assert settings.google.key_file == tmp_path / "key.json"
    assert settings.store.url == f"sqlite:///{tmp_path}/sensync.sqlite3"
    assert (settings.guards.max_leavers_share, settings.guards.max_status_changes_share) == (0.1, 0.5)
    assert (settings.log.level, settings.log.file, settings.log.as_json) == ("info", None, False)


def test_the_settings_cannot_be_changed(file: Path) -> None:
    settings = load_settings(file)
    with pytest.raises(ValidationError, match="frozen"):
        settings.school.name = "Other"  # type: ignore[misc]


def test_tables_and_lists_are_read(file: Path) -> None:
    file.write_text(
        GOOD.replace(
            "[google]",
            '[mis.aliases]\nupn = ["Unique No"]\n[mis.precedence]\nstatus = ["ctf", "pupils"]\n[google]',
        )
        + '[workbook]\nshare_with_teachers = ["a@b.example"]\n'
        + '[log]\njson = true\nlevel = "debug"\nfile = "log/s.log"\n'
    )
    settings = load_settings(file)
    assert settings.mis.aliases == {"upn": ("Unique No",)}
    assert settings.mis.precedence == {"status": ("ctf", "pupils")}
    assert settings.workbook.share_with_teachers == ("a@b.example",)
    assert (settings.log.as_json, settings.log.level, settings.log.file) == (
        True,
        "debug",
        file.parent / "log/s.log",
    )


def test_the_environment_comes_before_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENSYNC_SCHOOL__NAME", "From outside")
    monkeypatch.setenv("SENSYNC_STORE__URL", "postgresql://sensync:hunter2@db/sensync")
    monkeypatch.setenv("SENSYNC_MIS__PATHS", '["/a", "/b"]')
    settings = load_settings(file)
    assert (settings.school.name, settings.school.estab) == ("From outside", "4021")
    assert settings.store.url == "postgresql://sensync:hunter2@db/sensync"
    assert settings.mis.paths == (Path("/a"), Path("/b"))
    assert "hunter2" not in repr(settings)


def test_the_path_comes_from_the_argument_then_the_variable_then_the_folder(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.toml"
    other.write_text(GOOD.replace("Hillcrest High", "Other"))
    monkeypatch.chdir(tmp_path)
    assert load_settings().school.name == "Hillcrest High"
    monkeypatch.setenv("SENSYNC_CONFIG", str(other))
    assert load_settings().school.name == "Other"
    assert load_settings(file).school.name == "Hillcrest High"


def test_all_problems_are_reported_at_once(file: Path) -> None:
    file.write_text(
        """
        [school]
        la = 211
        estab = "12"
        time_zone = "Europe/Londn"
        colour = "red"
        [mis]
        paths = []
        [google]
        credentials = "oath"
        base_url = "localhost"
        [guards]
        max_leavers_share = 3
        [workbook]
        share_with_teachers = ["nobody"]
        [logg]
        level = "x"
        """
    )
    assert problems(file) == [
        "school.name: it is missing.",
        "school.la: write the digits between quotes, so that a leading zero stays.",
        "school.estab: '12' is not right; it must be four digits between quotes.",
        "school.time_zone: it is not a time zone; use a name such as Europe/London.",
        "school.colour: there is no such key; allowed: name, la, estab, time_zone, locale.",
        "mis.paths: it must not be empty.",
        ("google.credentials: 'oath' is not allowed; allowed: 'oauth', 'service_account', 'impersonation' or 'token'."),
        "google.base_url: it is not the address of a server; use http://127.0.0.1:8765 or the like.",
        "workbook.share_with_teachers.0: it is not an e-mail address.",
        "guards.max_leavers_share: it should be less than or equal to 1.",
        (
            "logg: there is no such key; "
            "allowed: school, mis, google, workbook, calendar, post, store, booking, concerns, addon, guards, log."
        ),
    ]


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("oauth", ["client_secrets_file", "token_file"]),
        ("service_account", ["key_file"]),
        ("impersonation", ["target_principal"]),
    ],
)
def test_each_kind_of_credentials_says_what_it_needs(file: Path, kind: str, missing: list[str]) -> None:
    file.write_text(GOOD.split("[google]", maxsplit=1)[0] + f'[google]\ncredentials = "{kind}"\n')
    assert problems(file) == [f"google.{key}: it is missing; credentials = {kind!r} needs it." for key in missing]


def test_a_token_may_come_from_the_environment_or_a_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(GOOD.split("[google]", maxsplit=1)[0] + '[google]\ncredentials = "token"\n')
    assert problems(file) == [
        ("google.token_file: it is missing; credentials = 'token' needs it (or the variable SENSYNC_GOOGLE_TOKEN).")
    ]
    monkeypatch.setenv("SENSYNC_GOOGLE_TOKEN", "t")
    assert load_settings(file).google.token_file is None


@pytest.mark.parametrize(
    "line",
    [
        'token = "abc"',
        'client_secret = "abc"',
        'private_key = "abc"',
        'password = "abc"',
        'folder_id = "ya29.a0AfH6"',
        'folder_id = "-----BEGIN PRIVATE KEY-----"',
        'folder_id = "GOCSPX-abc"',
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(file: Path, line: str) -> None:
    file.write_text(GOOD + line + "\n")
    found = problems(file)
    key = line.split(" ", maxsplit=1)[0]
    assert found[0].startswith(f"google.{key}: a secret must not stand here")
    value = line.split('"')[1]
    assert all(value not in each for each in found)


def test_a_database_password_in_the_file_is_refused(file: Path) -> None:
    file.write_text(GOOD + '[store]\nurl = "postgresql://sensync:secret@db/sensync"\n')
    (found,) = problems(file)
    assert found.startswith("store.url: a password must not stand here")
    assert "secret@" not in found


def test_a_problem_of_the_environment_names_the_variable(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENSYNC_SCHOOL__LA", "21")
    monkeypatch.setenv("SENSYNC_SCHOLL__NAME", "typo")
    assert problems(file) == [
        (
            "Environment: SENSYNC_SCHOLL__NAME: there is no section 'scholl'; "
            "allowed: school, mis, google, workbook, calendar, post, store, booking, concerns, addon, guards, log."
        ),
        "Environment: SENSYNC_SCHOOL__LA: '21' is not right; it must be three digits between quotes.",
    ]


def test_a_list_in_the_environment_that_is_not_json_is_explained(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENSYNC_MIS__PATHS", "a,b")
    (found,) = problems(file)
    assert found.endswith("lists and tables are given as JSON.")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[school\n", "it is not TOML"),
        (b'[school]\nname = "C:\\Users"\n', "it is not TOML"),
        (b'name = "Zo\xeb"', "it is not UTF-8 text"),
    ],
)
def test_a_file_that_cannot_be_understood_is_named(file: Path, content: bytes, said: str) -> None:
    file.write_bytes(content)
    assert problems(file)[0].startswith(said)


def test_a_missing_file_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="There is no configuration at") as caught:
        load_settings(tmp_path / "no.toml")
    assert "sensync.example.toml" in caught.value.next_step


def test_the_example_is_a_good_configuration() -> None:
    settings = load_settings(ROOT / "sensync.example.toml")
    assert settings.google.credentials == "oauth"


def test_every_key_is_in_the_documentation_and_in_the_example() -> None:
    text = (ROOT / "docs/configuration.md").read_text()
    example = (ROOT / "sensync.example.toml").read_text()
    for section, field in Settings.model_fields.items():
        model = field.annotation
        assert isinstance(model, type)
        assert issubclass(model, BaseModel)
        assert f"[{section}]" in example
        chapter = text.split(f"## `[{section}]`")[1].split("\n## ")[0]
        for name, inner in model.model_fields.items():
            assert f"`{inner.alias or name}`" in chapter, f"{section}.{name}"
            assert (inner.alias or name) in example, f"{section}.{name}"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[post]\nby = "gmail"\n', ["post.sender: it is missing; by = 'gmail' needs it."]),
        (
            '[post]\nby = "smtp"\n',
            ["post.sender: it is missing; by = 'smtp' needs it.", "post.host: it is missing; by = 'smtp' needs it."],
        ),
        ('[post]\npassword = "x"\n', None),
    ],
)
def test_letters_need_what_their_way_needs_and_no_password_in_the_file(
    file: Path, more: str, said: list[str] | None
) -> None:
    file.write_text(GOOD + more)
    found = problems(file)
    if said is None:
        assert "post.password: a secret must not stand here" in found[0]
    else:
        assert found == said


CONCERNS = """
[concerns]
enabled = true
dsl_name = "Ms Adeyemi"
dsl_phone = "01632 960 199"
responders = ["group:staff@school.example", "school.example", "cover@agency.example"]
"""


def test_concerns_have_a_day_of_the_school_and_files_beside_the_configuration(file: Path, tmp_path: Path) -> None:
    file.write_text(GOOD + CONCERNS + 'hook_secret_file = "hook.secret"\nday_ends = "15:45"\n')
    found = load_settings(file).concerns
    assert (f"{found.day_starts:%H:%M}", f"{found.day_ends:%H:%M}", f"{found.digest_time:%H:%M}") == (
        "08:30",
        "15:45",
        "07:30",
    )
    assert (found.hook_secret_file, found.phrases) == (tmp_path / "hook.secret", None)
    assert found.responders == ("group:staff@school.example", "school.example", "cover@agency.example")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            "\n[concerns]\nenabled = true\n",
            [
                f"concerns.{key}: it is missing; enabled = true needs it."
                for key in ("dsl_name", "dsl_phone", "responders")
            ],
        ),
        (
            CONCERNS + 'pubsub_audience = "https://book.school.example/hooks/pubsub"\n',
            [
                f"concerns.{key}: it is missing; pubsub_audience needs it."
                for key in ("pubsub_email", "pubsub_subscription")
            ],
        ),
        (CONCERNS + 'day_ends = "07:00"\n', ["concerns.day_ends: it must be later than day_starts."]),
        (
            '\n[concerns]\nresponders = ["staff room"]\n',
            [
                (
                    "concerns.responders.0: it is not a domain (school.example), an address, or group: with a group's "
                    "address."
                )
            ],
        ),
        (
            '\n[concerns]\npubsub_topic = "forms"\n',
            [
                (
                    "concerns.pubsub_topic: 'forms' is not right; it must be a topic's whole name, such as "
                    "projects/school/topics/forms."
                )
            ],
        ),
    ],
)
def test_what_concerns_lack_is_named(file: Path, more: str, said: list[str]) -> None:
    file.write_text(GOOD + more)
    assert problems(file) == said
