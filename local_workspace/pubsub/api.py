"""The Pub/Sub v1 endpoints of topics and push subscriptions.

Whoever has an account may use every project: the workspace has no projects of its own.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any

from local_workspace.calendar.channels import LOOPBACK
from local_workspace.http.router import Route
from local_workspace.http.wire import ApiError, Request, Response

from .state import ACK_SECONDS, PubSub

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_workspace.workspace import LocalWorkspace

Json = dict[str, Any]
Args = dict[str, str]

_NAME = re.compile(r"[A-Za-z][\w.~+%-]{2,254}", re.ASCII)
_DURATION = re.compile(r"\d{1,3}(\.\d{1,9})?s")
_KEPT = ("labels", "messageRetentionDuration", "enableMessageOrdering", "expirationPolicy", "retryPolicy")
"""Members of a subscription that are kept as they come."""


def _not_found(name: str) -> ApiError:
    return ApiError(404, f"Resource not found (resource={name.rpartition('/')[2]}).")


def _held(table: dict[str, Json], name: str) -> Json:
    if name not in table:
        raise _not_found(name)
    return table[name]


def _check_new(table: dict[str, Json], name: str) -> None:
    """Refuse a name that is taken, or can be none.

    Raises:
        ApiError: 409 or 400.
    """
    word = name.rpartition("/")[2]
    if not _NAME.fullmatch(word) or word.lower().startswith("goog"):
        raise ApiError(400, f"Invalid resource name given (name={name}).")
    if name in table:
        raise ApiError(409, f"Resource already exists in the project (resource={word}).", canonical="ALREADY_EXISTS")


# ---- topics


def _topic(args: Args) -> str:
    return f"projects/{args['project']}/topics/{args['topic']}"


def topic_create(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`projects.topics.create`."""
    name, body = _topic(args), request.json()
    _check_new(ws.pubsub.topics, name)
    topic = {"name": name, **({"labels": body["labels"]} if body.get("labels") else {})}
    ws.pubsub.keep_topic(name, topic, {})
    return Response(data=topic)


def topic_get(ws: LocalWorkspace, _request: Request, args: Args) -> Response:
    """`projects.topics.get`."""
    return Response(data=_held(ws.pubsub.topics, _topic(args)))


def topic_delete(ws: LocalWorkspace, _request: Request, args: Args) -> Response:
    """`projects.topics.delete`."""
    _held(ws.pubsub.topics, _topic(args))
    ws.pubsub.drop_topic(_topic(args))
    return Response(data={})


def policy_get(ws: LocalWorkspace, _request: Request, args: Args) -> Response:
    """`projects.topics.getIamPolicy`."""
    _held(ws.pubsub.topics, _topic(args))
    return Response(data={"version": 1, "etag": "ACAB", **ws.pubsub.policies[_topic(args)]})


