"""`penstock handoff`: what was given to sales, and what sales says of it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from penstock.cli.chosen import one_of
from penstock.cli.clock import read_date
from penstock.cli.options import AsJson, AsOf
from penstock.cli.output import print_json, print_line, print_table
from penstock.cli.root import app
from penstock.cli.workspace import opened, whoever
from penstock.operations.answer import AnswerResult, answer_handoff
from penstock.operations.handoffs import HandoffLine, list_handoffs
from penstock.operations.speaker import speaker
from penstock.records import ANSWERS

STATUSES = ("offered", "working", "accepted", "review", "rejected", "returned", "withdrawn")
handoff = typer.Typer(no_args_is_help=True, help="What was given to sales, and what sales says of it.")
app.add_typer(handoff, name="handoff")


@handoff.command("list")
def handoff_list(
    ctx: typer.Context,
    *,
    status: Annotated[str | None, typer.Option(help=f"Only those with it: {', '.join(STATUSES)}.")] = None,
    owner: Annotated[str | None, typer.Option(help="Only those of this person.")] = None,
    queue: Annotated[str | None, typer.Option(help="Only those of this queue.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those past their promise.")] = False,
    as_json: AsJson = False,
) -> None:
    """List open handoffs, or those with a status."""
    one_of(status, STATUSES, "--status")
    with opened(ctx) as workspace:
        now = workspace.present()
        found = list_handoffs(workspace.sessions, now=now, status=status, owner=owner, queue=queue, overdue=overdue)
    if as_json:
        print_json({"handoffs": found})
    else:
        print_handoffs(found, none=no_handoffs(status=status, owner=owner, queue=queue, overdue=overdue))


@handoff.command("answer")
def handoff_answer(
    ctx: typer.Context,
    *,
    handoff_id: Annotated[str, typer.Argument(metavar="ID")],
    answer: Annotated[str, typer.Argument(metavar="ANSWER", help=f"One of {', '.join(ANSWERS)}.")],
    reason: Annotated[str, typer.Option(help="Why not, by its id in the playbook.")] = "",
    next_step: Annotated[str, typer.Option(help="What was agreed.")] = "",
    next_on: Annotated[date | None, typer.Option(parser=read_date, metavar="DATE", help="And for when.")] = None,
    by: Annotated[
        str, typer.Option(metavar="PERSON", help="Who of the playbook answers; else the user of this machine.")
    ] = "",
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Record what sales says: working, accepted (with a dated next step), review, or rejected (with a reason).

    The latest answer holds: after a mistaken rejection, say what is true.
    """
    one_of(answer, ANSWERS, "answer")
    with opened(ctx) as workspace:
        actor = speaker(workspace.sessions, by) if by else whoever()
        done = answer_handoff(
            workspace.sessions, now=workspace.act(as_of), handoff_id=handoff_id, answer=answer, actor=actor,
            reason=reason, next_step=next_step, next_on=next_on,
        )  # fmt: skip
    print_json(done) if as_json else print_line(answer_words(done, answer))


def answer_words(done: AnswerResult, answer: str) -> str:
    """Return what became of an answer."""
    if not done.recorded:
        return f"handoff {done.handoff_id} was answered {answer} in this very moment already; nothing changed"
    return f"handoff {done.handoff_id} is {done.status}" + (
        ": it is open again, and its owner's" if done.reopened else ""
    )


def print_handoffs(found: list[HandoffLine], *, none: str = "no handoff") -> None:
    """Print a line a handoff, or ``none``."""
    print_table(
        ("id", "who", "company", "queue", "owner", "tier", "status", "since", "contact due"),
        [(h.handoff_id, h.name, h.company, h.queue, h.owner, h.tier, h.status, h.created_at, h.due_at) for h in found],
        none=none,
    )


def no_handoffs(*, status: str | None, owner: str | None, queue: str | None, overdue: bool) -> str:
    """Return in words that there is no handoff as was asked for."""
    whose = "".join(f" {word} {name}" for word, name in (("of", owner), ("in", queue)) if name)
    what = f"has the status {status}" if status else "is open"
    late = " and past its promise" if overdue else ""
    plain = not (status or whose or overdue)
    todo = "; `penstock run pipeline` hands over what was decided since" if plain else ""
    return f"no handoff{whose} {what}{late}{todo}"
