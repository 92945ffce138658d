"""Files in a folder or at any fsspec address, read as their mappings say. Registered as ``csv``, found by the registry.

The folder is not called ``csv``, so that nothing takes it for the standard library's module.
"""

from __future__ import annotations

from pathlib import Path

from connectors.csv_files.feed import CsvFeed, Options

KIND = "csv"

__all__ = ["KIND", "CsvFeed", "Options", "build"]


def build(name: str, options: Options, *, workspace: Path, **_: object) -> CsvFeed:
    """Return the feed; raises FileError for a mapping that is wrong."""
    return CsvFeed(name, options, workspace=workspace)
