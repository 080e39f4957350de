"""An add-on's answer read as Google reads it: put straight for the page, or refused. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .cards import drawn, link_problem, opened, problems_of
from .markup import markup

if TYPE_CHECKING:
    from .manifest import Deployment

Json = dict[str, Any]

_TYPES = {
    "home": "RenderActions",
    "granted": "RenderActions",
    "event": "RenderActions",
    "preview": "RenderActions",
    "act": "SubmitFormResponse",
    "complete": "GetAutocompletionResponse",
}
"""The message that each kind of request is answered with (documented)."""
_AUTHORIZATION = ("requestingGoogleScopes", "basicAuthorizationPrompt", "customAuthorizationPrompt")
_MOVES = ("popToRoot", "pop", "popToCard", "pushCard", "updateCard")


_GOOGLES = ("docs.google.com", "calendar.google.com")


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the manifest lets an answer do, and beside which host it came."""

    scopes: list[str]
    prefixes: list[str]
    host: str


def _prefixes(deployment: Deployment, own: str) -> list[str]:
    """The beginnings of links; this workspace's own pages stand in the place of Google's."""
    written = deployment.link_prefixes
    googles = any(prefix.removeprefix("https://").startswith(_GOOGLES) for prefix in written)
    return [*written, f"{own}/"] if own and googles else written


class AnswerError(ValueError):
    """An answer that Google would show as a failure; the text is for the add-on's developer."""


def read(kind: str, status: int, raw: bytes, deployment: Deployment, host: str, own: str = "") -> Json:
    """What a page does with an answer.

    Args:
        kind: of the request: home, act, complete, granted, event, preview or universal.
        status: of the answer.
        raw: its body.
        deployment: whose manifest limits links and scopes.
        host: SHEETS or CALENDAR.
        own: the address of this workspace, which its add-ons may open where they may open Google's.

    Returns:
        `{"kind": "render", "navigations", "notification", "link", "fileScope", "notes"}`,
        `{"kind": "suggestions", "items"}`, `{"kind": "preview", "title", "hover", "card", "notes"}`,
        `{"kind": "scopes", "scopes"}` or `{"kind": "signIn", "url", "resource"}`.

    Raises:
        AnswerError: it is none of these, or what Google would not draw.
    """
    allowed = Allowed(deployment.scopes, _prefixes(deployment, own), host)
    if status != 200:
        raise AnswerError(f"The add-on answered with status {status}. Answer every request with status 200.")
    try:
        body = _parsed(raw)
        if any(name in body for name in _AUTHORIZATION):
            return _authorization(body, allowed)
        name = _TYPES.get(kind) or ("SubmitFormResponse" if "renderActions" in body else "RenderActions")
        straight = _straight(name, body)
        if kind == "complete":
            return {"kind": "suggestions", "items": [_text(one) for one in straight["autoComplete"].get("items", [])]}
        rendered = straight.get("renderActions", {}) if name == "SubmitFormResponse" else straight
        return _preview(rendered, allowed) if kind == "preview" else _rendered(rendered, allowed)
    except RecursionError as error:
        raise AnswerError("The answer is nested too deeply.") from error


def _parsed(raw: bytes) -> Json:
    try:
        body = json.loads(raw.decode("utf-8"))
    except ValueError as error:
        raise AnswerError(f"The answer is no JSON ({error}).") from error
    if not isinstance(body, dict):
        raise AnswerError("The answer is JSON, but no object.")
    return body


def _text(item: Json) -> str:
    if not item.get("text"):
        raise AnswerError("auto_complete.items has an item without a text.")
    return str(item["text"])


def _straight(name: str, body: Json) -> Json:
    problems: list[tuple[str, str]] = []
    straight: Json = markup().check(name, body, "", problems)
    if problems:
        raise AnswerError(f"The answer is no {name.strip('_')}: {problems[0][1]}")
    if name == "GetAutocompletionResponse" and "autoComplete" not in straight:
        raise AnswerError("An autocompletion is answered with autoComplete.items.")
    return straight


