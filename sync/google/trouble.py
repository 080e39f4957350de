"""What a failure without a sound answer means: the connection, the sign-in, or half an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import requests
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from sync.google.classify import Verdict, not_google, unsure
from sync.google.errors import GoogleBusyError, GoogleNeedsPersonError

if TYPE_CHECKING:
    from sync.domain.errors import SensyncError

_LATER = "Look at this computer's connection to the internet, then run again."


def judge_exception(error: Exception, *, repeatable: bool, service: str) -> Verdict:
    """Says what an exception of `requests` or google-auth means for one call."""
    if isinstance(error, GoogleAuthError):
        return _judge_sign_in(error)
    if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
        return Verdict(again=False, error=_bad_certificate(service))
    if never_sent(error):
        busy = GoogleBusyError(f"{service} cannot be reached from this computer.", next_step=_LATER)
        return Verdict(again=True, error=busy)
    if isinstance(error, requests.Timeout):
        return Verdict(again=repeatable, error=unsure(service, "did not answer in time", repeatable=repeatable))
    return Verdict(again=repeatable, error=unsure(service, "broke off the connection", repeatable=repeatable))


def judge_unsound(answer: requests.Response, *, repeatable: bool, service: str) -> Verdict:
    """Says what a good status with a body that is not whole JSON means."""
    kind = answer.headers.get("Content-Type", "")
    if repeatable and kind.startswith("text/html"):
        return Verdict(again=False, error=not_google(service))
    return Verdict(again=repeatable, error=unsure(service, "gave half an answer", repeatable=repeatable))


def never_sent(error: BaseException) -> bool:
    """True where the connection was never made, so that nothing can have been done at the other end."""
    if isinstance(error, (requests.exceptions.ConnectTimeout, requests.exceptions.ProxyError)):
        return True
    reason = error.args[0] if isinstance(error, requests.ConnectionError) and error.args else None
    if isinstance(reason, MaxRetryError):
        reason = reason.reason
    return isinstance(reason, (NewConnectionError, ConnectTimeoutError))


def _bad_certificate(service: str) -> GoogleNeedsPersonError:
    return GoogleNeedsPersonError(
        f"The connection to {service} is not private: its certificate is not one that this computer trusts.",
        next_step="Look at this computer's clock. If the school's web filter opens secure connections, set "
        "REQUESTS_CA_BUNDLE to the filter's certificate file.",
        status=None,
        reason="certificate",
    )


def _judge_sign_in(error: GoogleAuthError) -> Verdict:
    # The token is fetched before the call is sent: whatever went wrong here, the call was not made.
    if isinstance(error, TransportError):
        inner = error.args[0] if error.args else None
        if isinstance(inner, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(inner):
            return Verdict(again=False, error=_bad_certificate("Google's sign-in"))
        return Verdict(again=True, error=GoogleBusyError("Google's sign-in cannot be reached.", next_step=_LATER))
    if error.retryable:
        busy = GoogleBusyError("Google's sign-in is busy.", next_step="Run again in a few minutes.")
        return Verdict(again=True, error=busy)
    return Verdict(again=False, error=sign_in_error(error))


def sign_in_error(error: GoogleAuthError) -> SensyncError:
    """The sentence and repair for a sign-in that was refused; the words are ours, so they quote nothing."""
    said = " ".join(str(part) for part in error.args) if isinstance(error, RefreshError) else ""
    found = next((case for case in _SIGN_IN if any(word in said for word in case.words)), _OTHER)
    return GoogleNeedsPersonError(found.sentence, next_step=found.repair, status=None, reason=found.reason)


class _Case(NamedTuple):
    """A refusal: the words of google-auth's text that show it, our reason word, our sentence, the repair."""

    words: tuple[str, ...]
    reason: str
    sentence: str
    repair: str


_OTHER = _Case(
    (),
    "sign_in",
    "Google's sign-in refused our credential.",
    "Run `sensync check` and see docs/credentials.md.",
)

_SIGN_IN: tuple[_Case, ...] = (
    _Case(
        ("short-lived token", "Token used too early", "iat"),
        "clock",
        "Google's sign-in says that this computer's clock is wrong.",
        "Set the clock (and switch on automatic time), then run again.",
    ),
    _Case(
        ("unauthorized_client",),
        "unauthorized_client",
        "The school's Workspace does not let this service account act for the mailbox in [google] subject.",
        "Admin console, Security, API controls, Domain-wide delegation: add the account's client id with the "
        "scope https://www.googleapis.com/auth/drive.file, and those in docs/credentials.md for what is switched on.",
    ),
    _Case(
        ("Invalid email or User ID", "account not found"),
        "account_not_found",
        "Google's sign-in does not know the mailbox in [google] subject or the service account.",
        "Correct [google] subject, or make a new key if the service account was deleted.",
    ),
    _Case(
        ("Invalid JWT Signature",),
        "invalid_signature",
        "The key in [google] key_file was withdrawn or does not belong to this service account.",
        "Make a new key in the Google Cloud console (IAM, Service accounts, Keys) and replace the file.",
    ),
    _Case(
        ("getAccessToken", "signJwt", "iam.serviceAccounts", "Unable to acquire impersonated"),
        "impersonation",
        "The identity of this computer may not act as the service account in [google] target_principal.",
        "Give it the role Service Account Token Creator on that account and enable the IAM Service Account "
        "Credentials API.",
    ),
    _Case(
        ("invalid_scope",),
        "invalid_scope",
        "Google's sign-in refused the permission (scope) that Sensync asks for.",
        "Add https://www.googleapis.com/auth/drive.file, and the scopes in docs/credentials.md for what is switched "
        "on, to the consent screen or the delegation.",
    ),
    _Case(
        ("invalid_client", "deleted_client"),
        "invalid_client",
        "Google's sign-in does not know the OAuth client in [google] client_secrets_file.",
        "Make a new OAuth client (Desktop app) in the Google Cloud console and replace the file.",
    ),
    _Case(
        ("invalid_grant", "invalid_rapt", "access_denied"),
        "invalid_grant",
        "The sign-in of the role mailbox has expired or was withdrawn.",
        "Run `sensync setup` in a window with a browser and sign in again.",
    ),
    _Case(
        ("do not contain the necessary fields", "refresh_token"),
        "token_used_up",
        "The access token has expired, and there is nothing to renew it with.",
        "Put a new token into SENSYNC_GOOGLE_TOKEN or the token file.",
    ),
)
