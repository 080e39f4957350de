"""Makes the web application: blueprints, headers, and error pages that tell nothing."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, Response, render_template
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.middleware.proxy_fix import ProxyFix

from sync.clock import utc_now
from sync.domain.errors import TryAgainError
from sync.log import where
from sync.web.booking import booking
from sync.web.concern_hooks import make_concern_hooks
from sync.web.headers import add_headers
from sync.web.hooks import make_hooks
from sync.web.quiet import quieten
from sync.web.visit import Setting, install, language, page_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from sync.config import Settings
    from sync.service.bookings import BookingDesk
    from sync.service.concern_hooks import ConcernHooks

_LOG = logging.getLogger(__name__)

_MOST_BYTES = 32 * 1024
"""A form with every field at its longest, in an alphabet of three bytes a letter, nine when percent-encoded."""
_MOST_FIELDS = 20

_PAGES = {404: "gone", 429: "busy"}


def make_app(
    desk: BookingDesk,
    settings: Settings,
    *,
    hook: Callable[[Mapping[str, str]], bool] | None = None,
    concerns: ConcernHooks | None = None,
    now: Callable[[], datetime] = utc_now,
) -> Flask:
    """The application.

    Args:
        desk: who answers what the pages ask.
        settings: the configuration; `[booking] address` says which host we answer to.
        hook: takes the headers of what Google Calendar posts, and says whether it was Calendar; None for no such place.
        concerns: takes what says that a form of teachers was filled in; None for no such places.
        now: the clock, giving aware instants.
    """
    quieten()
    address = urlsplit(settings.booking.address)
    app = Flask("sync.web", static_folder="static", static_url_path="/static")
    app.config.update(
        MAX_CONTENT_LENGTH=_MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=_MOST_BYTES,
        MAX_FORM_PARTS=_MOST_FIELDS,
        TRUSTED_HOSTS=[address.netloc],
        PROPAGATE_EXCEPTIONS=False,
        PROVIDE_AUTOMATIC_OPTIONS=False,
    )
    app.url_map.strict_slashes = False
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    # What pages share is made once. A template that imports it has it looked up again for every page that is shown.
    app.jinja_env.globals["parts"] = app.jinja_env.get_template("booking/parts.html").module
    secure = address.scheme == "https"
    install(
        app,
        Setting(
            desk=desk,
            school=settings.school.name,
            contact=settings.booking.contact,
            zone=settings.school.zone,
            secure=secure,
            domain=(settings.post.sender or "sensync.invalid").rpartition("@")[2],
            now=now,
        ),
    )
    app.register_blueprint(booking)
    if hook is not None:
        app.register_blueprint(make_hooks(hook))
    if concerns is not None:
        app.register_blueprint(make_concern_hooks(concerns))
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _broken)

    @app.after_request
    def _headers(response: Response) -> Response:
        return add_headers(response, secure=secure)

    app.wsgi_app = _in_one_visit(app.wsgi_app, desk)  # type: ignore[assignment,method-assign]
    hops = settings.booking.trusted_proxies
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
    return app


def _in_one_visit(inner: WSGIApplication, desk: BookingDesk) -> WSGIApplication:
    def visit(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # Our answers are whole when they are returned, so nothing is asked after the visit.
        with desk.visit():
            return inner(environ, start_response)

    return visit


def _page(name: str, status: int, headers: dict[str, str] | None = None) -> Response:
    spoken = language()
    values: dict[str, Any] = page_values(spoken) | {"refusal": name, "here": {}}
    return Response(render_template("booking/refusal.html", **values), status, headers, mimetype="text/html")


def _refused(error: HTTPException) -> Response:
    """Every refusal has a page of ours, without the words of the library, which quote the address."""
    status = error.code or NotFound.code or 404
    allowed = dict(each for each in error.get_headers() if each[0] == "Allow")
    return _page(_PAGES.get(status, "wrong" if status < 500 else "broken"), status, allowed)  # noqa: PLR2004


def _broken(error: Exception) -> Response:
    """The last resort: the log gets kind and place, the parent a calm page."""
    # Not as exc_info: under another WSGI server whoever formats it would print the exception's own words.
    _LOG.error("A page failed: %s", where(error))
    return _page("broken", 503 if isinstance(error, TryAgainError) else 500)
