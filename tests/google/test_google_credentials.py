from __future__ import annotations

import json
import stat
import time as real_time
from typing import TYPE_CHECKING, Any

import google.auth
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth.exceptions import DefaultCredentialsError
from google.oauth2.credentials import Credentials
from google_auth_oauthlib.flow import InstalledAppFlow
from google_server import UNHURRIED, RawServer, answer

from sync.config import GoogleSettings, load_settings
from sync.domain.errors import NeedsPersonError
from sync.google.credentials import MAIL_SCOPES, SCOPES, load_credentials, open_door, save_token, wanted_scopes
from sync.google.errors import GoogleNeedsPersonError

if TYPE_CHECKING:
    from pathlib import Path

    from sync.config import Settings

TOKEN = b'{"access_token": "ya29.x", "expires_in": 3600, "token_type": "Bearer"}'


@pytest.fixture(scope="module")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@pytest.fixture
def key_file(tmp_path: Path, private_key: str) -> Path:
    file = tmp_path / "key.json"
    file.write_text(
        json.dumps(
            {
                "type": "service_account",
                "project_id": "p",
                "private_key_id": "1",
                "private_key": private_key,
                "client_email": "sensync@p.iam.gserviceaccount.com",
                "client_id": "1",
                "token_uri": "https://oauth2.googleapis.com/token",
            }
        )
    )
    return file


@pytest.fixture
def every_address(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """All addresses that this process connects to, also from other threads."""
    import socket  # noqa: PLC0415

    called: list[Any] = []
    connect = socket.socket.connect

    def note(self: socket.socket, address: Any) -> None:
        called.append(address)
        connect(self, address)

    look_up = socket.getaddrinfo

    def note_name(host: Any, *args: Any, **kwargs: Any) -> Any:
        called.append(host)
        return look_up(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", note)
    monkeypatch.setattr(socket, "getaddrinfo", note_name)
    return called


def test_a_token_comes_from_the_environment_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "t"
    file.write_text("from-file\n")
    settings = GoogleSettings(credentials="token", token_file=file)
    assert load_credentials(settings).token == "from-file"
    monkeypatch.setenv("SENSYNC_GOOGLE_TOKEN", "from-environment")
    assert load_credentials(settings).token == "from-environment"


@pytest.mark.parametrize("text", ["", "two words", "\n"])
def test_a_token_that_is_none_is_refused_without_repeating_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "t").write_text(text)
    with pytest.raises(NeedsPersonError) as caught:
        load_credentials(GoogleSettings(credentials="token", token_file=tmp_path / "t"))
    assert str(caught.value) == "There is no access token, or it is not one word."


def test_a_missing_file_is_named_with_its_key(tmp_path: Path) -> None:
    with pytest.raises(NeedsPersonError) as caught:
        load_credentials(GoogleSettings(credentials="service_account", key_file=tmp_path / "no.json"))
    assert str(caught.value) == f"{tmp_path / 'no.json'} ([google] key_file) cannot be read: No such file or directory."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ('{"installed": {}}', "is not the key of a service account"),
        ('{"type": "service_account"}', "is not a whole key"),
        (
            '{"type": "service_account", "client_email": "a", "token_uri": "b", "private_key": "c"}',
            "is not a whole key",
        ),
    ],
)
def test_a_file_that_is_no_key_is_refused_with_the_repair(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "key.json").write_text(text)
    with pytest.raises(NeedsPersonError, match=said) as caught:
        load_credentials(GoogleSettings(credentials="service_account", key_file=tmp_path / "key.json"))
    assert caught.value.next_step != ""


def test_a_service_account_asks_for_drive_file_and_acts_for_the_mailbox(key_file: Path) -> None:
    credentials = load_credentials(
        GoogleSettings(credentials="service_account", key_file=key_file, subject="senco@school.example")
    )
    assert credentials.scopes == list(SCOPES) == ["https://www.googleapis.com/auth/drive.file"]
    with open_door(
        GoogleSettings(credentials="service_account", key_file=key_file, subject="senco@school.example")
    ) as door:
        assert door.account == "senco@school.example"


@pytest.mark.parametrize("subject", [None, "senco@school.example"])
def test_a_service_account_calls_nothing_but_the_base_url(
    key_file: Path, server: RawServer, every_address: list[Any], subject: str | None
) -> None:
    server.scripts = [answer(TOKEN), answer(b"{}"), answer(b"{}")]
    settings = GoogleSettings(credentials="service_account", key_file=key_file, base_url=server.url, subject=subject)
    with open_door(settings, limits=UNHURRIED) as door:
        door.sheets_get("s", fields="x")
        door.drive_get("f", "id")
        # google-auth would make its own call from a thread that it starts with the first request.
        real_time.sleep(0.3)
        assert door.counter.sign_ins == 1
    port = int(server.url.rsplit(":", 1)[1])
    assert {each if isinstance(each, str) else tuple(each) for each in every_address} <= {
        "127.0.0.1",
        ("127.0.0.1", port),
    }
    assert [request.split(b" ")[1].split(b"?")[0] for request in server.requests] == [
        b"/token",
        b"/v4/spreadsheets/s",
        b"/drive/v3/files/f",
    ]


