"""`penstock doctor`: what is wrong with the workspace, and how to mend it."""

from __future__ import annotations

import typer

from penstock.cli.clock import wall
from penstock.cli.options import AsJson
from penstock.cli.output import print_json, print_line
from penstock.cli.root import app
from penstock.cli.workspace import settings_of
from penstock.errors import FileError, PenstockError
from penstock.operations.doctor import DoctorResult, Finding, run_doctor


@app.command()
def doctor(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Look at settings, keys, playbook, templates, mail, database, migrations, clocks and feeds."""
    from deployments.wiring import outside

    try:
        settings = settings_of(ctx)
        found = run_doctor(settings, now=wall(), outside=outside(settings))
    except FileError as error:
        found = DoctorResult((Finding("settings", ok=False, said=str(error)),))
    if as_json:
        print_json({"ok": found.ok, "findings": found.findings})
    else:
        print_findings(found)
    if not found.ok:
        unwell = sum(not one.ok for one in found.findings)
        raise UnwellError(f"{unwell} of {len(found.findings)} parts {'is' if unwell == 1 else 'are'} not well")


class UnwellError(PenstockError):
    """Something of the user's is wrong; it was told already."""

    exit_code = FileError.exit_code


def print_findings(found: DoctorResult) -> None:
    """Print a line a part, and under it what else there is to say."""
    for one in found.findings:
        first, *rest = one.said.splitlines() or [""]
        print_line(f"{'ok   ' if one.ok else 'WRONG'} {one.part:<12} {first}")
        for line in rest:
            print_line(f"{'':<19}{line}")
