"""A card that holds every widget the local workspace draws."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


def action(function: str, do: str, **more: Any) -> Json:
    """An OnClick that runs a function."""
    return {"action": {"function": function, "parameters": [{"key": "do", "value": do}], **more}}


def button(text: str, on_click: Json, **more: Any) -> Json:
    return {"text": text, "onClick": on_click, **more}


def every_widget(function: str) -> Json:
    """The card; its buttons and fields ask `function`."""
    press = action(function, "press")
    items = [{"text": "Cognition", "value": "C", "selected": True}, {"text": "Communication", "value": "SLCN"}]
    return {
        "name": "everything",
        "header": {"title": "Every widget", "subtitle": "As the panel draws it"},
        "sections": [
            {
                "header": "Words",
                "widgets": [
                    {
                        "textParagraph": {
                            "text": '<b>Bold</b>, <i>slanted</i>, <font color="#8a1c1c">red</font>, '
                            '<a href="https://school.example/x">a link</a><br>and <script>alert(1)</script>a line.'
                        }
                    },
                    {
                        "decoratedText": {
                            "topLabel": "Status",
                            "text": "SEN support",
                            "bottomLabel": "since September",
                            "startIcon": {"knownIcon": "PERSON", "altText": "Pupil"},
                            "button": button("Open", press),
                        }
                    },
                    {"divider": {}},
                    {
                        "decoratedText": {
                            "text": "Remind me",
                            "wrapText": True,
                            "startIcon": {"knownIcon": "CLOCK"},
                            "switchControl": {"name": "remind", "value": "yes", "selected": True},
                        }
                    },
                    {"decoratedText": {"text": "A row to press", "onClick": press, "endIcon": {"knownIcon": "STAR"}}},
                    {"image": {"imageUrl": PIXEL, "altText": "A dot"}},
                    {"image": {"imageUrl": "https://elsewhere.example/x.png", "altText": "Not from here"}},
                ],
            },
            {
                "header": "Fields",
                "widgets": [
                    {"textInput": {"name": "note", "label": "Note", "hintText": "In a few words", "value": "as was"}},
                    {"textInput": {"name": "more", "label": "More", "type": "MULTIPLE_LINE"}},
                    {
                        "textInput": {
                            "name": "cost",
                            "label": "Cost",
                            "validation": {"inputType": "INTEGER", "characterLimit": 4},
                        }
                    },
                    {
                        "textInput": {
                            "name": "pupil",
                            "label": "Find a pupil",
                            "autoCompleteAction": action(function, "find")["action"],
                        }
                    },
                    {"selectionInput": {"name": "need", "label": "Need", "type": "DROPDOWN", "items": items}},
                    {"selectionInput": {"name": "kinds", "label": "Kinds", "type": "CHECK_BOX", "items": items}},
                    {"selectionInput": {"name": "level", "label": "Level", "type": "RADIO_BUTTON", "items": items}},
                    {"selectionInput": {"name": "on", "label": "Switches", "type": "SWITCH", "items": items}},
                    {
                        "dateTimePicker": {
                            "name": "slot",
                            "label": "Slot",
                            "type": "DATE_AND_TIME",
                            "valueMsEpoch": "1782919200000",
                        }
                    },
                    {
                        "dateTimePicker": {
                            "name": "due",
                            "label": "Due",
                            "type": "DATE_ONLY",
                            "valueMsEpoch": "1782864000000",
                        }
                    },
                    {
                        "dateTimePicker": {
                            "name": "at",
                            "label": "At",
                            "type": "TIME_ONLY",
                            "valueMsEpoch": "55800000",
                        }
                    },
                ],
            },
            {
                "header": "Folded",
                "collapsible": True,
                "uncollapsibleWidgetsCount": 1,
                "widgets": [
                    {
                        "columns": {
                            "columnItems": [
                                {"widgets": [{"textParagraph": {"text": "Left"}}]},
                                {"horizontalAlignment": "END", "widgets": [{"textParagraph": {"text": "Right"}}]},
                            ]
                        }
                    },
                    {
                        "grid": {
                            "title": "Pupils",
                            "columnCount": 2,
                            "onClick": press,
                            "borderStyle": {"type": "STROKE"},
                            "items": [
                                {"id": "one", "title": "One", "subtitle": "4B", "image": {"imageUri": PIXEL}},
                                {"id": "two", "title": "Two", "layout": "TEXT_ABOVE"},
                            ],
                        }
                    },
                ],
            },
            {
                "widgets": [
                    {
                        "buttonList": {
                            "buttons": [
                                button("Save", action(function, "save", requiredWidgets=["more"], persistValues=True)),
                                button("Not now", press, disabled=True),
                                button("Green", press, color={"red": 0.1, "green": 0.5, "blue": 0.2}),
                                {"icon": {"knownIcon": "EMAIL", "altText": "Write a mail"}, "onClick": press},
                                button(
                                    "More",
                                    {"overflowMenu": {"items": [{"text": "Copy the link", "onClick": press}]}},
                                ),
                                button("Inner", {"card": {"header": {"title": "Inner card"}}}),
                            ]
                        }
                    }
                ]
            },
        ],
        "cardActions": [{"actionLabel": "Print", "onClick": action(function, "print")}],
        "fixedFooter": {
            "primaryButton": button("Propose", action(function, "propose", allWidgetsAreRequired=True)),
            "secondaryButton": button("Leave", action(function, "leave")),
        },
    }
