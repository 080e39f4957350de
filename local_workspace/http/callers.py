"""Who calls, and whether their token is for what they ask."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from local_workspace import accounts

from . import schema
from .wire import ApiError, Request

if TYPE_CHECKING:
    from local_workspace.workspace import LocalWorkspace

    from .router import Route


def cookies_of(request: Request) -> dict[str, str]:
    """The cookies of a request."""
    pairs = (part.strip().partition("=") for part in request.headers.get("cookie", "").split(";"))
    return {name: value.strip('"').replace("%40", "@") for name, _, value in pairs if name}


def authenticate(ws: LocalWorkspace, request: Request) -> None:
    """Find the caller by bearer token, or by the pages' cookie.

    Raises:
        ApiError: 401 for a bad token; 403 for none, for a cookie sent by another site's page, and for a change
            that a strange page could have sent; 409 for a page that believes it acts as another account.
    """
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    token = credential.strip() if scheme.lower() == "bearer" else request.param("access_token")
    if token:
        found = ws.tokens.check(token)
        if found is None:
            raise accounts.unauthenticated(request.path)
        request.account, request.scopes = found.email, found.scopes
        return
    email = cookies_of(request).get("account", "")
    if email in ws.accounts:
        origin = request.headers.get("origin")
        if origin is not None and origin != request.base_url:
            raise ApiError(403, f"A page of {origin} may not act by the cookie of {request.base_url}.")
        if request.method != "GET" and request.headers.get("x-local-workspace") != "1":
            raise ApiError(403, "A change from a page needs the header X-Local-Workspace: 1.")
        believed = request.headers.get("x-local-account")
        if believed is not None and unquote(believed) != email:
            raise ApiError(
                409,
                f"This page was opened as {unquote(believed)}, but the account chosen since is {email}. "
                "Nothing was changed. Reload the page to go on as the new account.",
                reason="otherAccount",
            )
        request.account = email
        return
    raise ApiError(
        403,
        "Method doesn't allow unregistered callers (callers without established identity). Please use API "
        "Key or other form of API consumer identity to call this API.",
    )


def check_scopes(route: Route, request: Request) -> None:
    """Refuse a token whose scopes are none of the method's, which the discovery document lists.

    Raises:
        ApiError: 403 in the shape of the API.
    """
    method = route.api_method or route.scopes_of
    api = schema.api_of(method)
    if request.scopes is None or api is None:
        return
    if request.scopes & set(api.methods[method].get("scopes", ())):
        return
    message = "Request had insufficient authentication scopes."
    if not method.startswith(("sheets.", "forms.", "pubsub.")):
        error = ApiError(403, message, reason="insufficientPermissions", canonical="PERMISSION_DENIED")
        error.extra = {"message": "Insufficient Permission"}
        raise error
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        "domain": "googleapis.com",
        "metadata": {"service": f"{method.partition('.')[0]}.googleapis.com"},
    }
    raise ApiError(403, message, details=[info])
