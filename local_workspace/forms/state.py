"""The forms of a workspace and the answers to them."""

from __future__ import annotations

import datetime as dt
import secrets
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from local_workspace.http.wire import ApiError

from .model import FORM, Answered, Form
from .telling import Watching

if TYPE_CHECKING:
    from local_workspace.drive.files import File
    from local_workspace.store import Store
    from local_workspace.workspace import LocalWorkspace

Json = dict[str, Any]

KINDS = ("form", "answer")


class Forms:
    """Every form. Callers hold the workspace's lock."""

    def __init__(self, ws: LocalWorkspace) -> None:
        self._ws = ws
        self._forms: dict[str, Form] = {}
        self._answers: dict[str, dict[str, Answered]] = {}
        self._last = 0
        self.watching = Watching(ws)

    def load(self, store: Store) -> None:
        """Take up what the state file holds."""
        for form_id, body in store.things("form"):
            self._forms[form_id] = Form(**body)
        for _, body in store.things("answer"):
            row = Answered.load(body)
            self._answers.setdefault(row.form, {})[row.id] = row
            self._last = max(self._last, row.number)
        self.watching.load(store)

    def start(self) -> None:
        """Let the watches tell."""
        self.watching.start()

    def close(self) -> None:
        """Let the watches tell nothing more."""
        self.watching.close()

    def reset(self) -> None:
        """Forget every form and answer."""
        self._forms.clear()
        self._answers.clear()
        self.watching.reset()
        if self._ws.store is not None:
            for kind in KINDS:
                self._ws.store.clear(kind)

    # ---- forms

    def get(self, form_id: str) -> Form | None:
        """A form by the id of its file."""
        return self._forms.get(form_id)

    def public(self, public_id: str) -> Form | None:
        """A form by the id in the address that people are given."""
        return next((form for form in self._forms.values() if form.public == public_id), None)

    def create(self, owner: str, title: str, name: str = "", file_id: str = "", *, published: bool = False) -> Form:
        """A new form without questions, and its file.

        Raises:
            ApiError: 403 for a service account, which has no room for one.
        """
        if self._ws.accounts[owner].is_service:
            raise ApiError(403, "The caller does not have permission")
        with nullcontext() if self._ws.store is None else self._ws.store.together():
            file = self._ws.create_file(owner, name or "Untitled form", FORM, None, file_id)
            return self.made(Form(file.id, self._public_id(), title, published=published, accepting=published))

    def _public_id(self) -> str:
        return f"1FAIpQLS{secrets.token_urlsafe(36)}"

    def made(self, form: Form) -> Form:
        """Keep a new form whose file is there."""
        self._forms[form.id] = form
        self._save(form)
        return form

    def copied(self, source: str, file: File) -> None:
        """Give a copied file the form of the one it was copied from: unpublished, without answers."""
        form = self._forms.get(source)
        if form is not None:
            new = form.draft()
            new.id, new.public, new.revision = file.id, self._public_id(), 1
            new.published = new.accepting = False
            self.made(new)

    def _save(self, form: Form) -> None:
        if self._ws.store is not None:
            self._ws.store.put("form", form.id, form.dump())

    def commit(self, draft: Form, editor: str) -> None:
        """Let a changed form stand."""
        self._save(draft)
        changed = self._forms[draft.id].revision != draft.revision
        self._forms[draft.id] = draft
        if changed:
            self.watching.happened(draft.id, "SCHEMA")
        self._ws.touch(self._ws.files[draft.id], editor)

    def forget(self, form_id: str) -> None:
        """Forget a form whose file is gone, and its answers."""
        if self._forms.pop(form_id, None) is None:
            return
        rows = self._answers.pop(form_id, {})
        self.watching.forget(form_id)
        if self._ws.store is not None:
            self._ws.store.drop("form", form_id)
            for row in rows.values():
                self._ws.store.drop("answer", row.id)

    # ---- answers

    def answers(self, form_id: str) -> list[Answered]:
        """Everything that was sent with a form, what was sent first in front."""
        return sorted(self._answers.get(form_id, {}).values(), key=lambda row: row.number)

    def answer(self, form_id: str, response_id: str) -> Answered | None:
        """One of the answers to a form."""
        return self._answers.get(form_id, {}).get(response_id)

    def by_edit(self, form_id: str, secret: str) -> Answered | None:
        """The answer that a link to edit one leads to."""
        rows = self._answers.get(form_id, {}).values()
        return next((row for row in rows if secrets.compare_digest(row.edit.encode(), secret.encode())), None)

    def submit(self, form: Form, email: str, answers: dict[str, list[str]]) -> Answered:
        """Take a new answer; what it holds was checked before."""
        now = self._ws.now().astimezone(dt.UTC)
        created = now.replace(microsecond=now.microsecond // 1000 * 1000)
        self._last += 1
        row = Answered(
            form=form.id,
            id=f"ACYDBN{secrets.token_urlsafe(54)}",
            number=self._last,
            email=email,
            edit=secrets.token_urlsafe(32),
            created=created,
            submitted=now,
            answers=answers,
        )
        return self._keep(row)

    def edit(self, row: Answered, answers: dict[str, list[str]]) -> Answered:
        """Take an answer anew: its id and the time it was first sent stay."""
        return self._keep(replace(row, answers=answers, submitted=self._ws.now().astimezone(dt.UTC)))

    def _keep(self, row: Answered) -> Answered:
        if self._ws.store is not None:
            self._ws.store.put("answer", row.id, row.dump())
        self._answers.setdefault(row.form, {})[row.id] = row
        self.watching.happened(row.form, "RESPONSES")
        return row

    def drop(self, row: Answered) -> None:
        """Delete an answer for good."""
        self._answers.get(row.form, {}).pop(row.id, None)
        if self._ws.store is not None:
            self._ws.store.drop("answer", row.id)
