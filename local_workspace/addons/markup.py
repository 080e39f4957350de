"""What add-ons send and take beside cards, in the language of the discovery documents.

Google publishes no discovery document of `gsuiteaddons`; these messages are those of its references for
`projects.deployments`, event objects and `apps.extensions.markup`. Cards are those of the Chat document, which
describes the same messages for both.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from local_workspace.http.schema import Api

Json = dict[str, Any]

CARD = "GoogleAppsCardV1Card"
ANY: Json = {"type": "any"}
TEXT: Json = {"type": "string"}
TRUTH: Json = {"type": "boolean"}


def _ref(name: str) -> Json:
    return {"$ref": name}


def _list(item: Json) -> Json:
    return {"type": "array", "items": item}


def _map(item: Json) -> Json:
    return {"type": "object", "additionalProperties": item}


def _one_word(*words: str) -> Json:
    return {"type": "string", "enum": list(words)}


def _message(**fields: Json) -> Json:
    return {"type": "object", "properties": fields}


_TRIGGER = _ref("Trigger_")

_DEPLOYMENT: dict[str, Json] = {
    "Deployment": _message(oauthScopes=_list(TEXT), addOns=_ref("AddOns")),
    "AddOns": _message(
        common=_ref("Common"),
        calendar=_ref("CalendarManifest"),
        sheets=_ref("SheetsManifest"),
        httpOptions=_ref("HttpOptions"),
        # Hosts that this workspace does not play; what they say is kept and not read.
        gmail=ANY,
        drive=ANY,
        docs=ANY,
        slides=ANY,
        meet=ANY,
    ),
    "Common": _message(
        name=TEXT,
        logoUrl=TEXT,
        layoutProperties=_ref("LayoutProperties"),
        useLocaleFromApp=TRUTH,
        homepageTrigger=_ref("HomepageTrigger"),
        universalActions=_list(_ref("UniversalAction")),
        openLinkUrlPrefixes=_list(TEXT),
    ),
    "LayoutProperties": _message(primaryColor=TEXT, secondaryColor=TEXT),
    "HomepageTrigger": _message(runFunction=TEXT, enabled=TRUTH),
    "Trigger_": _message(runFunction=TEXT),
    "UniversalAction": _message(label=TEXT, openLink=TEXT, runFunction=TEXT),
    "SheetsManifest": _message(
        homepageTrigger=_ref("HomepageTrigger"),
        onFileScopeGrantedTrigger=_TRIGGER,
        linkPreviewTriggers=_list(_ref("LinkPreviewTrigger")),
    ),
    "LinkPreviewTrigger": _message(
        runFunction=TEXT,
        patterns=_list(_ref("UriPattern")),
        labelText=TEXT,
        localizedLabelText=_map(TEXT),
        logoUrl=TEXT,
    ),
    "UriPattern": _message(hostPattern=TEXT, pathPrefix=TEXT),
    "CalendarManifest": _message(
        homepageTrigger=_ref("HomepageTrigger"),
        conferenceSolution=_list(ANY),
        createSettingsUrlFunction=TEXT,
        eventOpenTrigger=_TRIGGER,
        eventUpdateTrigger=_TRIGGER,
        calendarNotificationTrigger=_TRIGGER,
        eventAttachmentTrigger=ANY,
        currentEventAccess=_one_word("UNSPECIFIED", "METADATA", "READ", "WRITE", "READ_WRITE"),
    ),
    "HttpOptions": _message(
        authorizationHeader=_one_word(
            "HTTP_AUTHORIZATION_HEADER_UNSPECIFIED", "SYSTEM_ID_TOKEN", "USER_ID_TOKEN", "NONE"
        ),
        granularOauthPermissionSupport=_one_word("GRANULAR_OAUTH_PERMISSION_SUPPORT_UNSPECIFIED", "OPT_IN", "OPT_OUT"),
    ),
}

_ANSWERS: dict[str, Json] = {
    "RenderActions": _message(action=_ref("Action_"), hostAppAction=_ref("HostAppAction"), schema=TEXT),
    "SubmitFormResponse": _message(renderActions=_ref("RenderActions"), stateChanged=TRUTH, schema=TEXT),
    "GetAutocompletionResponse": _message(autoComplete=_ref("AutoComplete"), schema=TEXT),
    "AutoComplete": _message(items=_list(_ref("AutoCompleteItem"))),
    "AutoCompleteItem": _message(text=TEXT),
    "AuthorizationError": _message(
        requestingGoogleScopes=_ref("RequestingGoogleScopes"),
        basicAuthorizationPrompt=_ref("BasicAuthorizationPrompt"),
        customAuthorizationPrompt=_ref("RenderActions"),
    ),
    "RequestingGoogleScopes": _message(scopes=_list(TEXT), allScopes=TRUTH),
    "BasicAuthorizationPrompt": _message(authorizationUrl=TEXT, resource=TEXT),
    "Action_": _message(
        navigations=_list(_ref("Navigation")),
        link=_ref("GoogleAppsCardV1OpenLink"),
        links=_list(_ref("GoogleAppsCardV1OpenLink")),
        notification=_ref("Notification_"),
        linkPreview=_ref("LinkPreview"),
    ),
    "Navigation": _message(popToRoot=TRUTH, pop=TRUTH, popToCard=TEXT, pushCard=_ref(CARD), updateCard=_ref(CARD)),
    "Notification_": _message(text=TEXT),
    "LinkPreview": _message(title=TEXT, linkPreviewTitle=TEXT, previewCard=_ref(CARD)),
    "HostAppAction": _message(
        editorAction=_ref("EditorAction"),
        calendarAction=ANY,
        gmailAction=ANY,
        driveAction=ANY,
        chatAction=ANY,
    ),
    "EditorAction": _message(requestFileScopeForActiveDocument=_message()),
}

_CALLS: dict[str, Json] = {
    "Entered": _message(
        stringInputs=_message(value=_list(TEXT)),
        dateInput=_message(msSinceEpoch=TEXT),
        dateTimeInput=_message(msSinceEpoch=TEXT, hasDate=TRUTH, hasTime=TRUTH),
        timeInput=_message(hours={"type": "integer"}, minutes={"type": "integer"}),
    ),
    # What a page asks of the workspace, which asks the add-on.
    "Run": _message(
        host=_one_word("SHEETS", "CALENDAR"),
        kind=_one_word("home", "act", "complete", "granted", "event", "preview", "universal"),
        function=TEXT,
        index={"type": "integer"},
        parameters=_map(TEXT),
        formInputs=_map(_ref("Entered")),
        file=TEXT,
        calendarId=TEXT,
        eventId=TEXT,
        url=TEXT,
    ),
}


@cache
def markup() -> Api:
    """The messages of add-ons, cards among them."""
    return Api("chat", "v1", "google.apps.card.v1", more={**_DEPLOYMENT, **_ANSWERS, **_CALLS})
