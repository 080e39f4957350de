"""Who knocks because a form was filled in, and whether to believe it. What is believed is stored as a nudge.

A nudge has no content: it says of which form there is something to read. So whoever could forge one would make us look
once too often, and nothing else; and nothing that a teacher wrote travels in a hook.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeGuard

from sync.clock import utc_now
from sync.domain.errors import ConfigError, TryAgainError
from sync.google.push_tokens import PushTokens, Signed
from sync.service.which import known_workbook
from sync.store import Forms, Nudges, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from sync.config import ConcernSettings, Settings
    from sync.domain.concerns import FormKey

SECRET_VARIABLE = "SENSYNC_HOOK_SECRET"  # noqa: S105 - the name of a variable, not a secret
WINDOW = 300
"""Seconds that the signature of the form's script is good for, before and after its time."""

SCRIPT, PUSH = "hook:", "push:"
"""How the keys of their nudges begin."""

MOST_BYTES = 4096
"""Of a body: both senders send ids alone."""

_SHORTEST_SECRET = 32
_REMEMBERED = timedelta(seconds=5)
"""How long the ids of the forms are remembered: a new form is known soon enough, and a burst asks once."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


class Heard(StrEnum):
    """What became of a knock.

    STORED: a nudge was stored. KNOWN: nothing was: Pub/Sub brings it once more, or tells of what we do not follow.
    NOT_SIGNED: no signature or token, or a forged one. NOT_ALLOWED: signed by one that we know, but too late, or for
    another subscription; or by somebody else whom Google knows. REPLAYED: the script's signature was used before.
    UNREADABLE: not what either of them sends. NO_FORM: of a form that is none of this school's. LATER: the store or the
    certificates cannot be had now.
    """

    STORED = "stored"
    KNOWN = "known"
    NOT_SIGNED = "not signed"
    NOT_ALLOWED = "not allowed"
    REPLAYED = "replayed"
    UNREADABLE = "unreadable"
    NO_FORM = "no form"
    LATER = "later"


class Inbox:
    """Where both hooks store their nudges.

    Args:
        store: migrated.
        workbook_id: whose forms.
        now: the clock, giving aware instants.
    """

    def __init__(self, store: Store, workbook_id: int, now: Callable[[], datetime]) -> None:
        self.now = now
        self._forms, self._nudges = Forms(store), Nudges(store)
        self._workbook = workbook_id
        self._known: dict[str, FormKey] = {}
        self._read_at: datetime | None = None

    def form(self, form_id: str) -> FormKey | None:
        """Which form of ours has this id; None for none. What was read a moment ago is not read again."""
        now = self.now()
        if self._read_at is None or not timedelta() <= now - self._read_at < _REMEMBERED:
            forms = self._forms.all(self._workbook)
            self._known, self._read_at = {form.form_id: key for key, form in forms.items()}, now
        return self._known.get(form_id)

    def put(self, form: FormKey, key: str) -> bool:
        """Stores a nudge; False where one with this key is there already."""
        return self._nudges.put(self._workbook, form, key, self.now())


class FormHook:
    """Takes what the Apps Script of a form posts.

    Args:
        inbox: where nudges go.
        secret: shared with the script.
    """

    def __init__(self, inbox: Inbox, secret: bytes) -> None:
        self._inbox = inbox
        self._secret = secret

    def take(self, timestamp: str, signature: str, body: bytes) -> Heard:
        """Stores a nudge, if the script of a form of ours signed this in the last minutes and for the first time.

        Args:
            timestamp: seconds since 1970, as they were signed.
            signature: hex of HMAC-SHA256 over timestamp, "." and body.
            body: JSON: `form`, Google's id, and `response`, a digest that tells one response from another. The id of
                the response itself is not sent: to Apps Script it is the one that opens the response for editing.
        """
        expected = sign(self._secret, timestamp, body)
        if not hmac.compare_digest(signature.encode("utf-8", "surrogateescape"), expected.encode()):
            return Heard.NOT_SIGNED
        if not _TIMESTAMP.fullmatch(timestamp) or abs(self._inbox.now().timestamp() - int(timestamp)) > WINDOW:
            return Heard.NOT_ALLOWED
        told = _object(body)
        form_id = told.get("form")
        if set(told) != {"form", "response"} or not _is_id(form_id) or not _is_id(told["response"]):
            return Heard.UNREADABLE
        form = self._inbox.form(form_id)
        if form is None:
            return Heard.NO_FORM
        # The digest is ours, not as it was sent, so that one signature has one spelling.
        new = self._inbox.put(form, f"{SCRIPT}{expected}")
        return Heard.STORED if new else Heard.REPLAYED


class PushHook:
    """Takes what Pub/Sub pushes.

    Args:
        inbox: where nudges go.
        tokens: verifies that it was our subscription.
        subscription: its whole name.
    """

    def __init__(self, inbox: Inbox, tokens: PushTokens, subscription: str) -> None:
        self._inbox = inbox
        self._tokens = tokens
        self._subscription = subscription

    def take(self, authorization: str, body: bytes) -> Heard:
        """Stores a nudge, if our subscription pushed a message of Forms about a form of ours.

        A message that comes again is answered as the first time: Pub/Sub delivers at least once, and would not stop.

        Args:
            authorization: the header: `Bearer` and a token.
            body: a PushRequest, wrapped (Pub/Sub, "Receive push messages").
        """
        scheme, _, token = authorization.partition(" ")
        try:
            signed = self._tokens.verify(token.strip()) if scheme.lower() == "bearer" else Signed.NOT
        except TryAgainError:
            return Heard.LATER
        if signed is not Signed.OURS:
            return Heard.NOT_SIGNED if signed is Signed.NOT else Heard.NOT_ALLOWED
        told = _object(body)
        message, subscription = told.get("message"), told.get("subscription")
        if not isinstance(message, dict) or not isinstance(subscription, str):
            return Heard.UNREADABLE
        if subscription != self._subscription:
            return Heard.NOT_ALLOWED
        attributes, message_id = message.get("attributes"), message.get("messageId")
        if not isinstance(attributes, dict) or not _is_id(message_id) or not _is_id(attributes.get("formId")):
            return Heard.UNREADABLE
        form = self._inbox.form(attributes["formId"])
        if form is None:
            return Heard.NO_FORM
        if attributes.get("eventType") != "RESPONSES":
            return Heard.KNOWN
        new = self._inbox.put(form, f"{PUSH}{message_id}")
        return Heard.STORED if new else Heard.KNOWN


class ConcernHooks:
    """Both hooks of a school; None for one that is not configured."""

    def __init__(self, forms: FormHook | None, push: PushHook | None) -> None:
        self.forms = forms
        self.push = push


def sign(secret: bytes, timestamp: str, body: bytes) -> str:
    """The signature of the form's script: hex of HMAC-SHA256 over timestamp, "." and body."""
    text = timestamp.encode("utf-8", "surrogateescape") + b"." + body
    return hmac.new(secret, text, hashlib.sha256).hexdigest()


