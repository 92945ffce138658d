"""The fake vendor of `penstock demo`: people, companies and reps that behave the same for the same seed."""

from __future__ import annotations

from connectors.demo.feed import build
from connectors.demo.world import Options

__all__ = ["Options", "build"]
