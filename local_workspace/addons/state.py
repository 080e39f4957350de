"""What a workspace holds of add-ons: deployments, the files they were given, and the scopes agreed to."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import TYPE_CHECKING, Any

from local_workspace.pubsub.identity import TOKEN_SECONDS

from .events import Tokens
from .manifest import Deployment

if TYPE_CHECKING:
    from local_workspace.store import Store
    from local_workspace.workspace import LocalWorkspace

Json = dict[str, Any]

KINDS = ("addon", "addonConsent")
_FRESH = dt.timedelta(minutes=50)
"""How long one access token is sent again; it holds for an hour."""


class Addons:
    """The add-ons of one workspace. Callers hold the workspace's lock."""

    def __init__(self, ws: LocalWorkspace) -> None:
        self._ws = ws
        self.installed: dict[str, Deployment] = {}
        self._consents: dict[tuple[str, str], Json] = {}
        """(add-on, account) -> `{"scopes": [...], "files": [id, ...]}`, where it is not as it began."""
        self._oauth: dict[tuple[str, str], tuple[str, dt.datetime, frozenset[str]]] = {}

    def load(self, store: Store) -> None:
        """Take up what the state file holds."""
        for name, body in store.things("addon"):
            self.installed[name] = Deployment(**body)
        for name, body in store.things("addonConsent"):
            addon, _, account = name.partition("\n")
            self._consents[addon, account] = body

    def reset(self) -> None:
        """Forget everything."""
        for held in (self.installed, self._consents, self._oauth):
            held.clear()
        if self._ws.store is not None:
            for kind in KINDS:
                self._ws.store.clear(kind)

    # ---- deployments

    def install(self, name: str, manifest: Json, client_id: str, service_account: str, domain: str) -> Deployment:
        """Install a checked manifest, or put it in the place of the one there is, whose identities it keeps."""
        known = self.installed.get(name)
        number = str(secrets.randbelow(9 * 10**11) + 10**11)
        deployment = Deployment(
            name,
            manifest,
            client_id or (known.client_id if known else f"{number}-{secrets.token_hex(16)}.apps.googleusercontent.com"),
            service_account
            or (known.service_account if known else f"service-{number}@gcp-sa-gsuiteaddons.iam.gserviceaccount.com"),
            domain,
        )
        self.installed[name] = deployment
        if self._ws.store is not None:
            self._ws.store.put("addon", name, deployment.dump())
        return deployment

    def uninstall(self, name: str) -> None:
        """Forget an add-on with all that was agreed to."""
        del self.installed[name]
        for key in [key for key in self._consents if key[0] == name]:
            del self._consents[key]
            if self._ws.store is not None:
                self._ws.store.drop("addonConsent", "\n".join(key))
        self._oauth = {key: kept for key, kept in self._oauth.items() if key[0] != name}
        if self._ws.store is not None:
            self._ws.store.drop("addon", name)

    # ---- what people agreed to

    def scopes(self, deployment: Deployment, account: str) -> list[str]:
        """The scopes somebody agreed to: all of them, as the school's administrator did, until they were taken back."""
        kept = self._consents.get((deployment.id, account), {}).get("scopes")
        return [scope for scope in deployment.scopes if kept is None or scope in kept]

    def has_file(self, deployment: Deployment, account: str, file_id: str) -> bool:
        """Whether somebody gave a file to an add-on."""
        return file_id in self._consents.get((deployment.id, account), {}).get("files", [])

    def agree(
        self, deployment: Deployment, account: str, *, scopes: list[str] | None = None, files: list[str] | None = None
    ) -> Json:
        """Set the scopes or the files that somebody gives to an add-on; None leaves them as they are."""
        key = (deployment.id, account)
        body = {"scopes": self.scopes(deployment, account), "files": [], **self._consents.get(key, {})}
        if scopes is not None:
            body["scopes"] = sorted(set(scopes))
        if files is not None:
            body["files"] = sorted(set(files))
        self._consents[key] = body
        if self._ws.store is not None:
            self._ws.store.put("addonConsent", "\n".join(key), body)
        return body

    def files(self, deployment: Deployment, account: str) -> list[str]:
        """The files somebody gave to an add-on."""
        return list(self._consents.get((deployment.id, account), {}).get("files", []))

    # ---- tokens

    def tokens(self, deployment: Deployment, account: str, address: str) -> Tokens:
        """The tokens of one request to an address."""
        signer = self._ws.pubsub.signer
        return Tokens(
            signer.token(deployment.service_account, address),
            signer.signed(self._user_claims(deployment, account)),
            self._access(deployment, account),
        )

    def _user_claims(self, deployment: Deployment, account: str) -> Json:
        claims = self._ws.pubsub.signer.claims(account, deployment.client_id, azp=deployment.client_id)
        if deployment.domain and account.rpartition("@")[2].casefold() == deployment.domain.casefold():
            claims["hd"] = deployment.domain
        return claims

    def _access(self, deployment: Deployment, account: str) -> str:
        key, scopes = (deployment.id, account), frozenset(self.scopes(deployment, account))
        text, made, held = self._oauth.get(key, ("", dt.datetime.min.replace(tzinfo=dt.UTC), frozenset()))
        stale = self._ws.now() - made > _FRESH or held != scopes or self._ws.tokens.check(text) is None
        if stale:
            text = self._ws.tokens.issue(account, TOKEN_SECONDS, scopes)
            self._oauth[key] = (text, self._ws.now(), scopes)
        return text
