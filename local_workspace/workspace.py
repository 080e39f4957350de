"""A Google Workspace on loopback: accounts, files, spreadsheets, and the server that answers for them."""

from __future__ import annotations

import copy
import datetime as dt
import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

from .accounts import Account, make_key
from .addons.state import Addons
from .calendar.state import Calendars
from .drive.files import SPREADSHEET, File, make_permission
from .forms.state import Forms
from .history import Histories
from .http.server import Server
from .http.weather import Fault, Weather
from .http.wire import ApiError, Logged, Request, Response
from .mail.state import Mail
from .pubsub.state import PubSub
from .sheets.change import Change
from .sheets.engine import Engine
from .sheets.model import Sheet, Spreadsheet
from .sheets.mutations import MUTATIONS, build
from .sheets.persist import dump_book, dump_sheet, load_book
from .store import Entry, Store
from .tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

    from .http.resumable import Upload

Json = dict[str, Any]
Hook = Callable[[str, Request, Response | None], None]
"""Called as hook("before", request, None) and hook("after", request, response), with no lock held."""

ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
FILE_ID_LENGTH = 44


class LocalWorkspace:
    """A workspace, started and stopped like a server; also a context manager.

    Args:
        state: the file that keeps everything; None keeps it in memory.
        accounts: e-mails, or (e-mail, name) pairs; the first is the main account.
        clock: gives the present instant, with a time zone; None for the machine's.
        port: 0 for a free one.
        token: a bearer token that acts as the main account.
        seed: of the weather.
    """

    def __init__(
        self,
        state: Path | None = None,
        accounts: Iterable[str | tuple[str, str]] = (),
        *,
        clock: Callable[[], dt.datetime] | None = None,
        port: int = 0,
        token: str | None = None,
        seed: int | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self.state = state
        self.lock = threading.RLock()
        self.clock = clock or (lambda: dt.datetime.now(dt.UTC))
        self.hooks: list[Hook] = []
        self.requests: deque[Logged] = deque(maxlen=1_000_000)
        self.weather = Weather(seed=seed or 0)
        self.accounts: dict[str, Account] = {}
        self.files: dict[str, File] = {}
        self.books: dict[str, Spreadsheet] = {}
        self.domain = ""
        self.changes: dict[str, tuple[int, dt.datetime]] = {}
        """File id -> (number of its latest change, when), for changes.list."""
        self.change_count = 0
        self.deleted: dict[str, File] = {}
        """Records of files that are gone for good: only who could see them hears that they went."""
        self.uploads: dict[str, Upload] = {}
        """Resumable uploads by the id of their session."""
        self.histories = Histories()
        self._engines: dict[str, Engine] = {}
        self._roots: dict[str, str] = {}
        self._host, self._port, self._token = host, port, token
        self._server: Server | None = None
        self._thread: threading.Thread | None = None
        self._moment: dt.datetime | None = None
        self._store: Store | None = None
        self.tokens = Tokens(self)
        self.calendars = Calendars(self)
        self.mail = Mail(self)
        self.forms = Forms(self)
        self.pubsub = PubSub(self)
        self.addons = Addons(self)
        self._parts = (self.calendars, self.mail, self.forms, self.pubsub, self.addons)
        if state is not None:
            self._load(Store(state))
        for entry in accounts:
            email, name = entry if isinstance(entry, tuple) else (entry, "")
            self.add_account(email, name)

    # ---- life

    def start(self) -> Self:
        """Listen. The base URL is known from here on."""
        if self._server is None:
            self._server = Server((self._host, self._port), self)
            self._port = self._server.server_port
            self._thread = threading.Thread(
                target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
            )
            self._thread.start()
            with self.lock:
                self.forms.start()
                self.pubsub.start()
        return self

    def close(self) -> None:
        """Stop listening, cut what is connected, and let go of the state file."""
        if self._server is None:
            return
        self._server.shutdown()
        self._server.server_close()
        for connection in list(self._server.open_sockets):
            connection.close()
        self._server = None
        self.calendars.close()
        with self.lock:
            self.forms.close()
            self.pubsub.close()
            if self._store is not None:
                self._store.close()
                self._store = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def base_url(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://{self._host}:{self._port}"

    def now(self) -> dt.datetime:
        """The present instant by the workspace's clock; in a replay of the journal, the entry's."""
        return self._moment or self.clock() + dt.timedelta(seconds=self.weather.skew)

    def _load(self, store: Store) -> None:
        """Take up where the state file left off."""
        for email, body in store.things("account"):
            self.accounts[email] = Account(**body)
        self.tokens.load(store)
        for email, body in store.things("root"):
            self._roots[email] = body["id"]
        for file_id, body in store.things("file"):
            self.files[file_id] = File.load(body)
        for part in self._parts:
            part.load(store)
        for body in store.books():
            self.books[body["id"]] = load_book(body)
        for entry in store.entries():
            self._replay(entry)
        self._moment = None
        # Change numbers go by the clock across restarts, so that an old token never hides a new change.
        self.change_count = int(self.now().timestamp())
        for file in self.files.values():
            self.changes[file.id] = (int(file.modified.timestamp()), file.modified)
        if self._token and self.accounts:
            self.tokens.give(self._token, next(iter(self.accounts)))
        self._store = store

    def _replay(self, entry: Entry) -> None:
        file, book = self.files[entry.file_id], self.books[entry.file_id]
        self._moment = dt.datetime.fromisoformat(entry.body["now"])
        change = self._change(book.fork(), entry.body["actor"], owner=entry.body["owner"])
        MUTATIONS[entry.body["kind"]](change, entry.body["args"])
        self.books[file.id] = change.book
        if entry.seq > file.seq:
            self._follow(file, change)

    @property
    def store(self) -> Store | None:
        """The state file, None while there is none."""
        return self._store

    def _save(self, file: File) -> None:
        if self._store is not None:
            file.seq = self._store.seq
            self._store.put("file", file.id, file.dump())

    def _save_book(self, book: Spreadsheet) -> None:
        if self._store is not None:
            self._store.snapshot(book.id, dump_book(book))

    def save_account(self, account: Account) -> None:
        """Keep an account in the state file."""
        if self._store is not None:
            self._store.put("account", account.email, asdict(account))

    def reset(self) -> None:
        """Forget all but accounts and tokens: files, calendars, mail, forms, add-ons, faults, hooks, requests."""
        with self.lock:
            for file in list(self.files.values()):
                self.delete_file(file)
            for part in self._parts:
                part.reset()
            self.hooks.clear()
            self.requests.clear()
            self.weather = Weather(seed=self.weather.seed)

    # ---- accounts

    def add_account(self, email: str, name: str = "") -> Account:
        """Add somebody; gives the account there is when the e-mail is known."""
        known = self.accounts.get(email)
        if known is not None:
            return known
        account = Account(email, name or email.partition("@")[0].replace(".", " ").title())
        account.refresh_token = f"1//0{secrets.token_urlsafe(32)}"
        first = not self.accounts
        self.accounts[email] = account
        if first and self._token:
            self.tokens.give(self._token, email)
        self.save_account(account)
        return account

    def name_of(self, email: str) -> str:
        """The display name for an address."""
        account = self.accounts.get(email)
        return account.name if account is not None else email.partition("@")[0]

    def token_for(self, email: str) -> str:
        """A bearer token for an account that does not expire.

        Raises:
            KeyError: there is no such account.
        """
        return self.tokens.issue(self.accounts[email].email)

    def service_account_key(self, email: str, subject_allowed: Iterable[str] | None = ()) -> Json:
        """A key file for a service account, which is added when it is new.

        Args:
            email: `name@project.iam.gserviceaccount.com`.
            subject_allowed: whom it may act as; None for everybody.
        """
        account = self.add_account(email)
        key, public = make_key(email, self.base_url)
        account.public_key, account.key_id = public, key["private_key_id"]
        account.subjects = None if subject_allowed is None else list(subject_allowed)
        self.save_account(account)
        return key

    # ---- files

    def new_id(self, length: int = FILE_ID_LENGTH) -> str:
        """An id of the form that Drive gives files."""
        return "1" + "".join(secrets.choice(ID_LETTERS) for _ in range(length - 1))

    def root_of(self, email: str) -> str:
        """The id of somebody's My Drive."""
        if email not in self._roots:
            self._roots[email] = "0A" + "".join(secrets.choice(ID_LETTERS) for _ in range(15)) + "VA"
            if self._store is not None:
                self._store.put("root", email, {"id": self._roots[email]})
        return self._roots[email]

    def create_file(self, owner: str, name: str, mime_type: str, content: bytes | None, file_id: str = "") -> File:
        """A new file in somebody's My Drive."""
        now = self.now()
        permission = make_permission("user", "owner", owner, self.name_of(owner))
        file = File(file_id or self.new_id(), name, mime_type, owner, now, now, owner, [permission], content=content)
        file.parents = [self.root_of(owner)]
        self._save(file)
        self.files[file.id] = file
        self._note(file)
        return file

    def _note(self, file: File) -> None:
        self.change_count += 1
        self.changes[file.id] = (self.change_count, file.modified)

    def touch(self, file: File, editor: str) -> None:
        """Note that somebody changed a file, and keep its record."""
        file.modified = self.now()
        file.last_editor = editor
        self.note_change(file)

    def keep(self, file: File) -> None:
        """Keep a file's record after something that is no change to anybody else, such as a star."""
        self._save(file)

    def note_change(self, file: File) -> None:
        """Note a change that modifies nothing in the file, such as sharing it or commenting on it."""
        file.version += 1
        self._note(file)
        self._save(file)

    def rename_file(self, file: File, name: str, editor: str) -> None:
        """A spreadsheet's title and its file's name are one thing."""
        book = self.books.get(file.id)
        if book is not None and book.props["title"] != name:
            request = {"properties": {"title": name}, "fields": "title"}
            self.mutate(file.id, editor, "batchUpdate", {"requests": [{"updateSpreadsheetProperties": request}]})
        file.name = name

    def delete_file(self, file: File) -> None:
        """Delete a file for good."""
        file.modified = self.now()
        self._note(file)
        self.files.pop(file.id, None)
        self.deleted[file.id] = file
        self.books.pop(file.id, None)
        self.forms.forget(file.id)
        self.histories.forget(file.id)
        self._engines.pop(file.id, None)
        if self._store is not None:
            self._store.forget(file.id)

    def copy_file(self, file: File, owner: str, name: str, file_id: str = "") -> File:
        """A copy in somebody's My Drive; a spreadsheet keeps its developer metadata and their ids."""
        new = self.create_file(owner, name, file.mime_type, file.content, file_id)
        new.description = file.description
        new.properties, new.app_properties = dict(file.properties), dict(file.app_properties)
        book = self.books.get(file.id)
        if book is not None:
            draft = book.fork()
            draft.id, draft.revision = new.id, 0
            draft.props = {**draft.props, "title": name}
            self.books[new.id] = draft
            self._save_book(draft)
        self.forms.copied(file.id, new)
        return new

    def share(self, file_id: str, permission: Json) -> None:
        """Share a file: `{"type": "user", "role": "writer", "emailAddress": …, "view": "published" or nothing}`."""
        file = self.files[file_id]
        kind = permission.get("type", "user")
        address = permission.get("emailAddress") or permission.get("domain", "")
        new = make_permission(kind, permission["role"], address, self.name_of(address))
        if permission.get("view"):
            new["view"] = permission["view"]
        key = (new["id"], new.get("view"))
        file.permissions = [item for item in file.permissions if (item["id"], item.get("view")) != key] + [new]
        self.note_change(file)

    # ---- spreadsheets

    def engine(self, file_id: str) -> Engine:
        """The calculation of a spreadsheet."""
        engine = self._engines.get(file_id)
        if engine is None:
            engine = self._engines[file_id] = Engine(self.now)
        return engine

    def book(self, file_id: str, account: str, *, write: bool = False) -> Spreadsheet:
        """A spreadsheet for an account.

        Raises:
            ApiError: 404 when there is none, 403 when it is not shared with the account (recorded).
        """
        file = self.files.get(file_id)
        book = self.books.get(file_id)
        if file is None or book is None:
            raise ApiError(404, "Requested entity was not found.")
        if not (file.may_write(account) if write else file.may_read(account)):
            raise ApiError(403, "The caller does not have permission")
        return book

    def _change(self, book: Spreadsheet, account: str, owner: bool) -> Change:
        now = self.now().astimezone(ZoneInfo(book.time_zone))
        return Change(book, self.engine(book.id), account, owner, now)

    def create_spreadsheet(self, owner: str, body: Json, file_id: str = "") -> Spreadsheet:
        """A new spreadsheet from a Spreadsheet resource; service accounts have no room for one.

        Raises:
            ApiError: 400 for what cannot be, 403 for a service account.
        """
        if self.accounts[owner].is_service:
            raise ApiError(403, "The caller does not have permission")
        with self.lock:
            book = Spreadsheet(file_id or self.new_id(), {})
            build(self._change(book, owner, owner=True), body)
            self._save_book(book)
            self.books[book.id] = book
            self.create_file(owner, str(book.props["title"]), SPREADSHEET, None, book.id)
            return book

    def mutate(
        self,
        file_id: str,
        account: str,
        kind: str,
        args: Json,
        check: Callable[[Spreadsheet], object] | None = None,
    ) -> Any:
        """Change a spreadsheet: all of it or, when anything is refused, nothing.

        Args:
            file_id: of the spreadsheet.
            account: who changes it.
            kind: one of `MUTATIONS`.
            args: what that kind takes, as JSON.
            check: shown the changed spreadsheet before it counts; what it raises refuses the change.

        Raises:
            ApiError: what was refused.
        """
        with self.lock:
            book = self.book(file_id, account, write=True)
            file = self.files[file_id]
            change = self._change(book.fork(), account, owner=file.owner == account)
            result = MUTATIONS[kind](change, args)
            if check is not None:
                check(change.book)
            # Kept first: a change that cannot be kept must not be seen either.
            due = self._log(file_id, change, kind, args)
            self.books[file_id] = change.book
            self._follow(file, change)
            if due:
                self._save_book(change.book)
                self._save(file)
            return result

    def _log(self, file_id: str, change: Change, kind: str, args: Json) -> bool:
        """Keep a change in the journal; whether a snapshot is due."""
        if self._store is None:
            return False
        entry = {
            "kind": kind,
            "args": args,
            "actor": change.actor,
            "owner": change.owner,
            "now": change.now.isoformat(),
        }
        return self._store.log(file_id, entry)

    def turn_back(self, file_id: str, account: str, numbers: Sequence[int], *, again: bool) -> None:
        """Put back the value that a spreadsheet had before changes made on a page, or after them, as a new change.

        Args:
            file_id: of the spreadsheet.
            account: who asks.
            numbers: of the changes, in the order in which they were made.
            again: whether to do anew what was undone.

        Raises:
            ApiError: 404 or 403 for the file; 412 when another change stands between, or the changes are forgotten.
        """
        with self.lock:
            book, history = self.book(file_id, account, write=True), self.histories.of(file_id)
            value = history.value(book, numbers, again=again)
            if value is None:
                message = "Someone has changed the file since, or the workspace was started anew. Nothing was changed."
                raise ApiError(412, message, canonical="FAILED_PRECONDITION")
            file = self.files[file_id]
            change = self._change(value.fork(), account, owner=file.owner == account)
            change.book.revision = book.revision + 1
            self.books[file_id] = change.book
            history.moved(change.book, len(numbers), again=again)
            self._follow(file, change)
            # The record first: a new version of an old value is harmless, a new value under the old version is not.
            self._save(file)
            self._save_book(change.book)

    def _follow(self, file: File, change: Change) -> None:
        """The file's record follows its spreadsheet; the journal already says the same."""
        file.name = str(change.book.props["title"])
        file.version += 1
        file.modified = change.now
        file.last_editor = change.actor
        self._note(file)

    def copy_sheet(self, sheet: Sheet, target: str, account: str) -> Json:
        """Copy a tab into another spreadsheet; gives its properties there."""
        result: Json = self.mutate(target, account, "pasteSheet", {"sheet": dump_sheet(sheet)})
        return result

    # ---- weather and counting

    def fail(self, status: int = 503, **rule: Any) -> Fault:
        """Add a fault; see `Fault` for the rule's members. Gives it back so that it can be removed."""
        fault = Fault(status=status, **rule)
        self.weather.faults.append(fault)
        return fault

    def log_request(self, entry: Logged) -> None:
        """Note a request for those who count them."""
        self.requests.append(entry)

    def snapshot(self) -> dict[str, Spreadsheet]:
        """The spreadsheets as they stand; committed ones never change, so this costs nothing."""
        with self.lock:
            return copy.copy(self.books)
