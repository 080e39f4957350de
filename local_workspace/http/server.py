"""The HTTP server: one thread a connection, keep-alive, no Nagle, and sockets that weather can cut."""

from __future__ import annotations

import gzip
import logging
import re
import socket
import struct
import time
import traceback
import zlib
from email.utils import formatdate
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from socketserver import StreamRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from local_workspace import accounts, pages
from local_workspace.addons import api as addons_api
from local_workspace.addons import control as addons_control
from local_workspace.calendar import api_calendars, api_events, api_rest
from local_workspace.drive import api as drive_api
from local_workspace.drive import comments as drive_comments
from local_workspace.drive import extras as drive_extras
from local_workspace.drive import permissions as drive_permissions
from local_workspace.drive import upload as drive_upload
from local_workspace.forms import api as forms_api
from local_workspace.forms import local as forms_local
from local_workspace.forms import responses as forms_responses
from local_workspace.forms import watches as forms_watches
from local_workspace.mail import api as mail_api
from local_workspace.mail import outbox
from local_workspace.pubsub import api as pubsub_api
from local_workspace.pubsub import identity as pubsub_identity
from local_workspace.sheets import api as sheets_api

from . import batch, control, schema
from .callers import authenticate, check_scopes, cookies_of
from .fields import select
from .legacy import listed
from .router import Route, Router
from .weather import Fault, When, fault_error
from .wire import ApiError, Logged, Request, Response, parse_query

if TYPE_CHECKING:
    from local_workspace.workspace import LocalWorkspace

log = logging.getLogger("local_workspace")

APIS: list[Any] = [
    sheets_api,
    drive_extras,
    drive_upload,
    drive_permissions,
    drive_comments,
    drive_api,
    api_events,
    api_calendars,
    api_rest,
    mail_api,
    outbox,
    forms_api,
    forms_responses,
    forms_local,
    forms_watches,
    pubsub_api,
    pubsub_identity,
    addons_api,
    addons_control,
    accounts,
    pages,
    control,
]
"""Every module with endpoints."""