def test_keyless_impersonation_signs_by_google_and_calls_nothing_but_the_base_url(
    server: RawServer, every_address: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "sync.google.credentials.default_credentials",
        lambda **_: (Credentials("machine-token"), "project"),
    )
    server.scripts = [answer(b'{"keyId": "1", "signedJwt": "a.b.c"}'), answer(TOKEN), answer(b"{}")]
    settings = GoogleSettings(
        credentials="impersonation",
        target_principal="sensync@p.iam.gserviceaccount.com",
        subject="senco@school.example",
        base_url=server.url,
    )
    with open_door(settings, limits=UNHURRIED) as door:
        door.sheets_get("s", fields="x")
        real_time.sleep(0.3)
        assert door.account == "senco@school.example"
    port = int(server.url.rsplit(":", 1)[1])
    assert {each if isinstance(each, str) else tuple(each) for each in every_address} <= {
        "127.0.0.1",
        ("127.0.0.1", port),
    }
    assert [request.split(b" ")[1].split(b"?")[0] for request in server.requests] == [
        b"/v1/projects/-/serviceAccounts/sensync@p.iam.gserviceaccount.com:signJwt",
        b"/token",
        b"/v4/spreadsheets/s",
    ]
    claims = json.loads(json.loads(server.requests[0].split(b"\r\n\r\n", 1)[1])["payload"])
    assert (claims["sub"], claims["scope"]) == ("senco@school.example", SCOPES[0])


def test_a_machine_without_an_identity_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(scopes: object) -> None:
        raise DefaultCredentialsError("no")

    monkeypatch.setattr("sync.google.credentials.default_credentials", none)
    with pytest.raises(NeedsPersonError, match="no Google identity of its own") as caught:
        load_credentials(GoogleSettings(credentials="impersonation", target_principal="a@b.example"))
    assert "gcloud auth application-default login" in caught.value.next_step


@pytest.mark.parametrize(
    ("error", "description", "reason"),
    [
        (
            "invalid_grant",
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.",
            "clock",
        ),
        ("invalid_grant", "Invalid JWT Signature.", "invalid_signature"),
        ("invalid_grant", "Invalid grant: account not found", "account_not_found"),
        ("invalid_grant", "Invalid email or User ID", "account_not_found"),
        (
            "unauthorized_client",
            "Client is unauthorized to retrieve access tokens using this method.",
            "unauthorized_client",
        ),
        ("invalid_scope", "Some requested scopes were invalid.", "invalid_scope"),
        ("something_new", "Never heard of.", "sign_in"),
    ],
)
def test_each_refusal_of_the_sign_in_has_its_own_repair(
    key_file: Path, server: RawServer, error: str, description: str, reason: str
) -> None:
    body = json.dumps({"error": error, "error_description": description}).encode()
    server.scripts = [answer(body, status="400 Bad Request")]
    settings = GoogleSettings(credentials="service_account", key_file=key_file, base_url=server.url)
    with open_door(settings, limits=UNHURRIED) as door, pytest.raises(GoogleNeedsPersonError) as caught:
        door.sheets_get("s", fields="x")
    assert caught.value.reason == reason
    assert caught.value.next_step != ""


# The role mailbox


@pytest.fixture
def mailbox(tmp_path: Path) -> GoogleSettings:
    client = {
        "installed": {
            "client_id": "c",
            "client_secret": "s",
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        }
    }
    (tmp_path / "client.json").write_text(json.dumps(client))
    return GoogleSettings(
        credentials="oauth",
        client_secrets_file=tmp_path / "client.json",
        token_file=tmp_path / "keep" / "t.token.json",
    )


def test_without_a_kept_token_a_run_says_who_must_sign_in(mailbox: GoogleSettings) -> None:
    with pytest.raises(NeedsPersonError, match="Nobody has signed in with the role mailbox yet") as caught:
        load_credentials(mailbox)
    assert "sensync setup" in caught.value.next_step


