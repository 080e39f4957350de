"""The table of endpoints. An API is a module with `ROUTES`, listed in `APIS` of server.py."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from .wire import Request, Response

if TYPE_CHECKING:
    from local_workspace.workspace import LocalWorkspace

Handler = Callable[["LocalWorkspace", Request, dict[str, str]], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint.

    Attributes:
        method: in capitals.
        pattern: of the percent-encoded path; its groups reach the handler decoded.
        handler: called with the workspace locked, unless `free`.
        api_method: its id in the discovery document, which says what a request may hold; "" when it has none.
        open: whether it answers without credentials.
        scopes_of: the method whose scopes it asks for, where the document does not say what its body may hold.
        free: whether the handler takes the lock itself, because it waits for another server, which may call back.
    """

    method: str
    pattern: str
    handler: Handler
    api_method: str = ""
    open: bool = False
    scopes_of: str = ""
    free: bool = False


class Router:
    """Finds the endpoint for a request."""

    def __init__(self, routes: list[Route]) -> None:
        self._routes: dict[str, list[tuple[re.Pattern[str], Route]]] = {}
        for route in routes:
            pattern = re.compile(route.pattern)
            self._routes.setdefault(route.method, []).append((pattern, route))

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The endpoint and what its path names; None when there is none."""
        for pattern, route in self._routes.get(method, ()):
            match = pattern.fullmatch(path)
            if match is not None:
                return route, {name: unquote(value) for name, value in match.groupdict().items()}
        return None