API_PREFIXES = (
    "/v4/",
    "/drive/",
    "/upload/",
    "/batch",
    "/token",
    "/calendar/v3/",
    "/v1/",
    "/gmail/",
    "/revoke",
    "/oauth2/",
)
MASKED = ("sheets.", "calendar.", "gmail.", "forms.", "pubsub.")
"""The APIs whose answers are cut to the field mask here; Drive's handlers have defaults of their own."""
LISTING = ("/drive/", "/upload/drive/")
"""Paths whose refusals always have a list of errors; those of Calendar and Gmail are made with one."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
GZIP_FROM = 1000
GZIP_LEVEL = 6
"""zlib's own default, as servers commonly have it; at level 1 a workbook's answer is half as large again."""
MAX_BODY = 512 * 1024 * 1024


class Dropped(Exception):  # noqa: N818 - a cut connection is no error of ours
    """The weather cuts the connection."""


class Server(ThreadingHTTPServer):
    """The listening socket of one workspace."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], ws: LocalWorkspace) -> None:
        self.ws = ws
        self.router = Router([route for api in APIS for route in api.ROUTES])
        self.open_sockets: set[socket.socket] = set()
        super().__init__(address, Connection)

    def server_bind(self) -> None:
        """Bind without the reverse look-up of the host name that http.server makes."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def handle_error(self, _request: Any, _client: Any) -> None:
        """A connection that the other side cut is none of our business."""
        log.debug("connection ended: %s", traceback.format_exc(limit=1))


class Connection(StreamRequestHandler):
    """One connection: requests in turn until either side closes."""

    # Without this the kernel waits for the other side's delayed ACK: 40 ms a request on keep-alive.
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def setup(self) -> None:
        """Remember the socket, so that closing the workspace closes it."""
        super().setup()
        self.server.open_sockets.add(self.connection)

    def finish(self) -> None:
        """Forget the socket."""
        self.server.open_sockets.discard(self.connection)
        try:
            super().finish()
        except OSError:
            log.debug("the other side had gone")

    def handle(self) -> None:
        """Answer requests until the connection ends."""
        try:
            while self._one():
                pass
        except (OSError, Dropped):
            self._cut()

    def _cut(self) -> None:
        """Reset the connection, as a fault of the network does: no polite end."""
        try:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        except OSError:
            log.debug("the other side had gone")

    def _one(self) -> bool:
        line = self.rfile.readline(65537)
        if not line or not line.strip():
            return False
        try:
            method, target, version = line.decode("latin-1").split()
        except ValueError:
            self._send(Response(400, body=b"Bad request line\n", content_type="text/plain"), {}, close=True)
            return False
        headers: dict[str, str] = {}
        while True:
            raw = self.rfile.readline(65537)
            if raw in (b"\r\n", b"\n", b""):
                break
            name, _, value = raw.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        if headers.get("expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        try:
            received = self._body(headers)
        except ValueError:
            self._send(
                Response(400, body=b"Bad Content-Length or chunk size\n", content_type="text/plain"), {}, close=True
            )
            return False
        close = headers.get("connection", "").lower() == "close" or version == "HTTP/1.0"
        response, request, faults = self._answer(method, target, headers, received)
        self._send(response, headers, close=close, faults=faults, request=request)
        return not close

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            parts = []
            total = 0
            while size := int(self.rfile.readline().split(b";")[0], 16):
                total += size
                if size < 0 or total > MAX_BODY:
                    raise Dropped
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return b"".join(parts)
        length = int(headers.get("content-length", "0") or 0)
        if length < 0:
            raise ValueError(length)
        if length > MAX_BODY:
            raise Dropped
        return self.rfile.read(length) if length else b""

    def _answer(
        self, method: str, target: str, headers: dict[str, str], received: bytes
    ) -> tuple[Response, Request, list[Fault]]:
        ws = self.server.ws
        path, _, asked = target.partition("?")
        query = parse_query(asked)
        host = headers.get("host", "")
        request = Request(method, path, query, headers, received, base_url=f"http://{host}")
        request.target, request.received = target, len(received)
        try:
            self._check_host(host)
            self._decode(request)
            return self._written(ws, request)
        except ApiError as error:
            return self._error(error), request, []
        except Dropped:
            self._log(request, 0, 0)
            raise
        except RecursionError:
            return self._error(ApiError(400, "The request is nested too deeply.")), request, []
        except Exception:
            log.exception("%s %s failed", method, path)
            return self._error(ApiError(500, "Internal error encountered.")), request, []

    @staticmethod
    def _check_host(host: str) -> None:
        """Refuse a name that is not loopback: a web page could have its own name resolve to 127.0.0.1."""
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        if name.strip("[]") not in LOOPBACK:
            raise ApiError(403, f"The local workspace answers on loopback only, not as {host!r}.")

    @staticmethod
    def _decode(request: Request) -> None:
        if request.headers.get("content-encoding", "").lower() == "gzip" and request.body:
            try:
                request.body = gzip.decompress(request.body)
            except (OSError, EOFError, zlib.error) as error:
                raise ApiError(400, "Request body is not valid gzip.") from error
        override = request.headers.get("x-http-method-override")
        if override and request.method == "POST":
            request.method = override.upper()
            if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
                for name, value in parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True):
                    request.query.setdefault(name, []).append(value)
                request.body = b""

    def _written(self, ws: LocalWorkspace, request: Request) -> tuple[Response, Request, list[Fault]]:
        response, request, faults = self._weathered(ws, request)
        _write_out(response, request)
        return response, request, faults

    def _weathered(self, ws: LocalWorkspace, request: Request) -> tuple[Response, Request, list[Fault]]:
        """Hooks and faults around the handling of a request."""
        for hook in list(ws.hooks):
            hook("before", request, None)
        for fault in self._struck(ws, request, "before"):
            self._suffer(fault, request)
        response = self._handled(ws, request)
        struck = self._struck(ws, request, "after")
        for hook in list(ws.hooks):
            hook("after", request, response)
        for fault in struck:
            if fault.effect == "status":
                return self._error(fault_error(fault, request)), request, []
            if fault.effect != "truncate":
                self._suffer(fault, request)
        return response, request, [fault for fault in struck if fault.effect == "truncate"]

    @staticmethod
    def _struck(ws: LocalWorkspace, request: Request, when: When) -> list[Fault]:
        # A person's undo is a change like those of the APIs; the pages themselves stand in all weathers.
        if not request.path.startswith(API_PREFIXES) and not request.path.endswith("/undo"):
            return []
        with ws.lock:  # two connections must not use up one fault twice
            return ws.weather.strike(request, when)

    @staticmethod
    def _suffer(fault: Fault, request: Request) -> None:
        if fault.effect == "latency":
            time.sleep(fault.seconds)
        elif fault.effect == "status":
            raise fault_error(fault, request)
        else:
            raise Dropped

    def _handled(self, ws: LocalWorkspace, request: Request) -> Response:
        try:
            return self._dispatch(ws, request)
        except ApiError as error:
            if request.path.startswith(LISTING):
                error = listed(error)
            return self._error(error)

    @staticmethod
    def _error(error: ApiError) -> Response:
        headers = {}
        if error.status == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="https://accounts.google.com/", error="invalid_token"'
        return Response(error.status, error.body(), headers=headers)

    def _dispatch(self, ws: LocalWorkspace, request: Request) -> Response:
        if request.method == "POST" and (request.path == "/batch" or request.path.startswith("/batch/")):
            return batch.answer(request, lambda part: self._handled(ws, part))
        found = self.server.router.find(request.method, request.path)
        if found is None:
            with ws.lock:
                page = self._page(ws, request)
            return page or _not_found(request.path)
        route, args = found
        if not route.open:
            authenticate(ws, request)
            check_scopes(route, request)
            with ws.lock:
                ws.weather.charge(request, ws.now().timestamp())
        if route.free:
            return route.handler(ws, request, args)
        with ws.lock:
            return self._called(ws, route, request, args)

    @staticmethod
    def _called(ws: LocalWorkspace, route: Route, request: Request, args: dict[str, str]) -> Response:
        api = schema.api_of(route.api_method)
        if api is not None:
            api.check_query(route.api_method, request)
            request.parsed = api.check_body(route.api_method, request.json())
            mask = sheets_api.asked_mask(request)
            if mask:
                api.check_mask(route.api_method, mask)
        elif route.scopes_of:
            # An upload, whose body no document describes; its answer, and so its mask, is that of the method.
            _check_upload_mask(route, request)
        made_by_page = request.method != "GET" and request.headers.get("x-local-workspace") == "1"
        before = ws.snapshot() if made_by_page else {}
        response = route.handler(ws, request, args)
        if ws.histories.compare(before, ws.books, ws.change_count):
            response.headers["X-Local-Change"] = str(ws.change_count)
        if route.api_method.startswith(MASKED) and isinstance(response.data, dict) and not response.masked:
            mask = sheets_api.asked_mask(request)
            if mask:
                response.data = select(response.data, mask)
        return response

    @staticmethod
    def _page(ws: LocalWorkspace, request: Request) -> Response | None:
        """The pages for people."""
        if request.method != "GET" or request.path.startswith(API_PREFIXES):
            return None
        return pages.handle(request.path, request.query, cookies_of(request), ws)

    def _send(
        self,
        response: Response,
        asked: dict[str, str],
        *,
        close: bool = False,
        faults: list[Fault] | None = None,
        request: Request | None = None,
    ) -> None:
        """Write the answer in one piece."""
        _write_out(response, request)
        body = b"" if response.status == 204 else response.body
        reason = HTTPStatus(response.status).phrase if response.status in _PHRASES else "Unknown"
        headers = {
            "Content-Type": response.content_type,
            "Vary": "Origin, X-Origin, Referer",
            "Date": formatdate(self.server.ws.now().timestamp(), usegmt=True),
            "Server": "ESF",
            "Cache-Control": "private",
            "X-Content-Type-Options": "nosniff",
            **response.headers,
        }
        head = [f"HTTP/1.1 {response.status} {reason}"]
        head.extend(f"{name}: {value}" for name, value in headers.items())
        if len(body) >= GZIP_FROM and "gzip" in asked.get("accept-encoding", ""):
            body = gzip.compress(body, GZIP_LEVEL, mtime=0)
            head.append("Content-Encoding: gzip")
        head.append(f"Content-Length: {len(body)}")
        if close:
            head.append("Connection: close")
        raw = ("\r\n".join(head) + "\r\n\r\n").encode("latin-1")
        if request is not None and request.method == "HEAD":
            body = b""
        if request is not None:
            # Before the answer goes out: who has the answer may count the requests at once.
            self._log(request, 0 if faults else len(body), 0 if faults else response.status)
        if faults:
            self.wfile.write(raw + body[: len(body) // 2])
            self.wfile.flush()
            raise Dropped
        self.wfile.write(raw + body)
        self.wfile.flush()

    def _log(self, request: Request, sent: int, status: int) -> None:
        entry = Logged(
            request.method, _CREDENTIAL.sub(r"\1=...", request.target), request.received, sent, request.account, status
        )
        self.server.ws.log_request(entry)


def _check_upload_mask(route: Route, request: Request) -> None:
    api, mask = schema.api_of(route.scopes_of), sheets_api.asked_mask(request)
    if api is not None and mask:
        api.check_mask(route.scopes_of, mask)


def _write_out(response: Response, request: Request | None) -> None:
    """Put an answer into bytes; what goes wrong with that is a 500, not a connection that ends."""
    if response.data is not None:
        response.body = response.render(pretty=request is None or request.param("prettyPrint").lower() != "false")
        response.data = None
    if not _is_header(response.content_type):
        response.content_type = "application/octet-stream"  # the type of a mail's part is whatever its sender wrote


def _is_header(text: str) -> bool:
    return text.isascii() and text.isprintable()


_CREDENTIAL = re.compile(r"(?i)(?<=[?&])((?:access|oauth)(?:_|%5f)token)=[^&]*")


_PHRASES = {status.value for status in HTTPStatus}


def _not_found(path: str) -> Response:
    """Google answers a path that it does not know with a page, not with JSON."""
    text = (
        "<!DOCTYPE html>\n<html lang=en>\n<title>Error 404 (Not Found)!!1</title>\n"
        f"<p><b>404.</b> <ins>That's an error.</ins>\n<p>The requested URL <code>{_escaped(path)}</code> was "
        "not found on this server. <ins>That's all we know.</ins>\n"
    )
    return Response(404, body=text.encode(), content_type="text/html; charset=UTF-8")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
