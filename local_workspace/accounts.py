"""Accounts and service account keys, and the OAuth token endpoint."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from .http.router import Route
from .http.wire import NEWER, ApiError, Request, Response

if TYPE_CHECKING:
    from .workspace import LocalWorkspace

Json = dict[str, Any]

TOKEN_SECONDS = 3600
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
GOOGLE_AUDIENCES = ("https://oauth2.googleapis.com/token", "https://www.googleapis.com/oauth2/v4/token")
CLOCK_SKEW = 300


@dataclass(slots=True)
class Account:
    """Somebody, or a service account.

    Attributes:
        public_key: PEM of a service account's key, "" for a person.
        subjects: whom a service account may act as; None for everybody (domain-wide delegation).
        refresh_token: what an installed app would have stored for the person.
        revoked: whether the refresh token and every token of the account were revoked.
    """

    email: str
    name: str
    public_key: str = ""
    key_id: str = ""
    subjects: list[str] | None = field(default_factory=list)
    refresh_token: str = ""
    revoked: bool = False

    @property
    def is_service(self) -> bool:
        """Whether it is a service account, which has no storage of its own."""
        return self.email.endswith(".gserviceaccount.com")


class OAuthError(Exception):
    """A refusal of the token endpoint; its bodies have a shape of their own."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


def make_key(email: str, base_url: str) -> tuple[Json, str]:
    """A service account's key file and the public half of its key."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    project = email.partition("@")[2].partition(".")[0]
    return {
        "type": "service_account",
        "project_id": project,
        "private_key_id": secrets.token_hex(20),
        "private_key": pem,
        "client_email": email,
        "client_id": str(secrets.randbelow(10**21)).zfill(21),
        "auth_uri": f"{base_url}/o/oauth2/auth",
        "token_uri": f"{base_url}/token",
        "auth_provider_x509_cert_url": f"{base_url}/oauth2/v1/certs",
        "client_x509_cert_url": f"{base_url}/robot/v1/metadata/x509/{email}",
        "universe_domain": "googleapis.com",
    }, public.decode()


def token_endpoint(ws: LocalWorkspace, request: Request, _args: dict[str, str]) -> Response:
    """POST /token."""
    form = {name: values[-1] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
    if request.headers.get("content-type", "").startswith("application/json"):
        form = request.json()
    try:
        return Response(data=_grant(ws, form))
    except OAuthError as error:
        return Response(error.status, {"error": error.error, "error_description": error.description})


def _grant(ws: LocalWorkspace, form: Json) -> Json:
    kind = form.get("grant_type", "")
    if kind == "refresh_token":
        account = next(
            (
                item
                for item in ws.accounts.values()
                if item.refresh_token and item.refresh_token == form.get("refresh_token")
            ),
            None,
        )
        if account is None:
            raise OAuthError("invalid_grant", "Bad Request")
        if account.revoked:
            raise OAuthError("invalid_grant", "Token has been expired or revoked.")
        return _issue(ws, account.email, form.get("scope", ""), scoped=bool(form.get("scope")))
    if kind == JWT_GRANT:
        claims, account = _verified(ws, str(form.get("assertion", "")))
        return _issue(ws, _subject(ws, account, claims), claims.get("scope", ""), scoped=True)
    raise OAuthError("unsupported_grant_type", f"Invalid grant_type: {kind}")


def _issue(ws: LocalWorkspace, email: str, scope: str, *, scoped: bool) -> Json:
    token = ws.tokens.issue(email, TOKEN_SECONDS, frozenset(scope.split()) if scoped else None)
    out = {"access_token": token, "expires_in": TOKEN_SECONDS - 1, "token_type": "Bearer"}
    return {**out, "scope": scope} if scope else out


def _part(text: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def _verified(ws: LocalWorkspace, assertion: str) -> tuple[Json, Account]:
    try:
        head, body, signature = assertion.split(".")
        claims = _part(body)
        raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
        issued, expires = float(claims.get("iat", 0)), float(claims.get("exp", 0))
    except (ValueError, TypeError, AttributeError) as error:  # also for claims that are no JSON object
        raise OAuthError("invalid_grant", "Bad Request") from error
    account = ws.accounts.get(str(claims.get("iss", "")))
    if account is None or not account.public_key or account.revoked:
        raise OAuthError("invalid_grant", "Invalid grant: account not found")
    key = serialization.load_pem_public_key(account.public_key.encode())
    signed = f"{head}.{body}".encode()
    try:
        cast("rsa.RSAPublicKey", key).verify(raw, signed, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature as error:
        raise OAuthError("invalid_grant", "Invalid JWT Signature.") from error
    now = ws.now().timestamp()
    if issued > now + CLOCK_SKEW or expires < now - CLOCK_SKEW or expires - issued > 3600 + CLOCK_SKEW:
        raise OAuthError(
            "invalid_grant",
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
            "Check your iat and exp values in the JWT claim.",
        )
    # google-auth signs Google's own address as audience whatever token_uri the key file names.
    if claims.get("aud") not in (*GOOGLE_AUDIENCES, f"{ws.base_url}/token"):
        raise OAuthError("invalid_grant", "Invalid JWT: Failed audience check.")
    return claims, account


def _subject(ws: LocalWorkspace, account: Account, claims: Json) -> str:
    subject = claims.get("sub")
    if not subject or subject == account.email:
        return account.email
    if account.subjects is not None and subject not in account.subjects:
        raise OAuthError(
            "unauthorized_client",
            "Client is unauthorized to retrieve access tokens using this method, or client not authorized "
            "for any of the scopes requested.",
            401,
        )
    if subject not in ws.accounts:
        raise OAuthError("invalid_grant", "Invalid email or User ID")
    return str(subject)


def unauthenticated(path: str) -> ApiError:
    """The 401 of the API whose path was asked for."""
    if path.startswith(NEWER):
        return ApiError(
            401,
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or "
            "other valid authentication credential. See "
            "https://developers.google.com/identity/sign-in/web/devconsole-project.",
        )
    extra = {"locationType": "header", "location": "Authorization"}
    return ApiError(401, "Invalid Credentials", reason="authError", extra=extra)


def token_info(ws: LocalWorkspace, request: Request, _args: dict[str, str]) -> Response:
    """GET /tokeninfo: whose token it is."""
    found = ws.tokens.get(request.param("access_token"))
    if found is None:
        return Response(400, {"error": "invalid_token", "error_description": "Invalid Value"})
    return Response(data={"email": found.email, "scope": " ".join(sorted(found.scopes or ()))})


def revoke(ws: LocalWorkspace, request: Request, _args: dict[str, str]) -> Response:
    """POST /revoke."""
    form = parse_qs(request.body.decode("utf-8", "replace"))
    token = request.param("token") or form.get("token", [""])[-1]
    if not ws.tokens.revoke(token):
        return Response(400, {"error": "invalid_token", "error_description": "Token expired or revoked"})
    return Response(data={})


ROUTES = [
    Route("POST", "/token", token_endpoint, open=True),
    Route("POST", "/oauth2/v4/token", token_endpoint, open=True),
    Route("GET", "/tokeninfo", token_info, open=True),
    Route("POST", "/revoke", revoke, open=True),
]
