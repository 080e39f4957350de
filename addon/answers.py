"""The answers that the HTTP runtime takes, in their strict forms.

A trigger (a home page, an event that was opened, file access that was granted) is answered by RenderActions, a button
by SubmitFormResponse, typing by GetAutocompletionResponse. Other shapes that Google's parser lets pass are not used.
(developers.google.com/workspace/add-ons/reference/rpc/google.apps.card.v1)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

Json = dict[str, Any]

MOST_SUGGESTIONS = 10


def opened(card: Json) -> Json:
    """A trigger: this card is shown."""
    return {"action": {"navigations": [{"pushCard": card}]}}


def shown(card: Json, notice: str = "") -> Json:
    """A button: this card is put upon the one with the button; the arrow leads back."""
    return _submitted({"navigations": [{"pushCard": card}]}, notice)


def refreshed(card: Json, notice: str = "") -> Json:
    """A button: this card takes the place of the one with the button."""
    return _submitted({"navigations": [{"updateCard": card}]}, notice)


def told(notice: str) -> Json:
    """A button: a line at the foot; the card stays."""
    return _submitted({}, notice)


def _submitted(action: Json, notice: str) -> Json:
    return {"renderActions": {"action": {**action, **({"notification": {"text": notice}} if notice else {})}}}


def suggestions(texts: Iterable[str]) -> Json:
    """Typing: what may be meant."""
    return {"autoComplete": {"items": [{"text": text} for text in list(texts)[:MOST_SUGGESTIONS]]}}


def preview(title: str, card: Json) -> Json:
    """A link in a document: it becomes a chip with this title, which is written into the document, and this card."""
    return {"action": {"linkPreview": {"title": title, "previewCard": card}}}


def ask_for_file() -> Json:
    """A button: Google asks the person to let the add-on see the open file, and then calls us."""
    return {"renderActions": {"hostAppAction": {"editorAction": {"requestFileScopeForActiveDocument": {}}}}}


def ask_for_scopes(scopes: Iterable[str]) -> Json:
    """Anything: Google asks the person to agree to these, and then calls us again with the same."""
    return {"requestingGoogleScopes": {"scopes": list(scopes)}}
