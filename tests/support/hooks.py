"""The real application of a school with both hooks, and senders who sign as the form's script and Pub/Sub do."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from support.concerns import FORM_ID, Staff
from support.config import CONCERNS
from sync.config import Settings
from sync.domain.concerns import FormKey
from sync.service.concern_hooks import sign
from sync.store import Store
from sync.store.schema import nudge
from webhook_app import create_app

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from local_workspace import LocalWorkspace

HOST = "book.school.example"
SECRET = "0123456789abcdef0123456789abcdef"
AUDIENCE = f"https://{HOST}/hooks/pubsub"
PUSHER = "forms-push@school.iam.gserviceaccount.com"
SUBSCRIPTION = "projects/school/subscriptions/forms"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
RESPONSE = "f" * 64


def hook_settings(folder: Path, base_url: str, *, store: str = "", **concerns: Any) -> Settings:
    """The configuration of a school with both hooks; `concerns` take the place of ours."""
    secret = folder / "hook.secret"
    secret.write_text(SECRET + "\n")
    given = {
        **CONCERNS,
        "hook_secret_file": str(secret),
        "pubsub_audience": AUDIENCE,
        "pubsub_email": PUSHER,
        "pubsub_subscription": SUBSCRIPTION,
    }
    return Settings(
        school={"name": "Hillcrest High School", "la": "999", "estab": "4001"},
        mis={"paths": [str(folder)]},
        google={"credentials": "token", "token_file": str(folder / "token"), "base_url": base_url},
        store={"url": store or f"sqlite:///{folder / 'sensync.sqlite3'}"},
        booking={"address": f"https://{HOST}"},
        concerns={**given, **concerns},
    )


@dataclass
class Gate:
    """A school behind its hooks. `clock` is moved by hand; tokens of Google live by the machine's."""

    ws: LocalWorkspace
    settings: Settings
    clock: list[datetime] = field(default_factory=lambda: [NOW])

    def __post_init__(self) -> None:
        self.store = Store(self.settings.store.url)
        self.store.migrate()
        self.staff = Staff(self.store, self.settings.school.key)
        self.staff.has_form()
        self.staff.has_form("1FAIpQLSc-robin", FormKey.ROBIN)
        self.client: FlaskClient = create_app(self.settings, now=lambda: self.clock[0]).test_client()

    def post(self, path: str, body: bytes, headers: dict[str, str], **options: Any) -> TestResponse:
        given = {"content_type": "application/json", "base_url": f"https://{HOST}", **options}
        return self.client.post(path, data=body, headers=headers, **given)

    # The form's script

    def script(self, form: str = FORM_ID, response: str = RESPONSE, **options: Any) -> int:
        return self.script_sends(json.dumps({"form": form, "response": response}).encode(), **options)

    def script_sends(
        self,
        body: bytes,
        *,
        late: timedelta = timedelta(),
        secret: str = SECRET,
        at: str | None = None,
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> int:
        """Posts as the script does; gives the status."""
        time = at if at is not None else str(int((self.clock[0] - late).timestamp()))
        signed = {"X-Sensync-Timestamp": time, "X-Sensync-Signature": sign(secret.encode(), time, body)}
        return self.post("/hooks/forms", body, {**signed, **(headers or {})}, **options).status_code

    # Pub/Sub

    def token(self, **claims: Any) -> str:
        """As Pub/Sub sends it but for these claims; None takes one out."""
        signer = self.ws.pubsub.signer
        told = {**signer.claims(PUSHER, AUDIENCE), **claims}
        with self.ws.lock:
            return signer.signed({name: value for name, value in told.items() if value is not None})

    def push(
        self,
        message_id: str = "1",
        *,
        form: str = FORM_ID,
        event: str = "RESPONSES",
        subscription: str = SUBSCRIPTION,
        **claims: Any,
    ) -> int:
        attributes = {"formId": form, "eventType": event, "watchId": "sensync-a"}
        message = {"attributes": attributes, "messageId": message_id, "publishTime": "2026-11-23T10:00:00Z"}
        body = json.dumps({"message": message, "subscription": subscription}).encode()
        return self.push_sends(body, self.token(**claims))

    def push_sends(self, body: bytes, token: str, **options: Any) -> int:
        return self.post("/hooks/pubsub", body, {"Authorization": f"Bearer {token}"}, **options).status_code

    # What was stored

    def stored(self) -> list[str]:
        """The form of every nudge."""
        with self.store.engine.connect() as connection:
            return list(connection.scalars(select(nudge.c.form).order_by(nudge.c.id)))
