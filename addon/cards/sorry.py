"""Cards that say what could not be done, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from addon.cards.parts import button, buttons, card, does, line, paragraph, section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from addon.cards.parts import Json
    from addon.paths import Addresses
    from sync.service.addon_desk import Missing


def sorry_card(to: Addresses, what: str, next_step: str) -> Json:
    """Something could not be done."""
    return card(
        "Sensync", [section([paragraph(what), paragraph(next_step), buttons(button("Home", does(to, "home")))])]
    )


def nobody_card() -> Json:
    """For an account of the school that the configuration gives no part in this. It has no button: there is nowhere."""
    return card(
        "Sensync",
        [
            section(
                [
                    paragraph("Sensync has nothing to show to this account."),
                    paragraph("If you work with the SEN register, ask the SENCO to have you added."),
                ]
            )
        ],
    )


def setup_card(to: Addresses, missing: Sequence[Missing]) -> Json:
    """What of the set-up is missing, and how to mend each."""
    lines = [line(each.what, each.mend) for each in missing]
    if not lines:
        lines = [paragraph("Nothing is missing.")]
    return card("Set-up", [section(lines), section([buttons(button("Home", does(to, "home")))])])
