"""How every HTTP request to Google is made: the engine of the one door (`sync.google.door`).

A `Session` is google-auth's session. What it adds: time-outs always (gspread switches google-auth's off), a
deadline for the whole call, retries that end, the classifier of `classify`, the quota, gzip both ways, and a
counter. `repeatable` decides what happens when nobody knows whether a call was done: a read is made again, a
write raises `OutcomeUnknownError` and the caller looks first.
"""

from __future__ import annotations

import gzip
import json as jsonlib
import logging
import random
import time
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import AuthorizedSession
from google.auth.transport.requests import Request as AuthRequest

import sync
from sync.clock import utc_now
from sync.google import classify, trouble
from sync.google.endpoints import Endpoints
from sync.google.errors import GoogleBusyError
from sync.google.limits import Counter, Hooks, Limits
from sync.google.quota import Quota, Quotas

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping, Sequence
    from datetime import datetime, timedelta

    from google.auth.credentials import Credentials

_LOG = logging.getLogger(__name__)
_GZIP_FROM = 1024
_CHUNK = 1 << 16
_QUOTAS = Quotas()

_READING_POSTS = (":getByDataFilter", ":batchGetByDataFilter", ":search", ":query", "/calendar/v3/freeBusy")
"""Methods that are POST only because their question is long; Google counts them as reads."""


class _SignInRequest(AuthRequest):
    """How google-auth fetches tokens: to the endpoints of the door only, and counted."""

    def __init__(self, session: requests.Session, endpoints: Endpoints, counter: Counter) -> None:
        super().__init__(session)
        self._endpoints = endpoints
        self._counter = counter

    def __call__(self, url: str, *args: Any, **kwargs: Any) -> Any:
        self._counter.sign_ins += 1
        call: Callable[..., Any] = super().__call__
        # With a stand-in for Google nothing goes elsewhere. Otherwise a keyless identity may come from its
        # machine (the metadata server) or from another provider, and that is asked without a token of ours.
        url = url if self._endpoints.base_url is None else self._endpoints.localise(url)
        return call(url, *args, allow_redirects=False, **kwargs)


