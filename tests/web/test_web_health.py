"""What a machine that watches a process is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.config import HILLCREST
from support.parents import open_school
from werkzeug.test import Client
from werkzeug.wrappers import Response

from sync.config import load_settings
from sync.config_current import CurrentSettings
from sync.service.readiness import Readiness, store_check
from sync.store import Store
from sync.web.health import with_health
from webhook_app import create_app

if TYPE_CHECKING:
    from pathlib import Path

    from werkzeug.test import TestResponse


def client(trouble: str = "") -> Client:
    inner = Response("a page", headers={"Set-Cookie": "a=b"})
    return Client(with_health(inner, lambda: trouble))


def told(answer: TestResponse) -> tuple[int, str, str | None]:
    return answer.status_code, answer.text, answer.headers.get("Content-Type")


def test_that_a_process_is_up_is_a_status_and_nothing_else() -> None:
    for answer in (client("stopping").get("/healthz"), client().head("/healthz", base_url="http://10.0.0.1:8080")):
        assert (told(answer), answer.headers["Cache-Control"]) == ((204, "", None), "no-store")
        assert "Set-Cookie" not in answer.headers


def test_whether_a_process_is_ready_is_one_word() -> None:
    assert told(client().get("/readyz")) == (200, '{"ready": true}', "application/json")
    assert told(client("store").get("/readyz")) == (503, '{"ready": false, "reason": "store"}', "application/json")
    head = client("store").head("/readyz")
    assert (head.status_code, head.data, head.headers["Content-Length"]) == (503, b"", "35")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_nothing_can_be_sent_to_it(path: str) -> None:
    answer = client().post(path, data="x" * 1000)
    assert (answer.status_code, answer.text, answer.headers["Allow"]) == (405, "", "GET, HEAD")


def test_everything_else_is_the_applications() -> None:
    assert [client().get(path).text for path in ("/", "/healthz/", "/b/readyz")] == ["a page"] * 3


def test_the_application_is_ready_for_as_long_as_store_and_settings_are(tmp_path: Path) -> None:
    open_school(tmp_path).store.close()
    config = tmp_path / "sensync.toml"
    config.write_text(HILLCREST + '[booking]\naddress = "https://book.school.example"\n')
    readiness, worker = Readiness(), [""]
    current = CurrentSettings(load_settings(config), config)
    app = create_app(current.now(), current=current, readiness=readiness)
    readiness.needs(lambda: worker[0])
    pages = app.test_client()

    def ready() -> tuple[int, str]:
        answer = pages.get("/readyz", base_url="http://127.0.0.1:8080")
        return answer.status_code, answer.get_json().get("reason", "")

    assert ready() == (200, "")
    assert pages.get("/", base_url="http://127.0.0.1:8080").status_code == 400
    worker[0] = "worker"
    assert ready() == (503, "worker")
    good = config.read_text()
    config.write_text("[school")
    assert ready() == (503, "settings")
    config.write_text(good)
    worker[0] = ""
    assert ready() == (200, "")
    with Store(f"sqlite:///{tmp_path / 'sensync.sqlite3'}") as store, store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert ready() == (503, "revision")
    readiness.end()
    assert ready() == (503, "stopping")


def test_a_store_that_does_not_answer_is_no_reason_to_fail(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert store_check(Store("postgresql://nobody:secret@127.0.0.1:1/none"))() == "store"
    (tmp_path / "not.sqlite3").write_text("no database at all, but a text that is long enough to be read as one" * 20)
    assert store_check(Store(f"sqlite:///{tmp_path / 'not.sqlite3'}"))() == "store"
    assert "secret" not in caplog.text
