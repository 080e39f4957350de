"""Installing add-ons from outside: `/local/addons`, for the main account.

Google has `gcloud workspace-add-ons deployments create` and `install` for this, and the administrator's console.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from local_workspace.http.control import by_main
from local_workspace.http.router import Route
from local_workspace.http.wire import ApiError, Request, Response

from .api import scopes_of
from .manifest import ManifestError, checked

if TYPE_CHECKING:
    from local_workspace.workspace import LocalWorkspace

    from .manifest import Deployment

Json = dict[str, Any]
Args = dict[str, str]

_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
_MEMBERS = ("manifest", "clientId", "serviceAccount", "domain")


def _resource(deployment: Deployment) -> Json:
    return {
        "id": deployment.id,
        "manifest": deployment.manifest,
        "clientId": deployment.client_id,
        "serviceAccount": deployment.service_account,
        "domain": deployment.domain,
    }


def _known(ws: LocalWorkspace, args: Args) -> Deployment:
    deployment = ws.addons.installed.get(args["id"])
    if deployment is None:
        raise ApiError(404, f"There is no add-on {args['id']!r}. GET /local/addons lists those that are installed.")
    return deployment


def put(ws: LocalWorkspace, name: str, body: Json) -> Deployment:
    """Install an add-on as `{"manifest", "clientId", "serviceAccount", "domain"}`, of which the first is required.

    Identities that are not given are made, or stay as they are when the add-on is installed anew. With a domain the
    add-on is for its accounts alone.

    Raises:
        ManifestError: the name, a member or the manifest cannot be; says what to write instead.
    """
    strange = sorted(set(body) - set(_MEMBERS))
    if strange or not all(isinstance(body.get(member, ""), str) for member in _MEMBERS[1:]):
        raise ManifestError(
            f"An add-on is installed with {', '.join(_MEMBERS)}; a manifest is an object and the others are texts"
            + (f". {strange[0]!r} is none of them." if strange else ".")
        )
    if not _NAME.fullmatch(name):
        raise ManifestError(f"{name!r} cannot name an add-on. Use small letters, digits and hyphens.")
    texts = [body.get(member, "") for member in _MEMBERS[1:]]
    return ws.addons.install(name, checked(body.get("manifest")), *texts)


def install(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """PUT /local/addons/{id}: see `put`."""
    try:
        return Response(data=_resource(put(ws, args["id"], request.json())))
    except ManifestError as error:
        raise ApiError(400, f"The add-on cannot be installed. {error}") from error


def listed(ws: LocalWorkspace, _request: Request, _args: Args) -> Response:
    """GET /local/addons."""
    return Response(data={"addons": [_resource(one) for one in ws.addons.installed.values()]})


def get(ws: LocalWorkspace, _request: Request, args: Args) -> Response:
    """GET /local/addons/{id}."""
    return Response(data=_resource(_known(ws, args)))


def delete(ws: LocalWorkspace, _request: Request, args: Args) -> Response:
    """DELETE /local/addons/{id}: gone, with what people agreed to."""
    ws.addons.uninstall(_known(ws, args).id)
    return Response(data={})


def consent(ws: LocalWorkspace, request: Request, args: Args) -> Response:
    """PUT /local/addons/{id}/accounts/{email}: `{"scopes": [...], "files": [...]}` sets what somebody agreed to."""
    deployment, body, email = _known(ws, args), request.json(), args["email"]
    if email not in ws.accounts:
        raise ApiError(404, f"There is no account {email!r} in this workspace.")
    files = body.get("files")
    if not set(body) <= {"scopes", "files"} or not (files is None or _texts(files)):
        raise ApiError(400, 'What somebody agreed to is {"scopes": [...], "files": [id, ...]}, either or both.')
    scopes = None if "scopes" not in body else scopes_of(deployment, body["scopes"])
    return Response(data=ws.addons.agree(deployment, email, scopes=scopes, files=files))


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


_ADDON = "/local/addons/(?P<id>[^/]+)"

ROUTES = [
    Route("GET", "/local/addons", by_main(listed)),
    Route("PUT", _ADDON, by_main(install)),
    Route("GET", _ADDON, by_main(get)),
    Route("DELETE", _ADDON, by_main(delete)),
    Route("PUT", _ADDON + "/accounts/(?P<email>[^/]+)", by_main(consent)),
]
