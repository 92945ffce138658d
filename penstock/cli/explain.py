"""`penstock explain`: why a lead stands where it stands."""

from __future__ import annotations

from typing import Annotated

import typer

from penstock.cli.options import AsJson, AsOf
from penstock.cli.output import print_json, print_line
from penstock.cli.root import app
from penstock.cli.workspace import opened
from penstock.operations.explain import explain_lead, in_words

LeadName = Annotated[str, typer.Argument(metavar="LEAD", help="A lead id, an e-mail address, or feed:external-id.")]


@app.command()
def explain(ctx: typer.Context, *, lead: LeadName, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Tell stage, scores, rules, evidence and branch of a lead, now or as of a past moment."""
    with opened(ctx) as workspace:
        found = explain_lead(workspace.sessions, lead=lead, now=as_of or workspace.present())
    print_json(found) if as_json else print_line(in_words(found))
