"""The watches of a workspace, and the messages they send: at most one a watch in a while, at least one an event.

Facts: developers.google.com/workspace/forms/api/guides/push-notifications. A message says only which form and watch;
one message may stand for many answers.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from .model import timestamp

if TYPE_CHECKING:
    from local_workspace.store import Store
    from local_workspace.workspace import LocalWorkspace

Json = dict[str, Any]

LIFE = dt.timedelta(days=7)
PERIOD = 30.0
"""Seconds between two messages of one watch (documented)."""
SENDER = "serviceAccount:forms-notifications@system.gserviceaccount.com"
"""Who publishes to the topic, and needs the right to."""


@dataclass(frozen=True, slots=True)
class Watch:
    """One watch.

    Attributes:
        account: whose it is.
        event: RESPONSES or SCHEMA.
        created, expires: ISO 8601.
        error: why it is suspended, "" while it is active.
        pending: whether something happened that it has not told yet.
    """

    form: str
    id: str
    account: str
    event: str
    topic: str
    created: str
    expires: str
    error: str = ""
    pending: bool = False

    @property
    def name(self) -> str:
        """What the state file knows it by."""
        return f"{self.form}\n{self.id}"

    def resource(self) -> Json:
        """The Watch resource."""
        out = {
            "id": self.id,
            "target": {"topic": {"topicName": self.topic}},
            "eventType": self.event,
            "createTime": timestamp(dt.datetime.fromisoformat(self.created)),
            "expireTime": timestamp(dt.datetime.fromisoformat(self.expires)),
            "state": "SUSPENDED" if self.error else "ACTIVE",
        }
        return {**out, "errorType": self.error} if self.error else out


class Watching:
    """Every watch. Callers hold the workspace's lock.

    Attributes:
        period: seconds between two messages of one watch.
    """

    def __init__(self, ws: LocalWorkspace) -> None:
        self._ws = ws
        self._watches: dict[str, Watch] = {}
        self._told: dict[str, float] = {}
        self._timers: dict[str, threading.Timer] = {}
        self.period = PERIOD

    def load(self, store: Store) -> None:
        """Take up what the state file holds."""
        for name, body in store.things("watch"):
            self._watches[name] = Watch(**body)

    def start(self) -> None:
        """Tell what had not been told when the workspace stopped."""
        for watch in list(self._watches.values()):
            if watch.pending:
                self._soon(watch)

    def close(self) -> None:
        """Tell nothing more; what waits is told after the next start."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def reset(self) -> None:
        """Forget every watch."""
        self.close()
        self._watches.clear()
        self._told.clear()
        if self._ws.store is not None:
            self._ws.store.clear("watch")

    # ---- what there is

    def of(self, form_id: str) -> list[Watch]:
        """The watches of a form; those whose time is over are gone."""
        now = self._ws.now()
        for watch in [one for one in self._watches.values() if one.form == form_id]:
            if dt.datetime.fromisoformat(watch.expires) <= now:
                self.drop(watch)
        return [one for one in self._watches.values() if one.form == form_id]

    def _keep(self, watch: Watch) -> Watch:
        if self._ws.store is not None:
            self._ws.store.put("watch", watch.name, asdict(watch))
        self._watches[watch.name] = watch
        return watch

    def drop(self, watch: Watch) -> None:
        """Delete a watch."""
        self._watches.pop(watch.name, None)
        self._told.pop(watch.name, None)
        timer = self._timers.pop(watch.name, None)
        if timer is not None:
            timer.cancel()
        if self._ws.store is not None:
            self._ws.store.drop("watch", watch.name)

    def forget(self, form_id: str) -> None:
        """Delete the watches of a form that is gone."""
        for watch in [one for one in self._watches.values() if one.form == form_id]:
            self.drop(watch)

    def renewed(self, watch: Watch) -> Watch:
        """Let a watch live for seven days from now, active."""
        return self._keep(replace(watch, expires=(self._ws.now() + LIFE).isoformat(), error=""))

    def suspend(self, watch: Watch, error: str) -> None:
        """Let a watch tell nothing until it is renewed.

        Args:
            watch: the watch.
            error: PROJECT_NOT_AUTHORIZED, NO_USER_ACCESS or OTHER_ERRORS.
        """
        self._keep(replace(watch, error=error, pending=False))

    def fault_of(self, topic: str) -> str:
        """Why Forms cannot publish to a topic, "" when it can."""
        if topic not in self._ws.pubsub.topics:
            return f"The topic {topic} does not exist. Create it, then try again."
        if not self._ws.pubsub.may_publish(topic, SENDER):
            return f"The topic {topic} gives {SENDER} no right to publish. Grant it roles/pubsub.publisher."
        return ""

    # ---- what they tell

    def happened(self, form_id: str, event: str) -> None:
        """Note that a form was answered (RESPONSES) or changed (SCHEMA)."""
        for watch in self.of(form_id):
            if watch.event == event and not watch.error and not watch.pending:
                self._soon(self._keep(replace(watch, pending=True)))

    def _soon(self, watch: Watch) -> None:
        """Tell as soon as the period since the last message is over."""
        wait = self._told.get(watch.name, float("-inf")) + self.period - time.monotonic()
        if wait <= 0:
            self._tell(watch.name)
        elif watch.name not in self._timers:
            timer = self._timers[watch.name] = threading.Timer(wait, self._timed, (watch.name,))
            timer.daemon = True
            timer.start()

    def _timed(self, name: str) -> None:
        with self._ws.lock:
            if self._timers.pop(name, None) is not None:
                self._tell(name)

    def _tell(self, name: str) -> None:
        watch = self._watches.get(name)
        if watch is None or not watch.pending:
            return
        file = self._ws.files[watch.form]
        if not file.may_write(watch.account):
            self.suspend(watch, "NO_USER_ACCESS")
        elif self.fault_of(watch.topic):
            self.suspend(watch, "PROJECT_NOT_AUTHORIZED")
        else:
            attributes = {"formId": watch.form, "watchId": watch.id, "eventType": watch.event}
            self._ws.pubsub.publish(watch.topic, attributes)
            self._keep(replace(watch, pending=False))
            self._told[name] = time.monotonic()
