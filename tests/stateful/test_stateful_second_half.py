"""No interleaving loses a word: the second half of the examples, so that two workers share them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from support.machine import EXAMPLES, Workbook, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module", autouse=True)
def _prepared() -> Iterator[None]:
    yield from prepare()


class SecondHalf(Workbook):
    pass


TestNoWordIsLostSecondHalf = SecondHalf.TestCase
TestNoWordIsLostSecondHalf.settings = settings(max_examples=EXAMPLES, stateful_step_count=6)
