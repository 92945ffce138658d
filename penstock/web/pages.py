"""The pages of ``templates/web/``, rendered: those of the web app, and the playbook's, which a command writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from penstock.mail.compose import template_loader


class Pages:
    """Renders pages; a workspace's own templates go before those of the package."""

    def __init__(self, overrides: Path | None = None) -> None:
        """Take the workspace's ``templates/`` folder."""
        self._templates = ImmutableSandboxedEnvironment(
            loader=template_loader(overrides), undefined=StrictUndefined, autoescape=True
        )

    def show(self, name: str, **words: Any) -> str:  # noqa: ANN401 - what a template names
        """Return a page by name."""
        return self._templates.get_template(f"web/{name}.html").render(words)

    def style(self) -> str:
        """Return the style sheet of all pages."""
        return self._templates.get_template("web/page.css").render()