def _authorization(body: Json, allowed: Allowed) -> Json:
    straight = _straight("AuthorizationError", body)
    if len(straight) != 1:
        raise AnswerError(f"The answer asks in more than one way: {', '.join(straight)}. Ask in one.")
    if "customAuthorizationPrompt" in straight:
        return _rendered(straight["customAuthorizationPrompt"], allowed)
    if "basicAuthorizationPrompt" in straight:
        prompt = straight["basicAuthorizationPrompt"]
        url = prompt.get("authorizationUrl", "")
        if link_problem(url, [url]):
            raise AnswerError("basic_authorization_prompt.authorization_url must be a whole https address.")
        return {"kind": "signIn", "url": opened(url), "resource": prompt.get("resource", "")}
    asked = straight["requestingGoogleScopes"]
    scopes = allowed.scopes if asked.get("allScopes") else asked.get("scopes", [])
    if not scopes or ("scopes" in asked and asked.get("allScopes")):
        raise AnswerError("requesting_google_scopes holds scopes, or allScopes with true.")
    strange = [scope for scope in scopes if scope not in allowed.scopes]
    if strange:
        raise AnswerError(f"The scope {strange[0]} is not in the manifest. Add it to oauthScopes and deploy again.")
    return {"kind": "scopes", "scopes": scopes}


def _rendered(rendered: Json, allowed: Allowed) -> Json:
    action = rendered.get("action", {})
    if "linkPreview" in action:
        raise AnswerError("link_preview answers a link preview alone.")
    out: Json = {"kind": "render", "navigations": [], "notes": []}
    for number, move in enumerate(action.get("navigations", [])):
        out["navigations"].append(_move(move, f"navigations[{number}]", allowed, out["notes"]))
    if "notification" in action:
        if not action["notification"].get("text"):
            raise AnswerError("notification.text is required.")
        out["notification"] = action["notification"]["text"]
    links = [*([action["link"]] if "link" in action else []), *action.get("links", [])]
    if links:
        out["link"] = _link(links[0], allowed)
    asked = rendered.get("hostAppAction", {})
    if asked:
        editor = asked.get("editorAction", {})
        if set(asked) != {"editorAction"} or "requestFileScopeForActiveDocument" not in editor:
            raise AnswerError("The local workspace plays one host_app_action: requestFileScopeForActiveDocument.")
        if allowed.host == "CALENDAR":
            raise AnswerError("editor_action is for editors; the calendar has no active document.")
        out["fileScope"] = True
    return out


def _move(move: Json, path: str, allowed: Allowed, notes: list[str]) -> Json:
    held = [name for name in _MOVES if name in move]
    if len(held) != 1:
        raise AnswerError(f"{path} holds {' and '.join(held) or 'nothing'}; it holds one of {', '.join(_MOVES)}.")
    name = held[0]
    if name not in ("pushCard", "updateCard"):
        if not move[name]:
            raise AnswerError(f"{path}.{name} is empty.")
        return {name: move[name]}
    return {name: _card(move[name], f"{path}.{name}", allowed, notes)}


def _card(card: Json, path: str, allowed: Allowed, notes: list[str]) -> Json:
    problems = problems_of(card, path, allowed.prefixes)
    if problems:
        raise AnswerError(problems[0])
    shown, more = drawn(card, path)
    notes += more
    return shown


def _link(link: Json, allowed: Allowed) -> Json:
    url = link.get("url", "")
    why = link_problem(url, allowed.prefixes)
    if why:
        raise AnswerError(f"action.link.url cannot be opened: {why}.")
    return {**link, "url": opened(url)}


def _preview(rendered: Json, allowed: Allowed) -> Json:
    preview = rendered.get("action", {}).get("linkPreview")
    if not preview:
        raise AnswerError("A link preview is answered with action.link_preview.")
    notes: list[str] = []
    card = preview.get("previewCard")
    if card is not None:
        card = _card(card, "link_preview.preview_card", allowed, notes)
    title = preview.get("title") or (card or {}).get("header", {}).get("title", "")
    if not title:
        raise AnswerError("link_preview has neither a title nor a card with a header.")
    hover = preview.get("linkPreviewTitle") or title
    return {"kind": "preview", "title": title, "hover": hover, "card": card, "notes": notes}
