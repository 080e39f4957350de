"""The tokens by which a pushed message says who sent it, signed with keys of this workspace.

Google signs with keys whose certificates it publishes; a receiver verifies the signature against them, and then the
claims. The same is served here, so that the receiver's real verification runs.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import secrets
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from local_workspace.http.router import Route
from local_workspace.http.wire import Request, Response

if TYPE_CHECKING:
    from local_workspace.store import Store
    from local_workspace.workspace import LocalWorkspace

Json = dict[str, Any]
Args = dict[str, str]

ISSUER = "https://accounts.google.com"
TOKEN_SECONDS = 3600
CACHED = {"Cache-Control": "public, max-age=3600, must-revalidate, no-transform"}
_KEPT = "pushKey"


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _number(value: int) -> str:
    return _encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def subject_of(email: str) -> str:
    """The number by which tokens know an account: 21 digits, always the same."""
    return str(int(hashlib.sha256(email.encode()).hexdigest(), 16) % 10**21).zfill(21)


class Signer:
    """The key of a workspace, made when it is first needed. Callers hold the workspace's lock."""

    def __init__(self, ws: LocalWorkspace) -> None:
        self._ws = ws
        self._key: rsa.RSAPrivateKey | None = None
        self.key_id = ""

    def load(self, store: Store) -> None:
        """Take up the key of the state file: a receiver may have kept its certificate."""
        for name, body in store.things(_KEPT):
            found = serialization.load_pem_private_key(body["pem"].encode(), None)
            if isinstance(found, rsa.RSAPrivateKey):
                self._key, self.key_id = found, name

    def key(self) -> rsa.RSAPrivateKey:
        """The private key."""
        if self._key is None:
            self._key, self.key_id = rsa.generate_private_key(65537, 2048), secrets.token_hex(20)
            if self._ws.store is not None:
                pem = self._key.private_bytes(
                    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                )
                self._ws.store.put(_KEPT, self.key_id, {"pem": pem.decode()})
        return self._key

    def token(self, email: str, audience: str) -> str:
        """A token that says a message comes for a service account, for an audience."""
        return self.signed(self.claims(email, audience))

    @staticmethod
    def claims(email: str, audience: str, **more: Any) -> Json:
        """Claims that tell an audience who somebody is; `more` stand beside the usual ones, or in their place."""
        # By the machine's clock, not the workspace's: whoever verifies it reads that one.
        now = int(dt.datetime.now(dt.UTC).timestamp())
        subject = subject_of(email)
        return {
            "aud": audience,
            "azp": subject,
            "email": email,
            "email_verified": True,
            "exp": now + TOKEN_SECONDS,
            "iat": now,
            "iss": ISSUER,
            "sub": subject,
            **more,
        }

    def signed(self, claims: Json, key: rsa.RSAPrivateKey | None = None) -> str:
        """Any claims as a token; with another key, a forged one."""
        own = self.key()
        head = {"alg": "RS256", "kid": self.key_id, "typ": "JWT"}
        text = ".".join(_encoded(json.dumps(part, separators=(",", ":")).encode()) for part in (head, claims))
        signature = (key or own).sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{text}.{_encoded(signature)}"

    def certificate(self) -> str:
        """The certificate of the key, PEM."""
        key = self.key()
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "federated-signon.system.gserviceaccount.com")])
        now = dt.datetime.now(dt.UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=16))
            .sign(key, hashes.SHA256())
        )
        return made.public_bytes(serialization.Encoding.PEM).decode()

    def web_key(self) -> Json:
        """The public key as a JSON web key."""
        numbers = self.key().public_key().public_numbers()
        return {
            "kty": "RSA",
            "alg": "RS256",
            "use": "sig",
            "kid": self.key_id,
            "n": _number(numbers.n),
            "e": _number(numbers.e),
        }


def certificates(ws: LocalWorkspace, _request: Request, _args: Args) -> Response:
    """GET /oauth2/v1/certs: certificates by the id of their key."""
    certificate = ws.pubsub.signer.certificate()
    return Response(data={ws.pubsub.signer.key_id: certificate}, headers=dict(CACHED))


def web_keys(ws: LocalWorkspace, _request: Request, _args: Args) -> Response:
    """GET /oauth2/v3/certs: the same as JSON web keys."""
    return Response(data={"keys": [ws.pubsub.signer.web_key()]}, headers=dict(CACHED))


ROUTES = [
    Route("GET", "/oauth2/v1/certs", certificates, open=True),
    Route("GET", "/oauth2/v3/certs", web_keys, open=True),
]
