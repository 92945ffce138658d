"""From a letter to a mail that is ready to leave: both parts from one body, in a sandbox, every header decided.

Used by deliver and by preview. Templates come with the package; a workspace overrides them by path in its own
``templates/``.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import formataddr
from functools import partial
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, FunctionLoader, StrictUndefined, Template, TemplateError
from jinja2.ext import Extension
from jinja2.loaders import split_template_path
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from penstock.errors import PenstockError
from penstock.mail import markdown
from penstock.mail.letter import Letter
from penstock.mail.links import Links
from penstock.playbook.operations import Sender
from penstock.records import OutgoingMail

_SUBJECT = re.compile(r"\ASubject:[ \t]*(?P<subject>\S[^\r\n]*)\r?(?:\n|\Z)")
# Not RFC 5321 in full: nothing in it can end a header, start another address, or lack a domain.
_ADDRESS = re.compile(r"[^\s@<>(),;:\\\"\[\]\x00-\x1f\x7f]+@[^\s@<>(),;:\\\"\[\]\x00-\x1f\x7f]+")
# With these a template could hand a value past the escaping.
_PAST_ESCAPING = ("safe", "e", "escape", "forceescape", "tojson", "urlize", "xmlattr")
# A line of nothing but tags.
_TAG_LINES = re.compile(r"^((?:[ \t]*\{%(?:(?!%\}|\n).)*%\})+[ \t]*)(\r?\n)", re.MULTILINE)
# What a template can run into while it is rendered, beside what Jinja itself refuses.
_FAULTS = (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError)


class _TagLines(Extension):
    """Lets a line of tags leave none behind, and a sentence that ends in a tag keep its own."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002 - Jinja's signature
        """Put the line's end into a comment, which keeps the numbers of lines."""
        return _TAG_LINES.sub(r"\1{#\2#}", source)


class UnrenderableError(PenstockError):
    """A body or template cannot be rendered: nothing is sent, and the message says where and why."""


class BadAddressError(PenstockError):
    """The recipient's address cannot be one: it is said, not tried."""


@dataclass(frozen=True, slots=True)
class _Body:
    subject: Template
    text: Template


