"""A form of a local workspace answered, edited and deleted as people do it, without a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_workspace.forms.sending import send, send_again
from local_workspace.forms.telling import SENDER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from local_workspace import LocalWorkspace


def _lists(answers: Mapping[str, str | Sequence[str]]) -> dict[str, list[str]]:
    return {name: [value] if isinstance(value, str) else list(value) for name, value in answers.items()}


def send_form(ws: LocalWorkspace, form_id: str, email: str, answers: Mapping[str, str | Sequence[str]]) -> str:
    """Send a form as somebody who may answer it.

    Args:
        ws: the workspace.
        form_id: of the form's file.
        email: whose account sends it.
        answers: by the question's id; a text, or the texts of tick-boxes.

    Returns:
        The responseId.
    """
    with ws.lock:
        form = ws.forms.get(form_id)
        assert form is not None, f"no form {form_id}"
        return send(ws, form, email, _lists(answers), typed=email).id


def edit_response(
    ws: LocalWorkspace, form_id: str, response_id: str, answers: Mapping[str, str | Sequence[str]]
) -> None:
    """Send all answers of a response anew, as the link "Edit your response" does."""
    with ws.lock:
        form, row = ws.forms.get(form_id), ws.forms.answer(form_id, response_id)
        assert form is not None
        assert row is not None, f"no response {response_id}"
        send_again(ws, form, row, row.email, _lists(answers))


def delete_response(ws: LocalWorkspace, form_id: str, response_id: str) -> None:
    """Delete a response, as the form's owner can."""
    with ws.lock:
        row = ws.forms.answer(form_id, response_id)
        assert row is not None, f"no response {response_id}"
        ws.forms.drop(row)


def let_answer(ws: LocalWorkspace, form_id: str, **who: str) -> None:
    """Give people the form to answer: `let_answer(ws, form, type="domain", domain="school.example")`."""
    with ws.lock:
        ws.share(form_id, {"role": "reader", "view": "published", **who})


PROJECT = "projects/sensync"
PUSHER = "push@sensync.iam.gserviceaccount.com"


def push_route(ws: LocalWorkspace, endpoint: str, audience: str = "", name: str = "concerns") -> tuple[str, str]:
    """A topic to which Forms may publish, and a subscription that pushes its messages to an address of loopback.

    Args:
        ws: the workspace.
        endpoint: where the messages are posted.
        audience: of their tokens; "" takes the address, as Google does.
        name: of the topic and the subscription.

    Returns:
        The full names of both. The tokens are those of `PUSHER`.
    """
    topic, subscription = f"{PROJECT}/topics/{name}", f"{PROJECT}/subscriptions/{name}"
    grant = {"bindings": [{"role": "roles/pubsub.publisher", "members": [SENDER]}]}
    caller = {"serviceAccountEmail": PUSHER, **({"audience": audience} if audience else {})}
    push = {"pushEndpoint": endpoint, "oidcToken": caller}
    made = {"name": subscription, "topic": topic, "pushConfig": push, "ackDeadlineSeconds": 10, "state": "ACTIVE"}
    with ws.lock:
        ws.pubsub.keep_topic(topic, {"name": topic}, grant)
        ws.pubsub.keep_subscription(subscription, made)
    return topic, subscription