def read_secret(concerns: ConcernSettings, environment: Mapping[str, str] = os.environ) -> bytes | None:
    """The secret of the form's script: from the environment, else from the file; None where neither is given.

    Raises:
        ConfigError: the file cannot be read, or the secret is short enough to be guessed.
    """
    text = environment.get(SECRET_VARIABLE, "").strip() or _read(concerns.hook_secret_file)
    if text is None:
        return None
    if len(text) < _SHORTEST_SECRET:
        raise ConfigError(
            f"The secret of the form's script has fewer than {_SHORTEST_SECRET} characters.",
            next_step='Make one with: python -c "import secrets; print(secrets.token_hex(32))", and give it to '
            "[concerns] hook_secret_file and to the script's properties.",
        )
    return text.encode()


def open_concern_hooks(settings: Settings, *, now: Callable[[], datetime] = utc_now) -> ConcernHooks | None:
    """The hooks of the school in the configuration, on its store; None where none is configured.

    Raises:
        ConfigError: the store or the secret cannot be used.
        RefusedError: sensync.toml names another workbook than the store.
    """
    concerns = settings.concerns
    secret = read_secret(concerns) if concerns.enabled else None
    if secret is None and not (concerns.enabled and concerns.pubsub_audience):
        return None
    store = Store(settings.store.url, now=now)
    store.migrate()
    workbook = known_workbook(store, settings)
    if workbook is None:
        return None
    inbox, push = Inbox(store, workbook.id, now), None
    if concerns.pubsub_audience:
        tokens = PushTokens(settings.google.base_url, concerns.pubsub_audience, concerns.pubsub_email)
        push = PushHook(inbox, tokens, concerns.pubsub_subscription)
    return ConcernHooks(FormHook(inbox, secret) if secret else None, push)


def _read(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(
            f"{file} ([concerns] hook_secret_file) cannot be read: {why}.",
            next_step="Correct the path in sensync.toml, or let this user read the file.",
        ) from error


def _object(body: bytes) -> dict[str, Any]:
    """The JSON object that a body is; {} for anything else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_id(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and _ID.fullmatch(value) is not None
