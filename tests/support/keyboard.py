"""A person with a keyboard and nothing else: where the focus is, and Tab until it is where it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page

_NAME = "(e => (e.labels && e.labels[0] ? e.labels[0].textContent : e.textContent).trim())(document.activeElement)"
_RING = """() => { const e = document.activeElement, seen = (e.type === 'radio' && e.closest('label')) || e;
                   const look = getComputedStyle(seen);
                   return look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 2; }"""
_MOST = 40


def focused(page: Page | Frame) -> str:
    """The words of what has the focus."""
    return str(page.evaluate(_NAME))


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what is named so has the focus, and can be seen to have it."""
    for _ in range(_MOST):
        page.keyboard.press("Tab")
        if focused(page).startswith(name):
            assert page.evaluate(_RING), f"{name} does not show its focus"
            return
    raise AssertionError(f"Tab never reached {name}")


def press(page: Page, name: str) -> None:
    """Press what is called so."""
    tab_to(page, name)
    page.keyboard.press("Enter")


def tab_into(page: Page, frame: Frame, name: str) -> None:
    """Press Tab until what is named so within a frame of the page has the focus."""
    for _ in range(_MOST):
        page.keyboard.press("Tab")
        if frame.evaluate("document.hasFocus()") and focused(frame).startswith(name):
            return
    raise AssertionError(f"Tab never reached {name} in the frame")
