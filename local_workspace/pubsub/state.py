"""Topics, subscriptions and the messages that were not taken yet."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local_workspace.forms.model import timestamp

from .identity import Signer
from .push import AGENT, LONGEST, SHORTEST, Message, Pusher

if TYPE_CHECKING:
    from local_workspace.store import Store
    from local_workspace.workspace import LocalWorkspace

Json = dict[str, Any]

KINDS = ("topic", "subscription", "message")
ACK_SECONDS = 10
_RETENTION = dt.timedelta(days=7)
PUBLISHER = "roles/pubsub.publisher"


@dataclass(frozen=True, slots=True)
class Posting:
    """How one message is posted: where to, with what, how long to wait for the answer and between two turns."""

    address: str
    headers: dict[str, str]
    seconds: float
    shortest: float
    longest: float


class PubSub:
    """Everything of Pub/Sub. Callers hold the workspace's lock, except for what says otherwise."""

    def __init__(self, ws: LocalWorkspace) -> None:
        self._ws = ws
        self.signer = Signer(ws)
        self.topics: dict[str, Json] = {}
        self.policies: dict[str, Json] = {}
        self.subscriptions: dict[str, Json] = {}
        self.messages: dict[str, Message] = {}
        self._pusher = Pusher(self)

    def load(self, store: Store) -> None:
        """Take up what the state file holds; what was not taken goes out again."""
        self.signer.load(store)
        for name, body in store.things("topic"):
            self.topics[name], self.policies[name] = body["topic"], body["policy"]
        for name, body in store.things("subscription"):
            self.subscriptions[name] = body
        for name, body in store.things("message"):
            self.messages[name] = Message(**body)

    def start(self) -> None:
        """Push what waits."""
        for message in self.messages.values():
            self._pusher.put(message)

    def reset(self) -> None:
        """Forget everything but the key."""
        for held in (self.topics, self.policies, self.subscriptions, self.messages):
            held.clear()
        self._pusher.clear()
        if self._ws.store is not None:
            for kind in KINDS:
                self._ws.store.clear(kind)

    def close(self) -> None:
        """Stop pushing."""
        self._pusher.close()
        self._pusher = Pusher(self)

    # ---- topics and subscriptions

    def keep_topic(self, name: str, topic: Json, policy: Json) -> None:
        """Keep a topic and who may do what with it."""
        self.topics[name], self.policies[name] = topic, policy
        if self._ws.store is not None:
            self._ws.store.put("topic", name, {"topic": topic, "policy": policy})

    def drop_topic(self, name: str) -> None:
        """Delete a topic; its subscriptions stay and hear nothing more."""
        del self.topics[name], self.policies[name]
        if self._ws.store is not None:
            self._ws.store.drop("topic", name)
        for key, subscription in self.subscriptions.items():
            if subscription["topic"] == name:
                self.keep_subscription(key, {**subscription, "topic": "_deleted-topic_"})

    def keep_subscription(self, name: str, subscription: Json) -> None:
        """Keep a subscription."""
        self.subscriptions[name] = subscription
        if self._ws.store is not None:
            self._ws.store.put("subscription", name, subscription)

    def drop_subscription(self, name: str) -> None:
        """Delete a subscription and what it has not taken."""
        del self.subscriptions[name]
        if self._ws.store is not None:
            self._ws.store.drop("subscription", name)
        for message in [one for one in self.messages.values() if one.subscription == name]:
            self._forget(message)

    def may_publish(self, topic: str, member: str) -> bool:
        """Whether a member (`serviceAccount:…`) was given the right to publish."""
        bindings = self.policies.get(topic, {}).get("bindings", [])
        return any(one.get("role") == PUBLISHER and member in one.get("members", ()) for one in bindings)

    # ---- messages

    def publish(self, topic: str, attributes: dict[str, str], data: str = "", ordering: str = "") -> str:
        """Publish a message; gives its id."""
        number = str(secrets.randbelow(9 * 10**16) + 10**16)
        published = timestamp(self._ws.now())
        for name, subscription in self.subscriptions.items():
            if subscription["topic"] == topic:
                message = Message(number, name, published, attributes, data, ordering)
                self.messages[message.name] = message
                if self._ws.store is not None:
                    self._ws.store.put("message", message.name, message.dump())
                self._pusher.put(message)
        return number

    def _forget(self, message: Message) -> None:
        self.messages.pop(message.name, None)
        if self._ws.store is not None:
            self._ws.store.drop("message", message.name)

    def taken(self, message: Message) -> None:
        """Note that a message was taken. Takes the lock itself."""
        with self._ws.lock:
            self._forget(message)

    def posting(self, message: Message) -> Posting | None:
        """How to post a message now; None for one that goes nowhere. Takes the lock itself."""
        with self._ws.lock:
            subscription = self.subscriptions.get(message.subscription)
            if subscription is None or message.name not in self.messages:
                return None
            if self._ws.now() - dt.datetime.fromisoformat(message.published) > _RETENTION:
                self._forget(message)
                return None
            config = subscription.get("pushConfig", {})
            address = config.get("pushEndpoint", "")
            if not address:
                return None
            headers = {"Content-Type": "application/json", "User-Agent": AGENT, "From": "noreply@google.com"}
            caller = config.get("oidcToken")
            if caller:
                audience = caller.get("audience") or address
                headers["Authorization"] = f"Bearer {self.signer.token(caller['serviceAccountEmail'], audience)}"
            policy = subscription.get("retryPolicy", {})
            return Posting(
                address,
                headers,
                float(subscription.get("ackDeadlineSeconds") or ACK_SECONDS),
                _seconds(policy.get("minimumBackoff"), SHORTEST),
                _seconds(policy.get("maximumBackoff"), LONGEST),
            )

    def resume(self, subscription: str) -> None:
        """Push what waits for a subscription that has an address again."""
        for message in self.messages.values():
            if message.subscription == subscription:
                self._pusher.put(message)


def _seconds(text: str | None, default: float) -> float:
    """A protobuf duration, such as `0.5s`."""
    return float(text.removesuffix("s")) if text else default
