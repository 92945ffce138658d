"""`penstock message`: mail that waits, went wrong, or would go out."""

from __future__ import annotations

from typing import Annotated

import typer

from penstock.cli.options import AsJson, AsOf
from penstock.cli.output import print_json, print_line, print_table
from penstock.cli.root import app
from penstock.cli.workspace import Workspace, opened
from penstock.mail.compose import Composer
from penstock.mail.links import Links
from penstock.operations.messages import RESOLUTIONS, STATUSES, WAITING, list_messages, resolve_message
from penstock.operations.preview import Preview, preview

message = typer.Typer(no_args_is_help=True, help="Mail that waits, went wrong, or would go out.")
app.add_typer(message, name="message")


@message.command("list")
def message_list(
    ctx: typer.Context,
    *,
    status: Annotated[str | None, typer.Option(help=f"Only those with it: {', '.join(STATUSES)}.")] = None,
    as_json: AsJson = False,
) -> None:
    """List what is held, deferred, refused or unknown, or all with a status."""
    with opened(ctx) as workspace:
        found = list_messages(workspace.sessions, status=status)
    if as_json:
        print_json({"messages": found})
        return
    heads = ("id", "kind", "to", "subject", "status", "why", "planned", "said")
    rows = [(m.message_id, m.kind, m.to, m.subject, m.status, m.skip_reason, m.planned_at, m.said) for m in found]
    waits = f"no message is {', '.join(WAITING[:-1])} or {WAITING[-1]}; --status accepted lists what was sent"
    print_table(heads, rows, none=waits if status is None else f"no message has the status {status}")


@message.command("preview")
def message_preview(
    ctx: typer.Context,
    *,
    sequence: Annotated[str, typer.Argument(metavar="SEQUENCE")],
    step: Annotated[str, typer.Argument(metavar="STEP")],
    lead: Annotated[str, typer.Option(metavar="LEAD", help="A lead id, an e-mail address, or feed:external-id.")],
    as_json: AsJson = False,
) -> None:
    """Show the mail of a step as it would go out to a lead; nothing is sent."""
    with opened(ctx) as workspace:
        now, composer = workspace.present(), composer_of(workspace)
        found = preview(workspace.sessions, now=now, sequence=sequence, step=step, lead=lead, composer=composer)
    print_json(found) if as_json else print_preview(found)


@message.command("resolve")
def message_resolve(
    ctx: typer.Context,
    *,
    message_id: Annotated[int, typer.Argument(metavar="ID")],
    status: Annotated[str, typer.Argument(metavar="STATUS", help=f"What became of it: {', '.join(RESOLUTIONS)}.")],
    reason: Annotated[str, typer.Option(help="How you know.")] = "",
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Say what became of a message whose fate nobody recorded; planned sends it again."""
    with opened(ctx) as workspace:
        done = resolve_message(
            workspace.sessions, now=workspace.act(as_of), message_id=message_id, status=status, reason=reason
        )
    print_json(done) if as_json else print_line(f"message {done.message_id} is {done.status}")


def composer_of(workspace: Workspace) -> Composer:
    """Return what composes the workspace's mails."""
    settings = workspace.settings
    links = Links(settings.keyring(), settings.web_address) if settings.web_address else None
    return Composer(links=links, overrides=settings.templates)


def print_preview(found: Preview) -> None:
    """Print headers and the text part, as a mail program would show them."""
    mail = found.mail
    for stop in found.stops:
        print_line(f"(it would not go out: {stop.reason}; {stop.said})")
    for name, value in (("From", mail.sender), ("To", mail.to), ("Subject", mail.subject), *mail.headers.items()):
        print_line(f"{name}: {value}")
    print_line()
    print_line(mail.text)
