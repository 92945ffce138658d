"""The playbook of a directory, read and checked as a whole; called by runs that look for a change, and by ``init``."""

from __future__ import annotations

from pathlib import Path

from penstock.errors import FileError
from penstock.playbook.check import check_playbook
from penstock.playbook.load_files import Loaded, read_playbook
from penstock.playbook.model import Playbook

__all__ = ["Loaded", "load_playbook", "read_playbook"]


def load_playbook(folder: Path) -> Playbook:
    """Return the playbook below a folder (a workspace's ``playbook/``); raises FileError with every problem."""
    loaded = read_playbook(folder)
    checked = check_playbook(loaded)
    if checked.errors:
        raise FileError(*checked.errors)
    return loaded.playbook