def test_a_sign_in_is_kept_for_the_owner_alone_and_used_next_time(
    mailbox: GoogleSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def sign_in(flow: InstalledAppFlow, **how: object) -> Credentials:
        asked.append((flow.oauth2session.scope, how["timeout_seconds"]))
        return Credentials(
            "ya29.x",
            refresh_token="1//r",
            token_uri="https://oauth2.googleapis.com/token",
            client_id="c",
            client_secret="s",
            scopes=list(SCOPES),
        )

    monkeypatch.setattr(InstalledAppFlow, "run_local_server", sign_in)
    load_credentials(mailbox, interactive=True)
    assert asked == [(list(SCOPES), 300)]
    assert mailbox.token_file is not None
    assert stat.S_IMODE(mailbox.token_file.stat().st_mode) == 0o600
    assert [each.name for each in mailbox.token_file.parent.iterdir()] == ["t.token.json"]
    assert load_credentials(mailbox).refresh_token == "1//r"
    assert len(asked) == 1


def test_a_sign_in_that_was_broken_off_keeps_nothing(mailbox: GoogleSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    def close_the_window(flow: InstalledAppFlow, **how: object) -> None:
        raise AttributeError("'NoneType' object has no attribute 'replace'")

    monkeypatch.setattr(InstalledAppFlow, "run_local_server", close_the_window)
    with pytest.raises(NeedsPersonError, match="The sign-in was not finished"):
        load_credentials(mailbox, interactive=True)
    assert mailbox.token_file is not None
    assert not mailbox.token_file.exists()


def test_a_client_of_another_kind_is_refused(mailbox: GoogleSettings) -> None:
    assert mailbox.client_secrets_file is not None
    mailbox.client_secrets_file.write_text('{"web": {}}')
    with pytest.raises(NeedsPersonError, match="is not an OAuth client of the kind Desktop app"):
        load_credentials(mailbox, interactive=True)


def test_a_kept_token_with_another_scope_is_not_used(mailbox: GoogleSettings) -> None:
    assert mailbox.token_file is not None
    kept = {
        "refresh_token": "r",
        "client_id": "c",
        "client_secret": "s",
        "scopes": ["https://example.com/else"],
    }
    save_token(mailbox.token_file, json.dumps(kept))
    with pytest.raises(NeedsPersonError, match=r"was not granted drive\.file"):
        load_credentials(mailbox)


def test_google_auth_is_the_one_that_has_the_call_we_switch_off() -> None:
    """Should google-auth rename the method, the switch would do nothing: then this test says so."""
    found = [
        name
        for name in dir(google.auth.credentials.CredentialsWithRegionalAccessBoundary)
        if name.endswith("_lookup_required")
    ]
    assert found == ["_is_regional_access_boundary_lookup_required"]


# Scopes of what is switched on


def settings_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str) -> Settings:
    monkeypatch.setenv("SENSYNC_GOOGLE_TOKEN", "t")
    file = tmp_path / "sensync.toml"
    file.write_text(
        '[school]\nname = "H"\nla = "999"\nestab = "4001"\n[mis]\npaths = ["mis"]\n[google]\ncredentials = "token"\n'
        + more
    )
    return load_settings(file)


@pytest.mark.parametrize(
    ("more", "scopes"),
    [
        ("", ["drive.file"]),
        ("[calendar]\nenabled = true\n", ["drive.file", "calendar.app.created", "calendar.calendarlist.readonly"]),
        (
            '[calendar]\nenabled = true\nbusy_times = true\nshare_with = ["a@b.example"]\n',
            [
                "drive.file",
                "calendar.app.created",
                "calendar.calendarlist.readonly",
                "calendar.acls",
                "calendar.freebusy",
            ],
        ),
        ('[post]\nby = "gmail"\nsender = "a@b.example"\n', ["drive.file", "gmail.send"]),
        ('[post]\nby = "smtp"\nsender = "a@b.example"\nhost = "mail.b.example"\n', ["drive.file"]),
    ],
)
def test_a_scope_is_asked_for_only_when_its_feature_is_switched_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str, scopes: list[str]
) -> None:
    wanted = wanted_scopes(settings_with(tmp_path, monkeypatch, more))
    assert [each.removeprefix("https://www.googleapis.com/auth/") for each in wanted] == scopes


def test_a_kept_sign_in_serves_the_workbook_until_a_feature_needs_more(mailbox: GoogleSettings, tmp_path: Path) -> None:
    kept = {"refresh_token": "r", "client_id": "c", "client_secret": "s", "token": "a", "scopes": list(SCOPES)}
    assert mailbox.token_file is not None
    save_token(mailbox.token_file, json.dumps(kept))
    load_credentials(mailbox)
    with pytest.raises(NeedsPersonError, match=r"was not granted gmail\.send\.") as caught:
        load_credentials(mailbox, scopes=MAIL_SCOPES)
    assert "tick every box" in caught.value.next_step


def test_a_service_account_asks_for_the_scopes_of_one_feature_alone(key_file: Path) -> None:
    settings = GoogleSettings(credentials="service_account", key_file=key_file)
    assert load_credentials(settings, scopes=MAIL_SCOPES).scopes == list(MAIL_SCOPES)
