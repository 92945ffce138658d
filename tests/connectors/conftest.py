"""What tests of connectors may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.connectors.drop import Drop


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    """A drop folder for form fills, empty."""
    return Drop(tmp_path)