class Session(AuthorizedSession):
    """A session with Google that times out, retries what may be retried, counts, and says what went wrong.

    Args:
        credentials: of google-auth (see `sync.google.credentials`).
        base_url: a server that stands in for Google; None for Google itself.
        limits: time-outs, deadline and quota.
        clock: seconds on a clock that never goes back.
        sleep: waits that many seconds.
        jitter: gives a number from 0 to 1; the wait before a retry is that share of the longest allowed one.
        now: the time of day, for the comparison with Google's clock.
    """

    hooks: Hooks

    def __init__(
        self,
        credentials: Credentials,
        *,
        base_url: str | None = None,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        jitter: Callable[[], float] = random.random,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.endpoints = Endpoints(base_url)
        self.limits = limits or Limits()
        self.counter = Counter()
        self.account = account_of(credentials)
        self.clock_skew: timedelta | None = None
        """Our clock minus Google's at the last answer (to a second or two); None before the first."""
        self._clock, self._sleep, self._jitter, self._now = clock, sleep, jitter, now
        self._gzip = True
        self._gzip_taken = False
        sign_in_session = requests.Session()
        start: Callable[..., None] = super().__init__
        start(
            credentials,
            # A 401 is handled in our own loop: google-auth would call `request` again from inside itself.
            refresh_status_codes=(),
            auth_request=_SignInRequest(sign_in_session, self.endpoints, self.counter),
        )
        self.hooks = Hooks()
        # An entry for the host in ~/.netrc would otherwise replace our bearer token.
        self.auth = lambda prepared: prepared
        # Google compresses its answers only for clients that say "gzip" in both headers.
        self.headers.update({"User-Agent": f"sensync/{sync.__version__} (gzip)", "Accept-Encoding": "gzip"})

    def call(
        self,
        method: str,
        url: str,
        params: Sequence[tuple[str, str]] = (),
        body: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
        deadline: float | None = None,
    ) -> dict[str, Any]:
        """One call of an API that speaks JSON; {} for an answer without a body. Raises as `request` does."""
        _, parsed = self._exchange(
            method,
            url,
            params=[*params, ("prettyPrint", "false")],
            json=body,
            headers=headers,
            repeatable=repeatable,
            deadline=deadline,
        )
        return parsed if isinstance(parsed, dict) else {}

    def call_batch(self, url: str, content_type: str, body: bytes, *, places: int) -> requests.Response:
        """One request that carries `places` calls, each of which may be made twice without harm."""
        answer, _ = self._exchange(
            "POST", url, data=body, headers={"Content-Type": content_type}, repeatable=True, places=places
        )
        return answer

    def pause(self, why: str, tries: int, least: float | None = None) -> None:
        """Waits before a part of a batch is asked for again: as long as before a whole call's `tries`-th retry."""
        self.counter.retries += 1
        self._rest(why, self._wait(tries, least))

    # The session's own entry, used by gspread and googleapiclient

    def request(  # type: ignore[override]
        self,
        method: str,
        url: str,
        data: Any = None,
        headers: Mapping[str, str | bytes] | None = None,
        *,
        max_allowed_time: float | None = None,
        timeout: Any = None,  # noqa: ARG002 - see below
        repeatable: bool | None = None,
        **kwargs: Any,
    ) -> requests.Response:
        """One call, with all its tries; a returned answer has a status below 300 (or is a 304).

        Args:
            method: GET, POST, ...
            url: Google's address, or one below `base_url`.
            data: the body as bytes or text; or give `json=`.
            headers: further headers.
            max_allowed_time: seconds for the whole call, if fewer than `limits.deadline`.
            timeout: ignored, because gspread passes None here, which would mean "wait for ever".
            repeatable: whether the call may be made twice without harm; by default only GET and HEAD may.
            **kwargs: `json` and `params`, as `requests` knows them.

        Raises:
            GoogleBusyError: nothing was done; Google is busy or cannot be reached, and the deadline is over.
            OutcomeUnknownError: a call that is not repeatable was sent and no sound answer came.
            GoogleNeedsPersonError: credential, permission, quota or sharing must be mended.
            GoogleRefusedRequestError: the request is wrong as it stands.
        """
        answer, _ = self._exchange(
            method,
            url,
            data=data,
            headers=headers,
            deadline=max_allowed_time,
            repeatable=repeatable,
            json=kwargs.get("json"),
            params=kwargs.get("params"),
            files=kwargs.get("files"),
        )
        return answer

    def _exchange(
        self,
        method: str,
        url: str,
        *,
        params: Any = None,
        data: Any = None,
        json: Any = None,
        headers: Mapping[str, str | bytes] | None = None,
        files: Any = None,
        deadline: float | None = None,
        repeatable: bool | None = None,
        places: int = 1,
    ) -> tuple[requests.Response, Any]:
        """Makes the call until it is answered, refused or out of time; gives the answer and its JSON."""
        method = method.upper()
        url = self.endpoints.localise(url)
        reads = _is_read(method, url)
        if repeatable is None:
            repeatable = reads
        service = self.endpoints.service(url)
        sent_headers: dict[str, str | bytes] = dict(headers or {})
        if json is not None:
            data = jsonlib.dumps(json, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
            sent_headers["Content-Type"] = "application/json; charset=utf-8"
        end = self._clock() + min(deadline or self.limits.deadline, self.limits.deadline)
        tries = 0
        signed_in_again = False
        while True:
            self._wait_for_quota(url, service, end, reads=reads, places=places)
            body, packed = self._pack(data, sent_headers)
            tries += 1
            verdict: classify.Verdict
            try:
                answer = self._send(
                    method, url, end, params=params, data=body, headers=packed, files=files, reads=reads
                )
            except (requests.RequestException, GoogleAuthError) as error:
                verdict = trouble.judge_exception(error, repeatable=repeatable, service=service)
                cause: BaseException | None = error
            else:
                cause = None
                compressed = "Content-Encoding" in packed and "Content-Encoding" not in sent_headers
                if answer.status_code < HTTPStatus.MULTIPLE_CHOICES or answer.status_code == HTTPStatus.NOT_MODIFIED:
                    self._gzip_taken = self._gzip_taken or compressed
                    sound, parsed = _read_json(answer, url)
                    if sound:
                        return answer, parsed
                    verdict = trouble.judge_unsound(answer, repeatable=repeatable, service=service)
                elif compressed and not self._gzip_taken and answer.status_code in _GZIP_REFUSALS:
                    # A server that cannot unpack says 400 or 415, as it would to any body it cannot read:
                    # ask once more in plain. That it answers at all shows that nothing was done.
                    self._gzip = False
                    continue
                elif answer.status_code == HTTPStatus.UNAUTHORIZED and not signed_in_again:
                    # The token ran out on the way or was withdrawn; one new one is worth a try.
                    signed_in_again = True
                    self._sign_in_again(service, end)
                    continue
                else:
                    verdict = classify.judge(
                        answer.status_code,
                        answer.headers,
                        answer.content,
                        repeatable=repeatable,
                        service=service,
                        account=self.account,
                    )
            self._wait_or_raise(verdict, tries, end, cause)

    def _wait_or_raise(self, verdict: classify.Verdict, tries: int, end: float, cause: BaseException | None) -> None:
        if not verdict.again:
            raise verdict.error from cause
        wait = self._wait(tries, verdict.wait)
        if self._clock() + wait >= end:
            raise verdict.error from cause
        self.counter.retries += 1
        self._rest(str(verdict.error), wait)

    def _wait(self, tries: int, least: float | None) -> float:
        ceiling = min(self.limits.longest_wait, self.limits.first_wait * 2.0 ** (tries - 1))
        # Full jitter, so that schools that were refused together do not come back together; what Google
        # asks for comes first, and the jitter on top of it.
        return (least or 0.0) + ceiling * self._jitter()

    def _wait_for_quota(self, url: str, service: str, end: float, *, reads: bool, places: int) -> None:
        kind, per_minute = self._quota_of(url, reads=reads)
        if per_minute is None:
            return
        quota = self._quota(kind, per_minute)
        wait = quota.take(longest_wait=end - self._clock(), places=places)
        if wait is None:
            raise GoogleBusyError(
                f"{service} allows {per_minute} {kind}s a minute, and more wait.",
                next_step="Run again in a few minutes, or run fewer schools with one account.",
            )
        if wait > 0:
            self._rest(f"{service} allows {per_minute} {kind}s a minute.", wait)

    def _quota(self, kind: str, per_minute: int) -> Quota:
        return _QUOTAS.of(f"{self.endpoints.base_url} {self.account}", kind, per_minute, self._clock)

    def room(self, url: str, *, keep: float = 0.0) -> int | None:
        """How many calls that write to this address could be made at once, without waiting for our quota.

        Args:
            url: as for `request`.
            keep: the share of a minute's calls that is to stay free for others.

        Returns:
            None where no quota is set.
        """
        kind, per_minute = self._quota_of(self.endpoints.localise(url), reads=False)
        if per_minute is None:
            return None
        return max(0, self._quota(kind, per_minute).free() - int(per_minute * keep))

    def _quota_of(self, url: str, *, reads: bool) -> tuple[str, int | None]:
        """What is counted together, in a word that takes an s, and how many are allowed in a minute."""
        endpoints, limits = self.endpoints, self.limits
        if url.startswith(endpoints.sheets):
            return ("read", limits.reads_per_minute) if reads else ("write", limits.writes_per_minute)
        if url.startswith((endpoints.calendar, endpoints.calendar_batch)):
            return "call", limits.calendar_per_minute
        if url.startswith(endpoints.gmail):
            return "mail", limits.mails_per_minute
        return "call", None

    def _rest(self, why: str, seconds: float) -> None:
        _LOG.info("%s Going on in %.0f s.", why, seconds)
        for tell in self.hooks.waiting:
            tell(why, seconds)
        self._sleep(seconds)

    def _pack(self, data: Any, headers: Mapping[str, str | bytes]) -> tuple[Any, dict[str, str | bytes]]:
        """The body and headers as they go out: JSON of more than a kilobyte is compressed."""
        packed = dict(headers)
        body = data.encode() if isinstance(data, str) else data
        kind = str(next((value for name, value in headers.items() if name.lower() == "content-type"), ""))
        is_json = isinstance(body, bytes) and kind.startswith("application/json")
        if self._gzip and is_json and len(body) > _GZIP_FROM and "Content-Encoding" not in packed:
            packed["Content-Encoding"] = "gzip"
            body = gzip.compress(body, compresslevel=6, mtime=0)
        return body, packed

    def _send(
        self,
        method: str,
        url: str,
        end: float,
        *,
        params: Any,
        data: Any,
        headers: MutableMapping[str, str | bytes],
        files: Any,
        reads: bool,
    ) -> requests.Response:
        """One try: sends, reads the whole answer, counts. The read time-out is a socket's, `end` is ours."""
        left = max(0.1, end - self._clock())
        self.counter.requests += 1
        self.counter.reads += reads
        self.counter.writes += not reads
        self.counter.bytes_sent += len(data) if isinstance(data, bytes) else 0
        for before in self.hooks.before:
            before(method, url)
        answer: requests.Response | None = None
        try:
            send: Callable[..., requests.Response] = super().request
            answer = send(
                method,
                url,
                data=data,
                headers=headers,
                params=params,
                files=files,
                timeout=(min(self.limits.connect, left), min(self.limits.read, left)),
                stream=True,
                allow_redirects=False,
            )
            self._read_body(answer, end)
        finally:
            for after in self.hooks.after:
                after(method, url, None if answer is None else answer.status_code)
        return answer

    def _read_body(self, answer: requests.Response, end: float) -> None:
        chunks = []
        try:
            for chunk in answer.iter_content(_CHUNK):
                chunks.append(chunk)
                if self._clock() > end:
                    # A server that drips a byte at a time never trips the socket's time-out.
                    raise requests.ReadTimeout("the answer took longer than the deadline")
        finally:
            self.counter.bytes_received += answer.raw.tell()
            answer.close()
        # What `Response.content` would have set, had it read the stream itself.
        answer._content = b"".join(chunks)  # noqa: SLF001
        self._compare_clocks(answer.headers.get("Date"))

    def _compare_clocks(self, date: str | None) -> None:
        try:
            theirs = parsedate_to_datetime(date or "")
        except (TypeError, ValueError):
            return
        if theirs.tzinfo is not None:
            self.clock_skew = self._now() - theirs

    def _sign_in_again(self, service: str, end: float) -> None:
        left = max(0.1, end - self._clock())
        try:
            self.credentials.refresh(
                lambda *args, **kwargs: self._auth_request(
                    *args,
                    **{**kwargs, "timeout": (min(self.limits.connect, left), min(self.limits.read, left))},
                )
            )
        except GoogleAuthError as error:
            verdict = trouble.judge_exception(error, repeatable=False, service=service)
            raise verdict.error from error


_GZIP_REFUSALS = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNSUPPORTED_MEDIA_TYPE})


def account_of(credentials: Any) -> str:
    """Whom Google takes these credentials for: an address to share with, or words where we cannot know."""
    for name in ("_subject", "service_account_email", "account"):
        value = getattr(credentials, name, None)
        if isinstance(value, str) and "@" in value:
            return value
    return "the account of this credential"


def _is_read(method: str, url: str) -> bool:
    return method in {"GET", "HEAD"} or (method == "POST" and urlsplit(url).path.endswith(_READING_POSTS))


def _read_json(answer: requests.Response, url: str) -> tuple[bool, Any]:
    """Whether a good answer is whole, and its JSON. One without a body, or of a file, is taken as it is."""
    if answer.status_code in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
        return True, None
    asked = str(answer.request.url) if answer.request is not None else url
    if "alt=media" in asked or "/export" in asked or "/batch" in urlsplit(asked).path:
        return True, None
    try:
        return True, jsonlib.loads(answer.content)
    except ValueError:
        return False, None