def policy_set(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`projects.topics.setIamPolicy`: who may publish."""
    name = _topic(args)
    topic = _held(ws.pubsub.topics, name)
    policy = {"bindings": request.json().get("policy", {}).get("bindings", [])}
    ws.pubsub.keep_topic(name, topic, policy)
    return Response(data={"version": 1, "etag": "ACAB", **policy})


def publish(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`projects.topics.publish`."""
    name, messages = _topic(args), request.json().get("messages", [])
    _held(ws.pubsub.topics, name)
    if not messages:
        raise ApiError(400, "The request contains no messages.")
    for message in messages:
        if not message.get("data") and not message.get("attributes"):
            raise ApiError(400, "Some messages in the batch have no content: each needs data or an attribute.")
        try:
            base64.b64decode(message.get("data", ""), validate=True)
        except binascii.Error as error:
            raise ApiError(400, "Invalid value at 'messages.data' (TYPE_BYTES), Base64 decoding failed.") from error
    ids = [
        ws.pubsub.publish(name, message.get("attributes", {}), message.get("data", ""), message.get("orderingKey", ""))
        for message in messages
    ]
    return Response(data={"messageIds": ids})


# ---- subscriptions


def _subscription(args: Args) -> str:
    return f"projects/{args['project']}/subscriptions/{args['subscription']}"


def _checked_push(config: Json) -> Json:
    """A PushConfig that can be used here.

    Raises:
        ApiError: 400.
    """
    address = config.get("pushEndpoint", "")
    if not address:
        return {}
    match = re.fullmatch(r"https?://(\[::1\]|[^/:?#]+)(:\d+)?([/?#].*)?", address)
    if match is None:
        raise ApiError(400, f"Invalid push endpoint given (endpoint={address}).")
    if match[1].strip("[]") not in LOOPBACK:
        raise ApiError(
            400,
            f"Invalid push endpoint given (endpoint={address}). The local workspace posts to loopback addresses only.",
        )
    if "oidcToken" in config and not config["oidcToken"].get("serviceAccountEmail"):
        raise ApiError(400, "oidc_token.service_account_email is required.")
    if "noWrapper" in config:
        raise ApiError(400, "The local workspace pushes wrapped messages only.")
    return config


def subscription_create(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`projects.subscriptions.create`, with an address to push to: nothing can be pulled here."""
    name, body = _subscription(args), request.json()
    _check_new(ws.pubsub.subscriptions, name)
    _held(ws.pubsub.topics, body.get("topic", ""))
    push = _checked_push(body.get("pushConfig", {}))
    if not push:
        raise ApiError(400, "The local workspace has push subscriptions only. Give push_config.push_endpoint.")
    for word in body.get("retryPolicy", {}).values():
        if not _DURATION.fullmatch(word) or float(word[:-1]) > 600:
            raise ApiError(400, f"Invalid retry_policy: '{word}'. A backoff is a duration from 0s to 600s.")
    seconds = body.get("ackDeadlineSeconds") or ACK_SECONDS
    if not 10 <= seconds <= 600:
        raise ApiError(400, f"Invalid ack deadline: {seconds}. It is from 10 to 600 seconds.")
    made = {"name": name, "topic": body["topic"], "pushConfig": push, "ackDeadlineSeconds": seconds}
    made |= {key: body[key] for key in _KEPT if body.get(key)}
    ws.pubsub.keep_subscription(name, {**made, "state": "ACTIVE"})
    return Response(data=ws.pubsub.subscriptions[name])


def subscription_get(ws: LocalWorkspace, _request: Request, args: Args) -> Response:
    """`projects.subscriptions.get`."""
    return Response(data=_held(ws.pubsub.subscriptions, _subscription(args)))


def subscription_delete(ws: LocalWorkspace, _request: Request, args: Args) -> Response:
    """`projects.subscriptions.delete`."""
    _held(ws.pubsub.subscriptions, _subscription(args))
    ws.pubsub.drop_subscription(_subscription(args))
    return Response(data={})


def modify_push(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """`projects.subscriptions.modifyPushConfig`; an empty one stops the pushing until there is one again."""
    name = _subscription(args)
    held = _held(ws.pubsub.subscriptions, name)
    push = _checked_push(request.json().get("pushConfig", {}))
    ws.pubsub.keep_subscription(name, {**held, "pushConfig": push})
    if push and not held["pushConfig"]:
        ws.pubsub.resume(name)
    return Response(data={})


def _listed(name: str, table: Callable[[PubSub], dict[str, Json]]) -> Callable[..., Response]:
    """A handler that lists what a project has, all of it on one page."""

    def handle(ws: LocalWorkspace, _request: Request, args: Args) -> Response:
        start = f"projects/{args['project']}/"
        found = [one for key, one in sorted(table(ws.pubsub).items()) if key.startswith(start)]
        return Response(data={name: found} if found else {})

    return handle


_PROJECT = "/v1/projects/(?P<project>[^/]+)"
_TOPIC = _PROJECT + "/topics/(?P<topic>[^/:]+)"
_SUBSCRIPTION = _PROJECT + "/subscriptions/(?P<subscription>[^/:]+)"
_TOPICS, _SUBSCRIPTIONS = "pubsub.projects.topics.", "pubsub.projects.subscriptions."

ROUTES = [
    Route("PUT", _TOPIC, topic_create, _TOPICS + "create"),
    Route("GET", _TOPIC, topic_get, _TOPICS + "get"),
    Route("DELETE", _TOPIC, topic_delete, _TOPICS + "delete"),
    Route("GET", _PROJECT + "/topics", _listed("topics", lambda held: held.topics), _TOPICS + "list"),
    Route("GET", _TOPIC + ":getIamPolicy", policy_get, _TOPICS + "getIamPolicy"),
    Route("POST", _TOPIC + ":setIamPolicy", policy_set, _TOPICS + "setIamPolicy"),
    Route("POST", _TOPIC + ":publish", publish, _TOPICS + "publish"),
    Route("PUT", _SUBSCRIPTION, subscription_create, _SUBSCRIPTIONS + "create"),
    Route("GET", _SUBSCRIPTION, subscription_get, _SUBSCRIPTIONS + "get"),
    Route("DELETE", _SUBSCRIPTION, subscription_delete, _SUBSCRIPTIONS + "delete"),
    Route("POST", _SUBSCRIPTION + ":modifyPushConfig", modify_push, _SUBSCRIPTIONS + "modifyPushConfig"),
    Route(
        "GET",
        _PROJECT + "/subscriptions",
        _listed("subscriptions", lambda held: held.subscriptions),
        _SUBSCRIPTIONS + "list",
    ),
]
