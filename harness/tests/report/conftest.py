"""The texts of the sample's findings stand in the catalogue while these tests run."""

from __future__ import annotations

from collections.abc import Iterator
from unittest import mock

import pytest
import sample_run

from smtpwitness.model.texts import TEXTS


@pytest.fixture(autouse=True)
def _texts() -> Iterator[None]:
    with mock.patch.dict(TEXTS, sample_run.TEXTS):
        yield
