"""`penstock explain`: why a lead or an account stands where it stands."""

from __future__ import annotations

from typing import Annotated

import typer

from penstock.cli.options import AsJson, AsOf
from penstock.cli.output import print_json, print_line
from penstock.cli.root import app
from penstock.cli.workspace import opened
from penstock.operations.explain import explain as explain_subject
from penstock.operations.explain import in_words

Name = Annotated[
    str,
    typer.Argument(
        metavar="LEAD",
        help="A lead id, an e-mail address, or feed:external-id; an account: account:ID, its domain, feed:company-id.",
    ),
]


@app.command()
def explain(ctx: typer.Context, *, lead: Name, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Tell stage, scores, rules, evidence and branch of a lead or account, now or as of a past moment."""
    with opened(ctx) as workspace:
        found = explain_subject(workspace.sessions, named=lead, now=as_of or workspace.present())
    print_json(found) if as_json else print_line(in_words(found))