class Composer:
    """Composes mails; made once a run. ``links`` signs the way out, where the workspace has a web address."""

    def __init__(self, *, links: Links | None = None, overrides: Path | None = None) -> None:
        """Take the workspace's ``templates/`` folder, which goes before the templates of the package."""
        loader = template_loader(overrides)
        self._links = links
        self._plain = _environment(loader, markdown.clean)
        self._markdown = _environment(loader, lambda value: Markup(markdown.escape(value)), autoescape=True)  # noqa: S704 - no HTML: it stops Jinja from escaping twice
        self._page = _environment(loader, None, autoescape=True)
        self._bodies: dict[str, _Body] = {}
        self._sources: dict[str, str] = {}

    def template(self, name: str) -> str:
        """Return the source of a built-in or overridden template, such as ``handoff/note.md``."""
        if name not in self._sources:
            self._sources[name] = self._source(name)
        return self._sources[name]

    def _source(self, name: str) -> str:
        try:
            loader = self._plain.loader
            return "" if loader is None else loader.get_source(self._plain, name)[0]
        except TemplateError as error:
            raise UnrenderableError(f"there is no template {name}") from error

    def compose(self, letter: Letter, *, sender: Sender, now: datetime) -> OutgoingMail:
        """Return the mail; raises UnrenderableError and BadAddressError, and has no effect."""
        if not _ADDRESS.fullmatch(letter.to):
            raise BadAddressError("the address cannot be one: nothing was tried")
        link = self._way_out(letter)
        try:
            subject, html, text = self._render(letter, sender, link)
        except _FAULTS as error:
            raise UnrenderableError(_where(error)) from error
        return OutgoingMail(
            message_id=message_id(letter.kind, letter.key, sender.email),
            # Sent by our one address, whose domain says that it may (SPF, DKIM): only the name is the colleague's.
            sender=formataddr((markdown.clean(sender.name if letter.by is None else letter.by.name), sender.email)),
            to=letter.to,
            subject=subject,
            text=text,
            html=html,
            date=now,
            headers=_headers(letter, link),
        )

    def _render(self, letter: Letter, sender: Sender, link: str) -> tuple[str, str, str]:
        body = self._body(letter.body)
        subject = markdown.clean(body.subject.render(letter.context))
        tokens = markdown.parse(body.text.render(letter.context))
        frame = {
            "sender": sender,
            "subject": subject,
            "why": letter.footer.why,
            "is_for_lead": letter.footer.lead_id is not None,
            "unsubscribe_url": link,
        }
        html = self._page.get_template("email/layout.html").render(frame, body=Markup(markdown.to_html(tokens)))  # noqa: S704 - made by markdown-it with HTML off
        text = self._plain_frame(frame, markdown.to_text(tokens))
        return subject, html, text

    def _plain_frame(self, frame: Mapping[str, Any], body: str) -> str:
        # The body has lines, which values must not have: so it is put in beside the template, not through it.
        footer = self._plain.get_template("email/layout.txt").render(frame)
        return f"{body.rstrip()}\n\n{footer.strip()}\n"

    def _body(self, source: str) -> _Body:
        if source not in self._bodies:
            self._bodies[source] = self._read(source)
        return self._bodies[source]

    def _read(self, source: str) -> _Body:
        found = _SUBJECT.match(source)
        if found is None:
            raise UnrenderableError("line 1: a mail starts with `Subject: …`, then a blank line, then the text")
        # The blank line in place of the subject keeps the line numbers of errors.
        rest = "\n" + source[found.end() :]
        return _Body(self._plain.from_string(found["subject"]), self._markdown.from_string(rest))

    def _way_out(self, letter: Letter) -> str:
        if letter.footer.lead_id is None or self._links is None:
            return ""
        return self._links.unsubscribe(letter.footer.lead_id, letter.footer.purpose)


def _headers(letter: Letter, link: str) -> dict[str, str]:
    answers = {} if letter.by is None else {"Reply-To": formataddr((markdown.clean(letter.by.name), letter.by.email))}
    if letter.footer.lead_id is None:
        # A note or an alert: no vacation reply wanted (RFC 3834).
        return {"Auto-Submitted": "auto-generated"}
    # RFC 8058: one click, which is why the page behind it acts on POST without asking back.
    one_click = {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if link else {}
    return answers | one_click


def message_id(kind: str, key: str, sender: str) -> str:
    """Return the Message-ID of an effect: always the same for the same meaning, so that a repeat can be told."""
    return f"<{sha256(f'{kind}:{key}'.encode()).hexdigest()[:32]}@{sender.rpartition('@')[2]}>"


def template_loader(overrides: Path | None) -> BaseLoader:
    """Return the loader of templates: the workspace's own by path, then those of the package."""
    built_in = FunctionLoader(_built_in)
    return built_in if overrides is None else ChoiceLoader([FileSystemLoader(overrides), built_in])


def _built_in(name: str) -> str | None:
    found = files("templates").joinpath(*split_template_path(name))
    return found.read_text(encoding="utf-8") if found.is_file() else None


def _environment(loader: BaseLoader, finalize: Any, *, autoescape: bool = False) -> ImmutableSandboxedEnvironment:  # noqa: ANN401 - Jinja's own untyped hook
    made = ImmutableSandboxedEnvironment(
        loader=loader,
        undefined=StrictUndefined,
        finalize=finalize,
        autoescape=autoescape,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=[_TagLines],
    )
    for name in _PAST_ESCAPING:
        made.filters[name] = partial(_refused, name)
    return made


def _refused(name: str, *_: Any) -> str:  # noqa: ANN401 - a filter's arguments
    raise TemplateError(f"the filter {name} is not for mails: every value is escaped already")


def _where(error: Exception) -> str:
    line = getattr(error, "lineno", None)
    if line is None:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<template>"]
        line = frames[-1].lineno if frames else None
    return f"line {line}: {error}" if line else str(error)
