"""`penstock playbook`: what both teams agreed on, checked, shown, compiled."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import create_engine

from penstock.cli.chosen import one_of
from penstock.cli.clock import wall
from penstock.cli.options import AsJson
from penstock.cli.output import note, print_json, print_line
from penstock.cli.root import app
from penstock.cli.workspace import settings_of
from penstock.counts import counted
from penstock.errors import FileError, PenstockError
from penstock.operations.agreed import read_agreed
from penstock.operations.try_examples import Tried, try_examples
from penstock.operations.unsupplied import odd_by_what_landed
from penstock.operations.untrusted import odd_in_trust
from penstock.playbook.check import check_playbook
from penstock.playbook.compile import verdicts
from penstock.playbook.jsonschema import definition_schema, examples_schema, sections_schema
from penstock.playbook.load import load_playbook
from penstock.playbook.load_examples import read_examples
from penstock.playbook.load_files import EXAMPLES, read_playbook
from penstock.playbook.page import page_of
from penstock.playbook.show import show_playbook
from penstock.web.pages import Pages

# By name, so that the values can be listed under the statement. No engine ever connects.
URLS = {"sqlite": "sqlite://", "postgresql": "postgresql+psycopg://"}
LIST = re.compile(r"__\[POSTCOMPILE_(\w+)\]")
playbook = typer.Typer(no_args_is_help=True, help="What both teams agreed on: checked, shown, compiled.")
app.add_typer(playbook, name="playbook")


@playbook.command("check")
def playbook_check(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Say every mistake with file, line and remedy; oddities do not fail."""
    settings = settings_of(ctx)
    folder = settings.playbook
    loaded = read_playbook(folder)
    checked = check_playbook(loaded)
    if not checked.errors:
        odd = odd_by_what_landed(settings.database_url, loaded)
        odd += odd_in_trust(settings.database_url, loaded, settings.feeds)
        checked = replace(checked, warnings=(*checked.warnings, *odd))
    if (folder / EXAMPLES).is_file() and not checked.errors:
        read_examples(folder, loaded.playbook)
    if as_json:
        print_json(checked)
    else:
        for problem in checked.warnings:
            note(f"odd: {problem}")
    if checked.errors:
        raise FileError(*checked.errors)
    if not as_json:
        print_line(f"the playbook is in order ({counted(len(checked.warnings), 'oddity')})")


@playbook.command("test")
def playbook_test(
    ctx: typer.Context,
    *,
    names: Annotated[list[str] | None, typer.Argument(metavar="[EXAMPLE…]", help="Only these.")] = None,
    as_json: AsJson = False,
) -> None:
    """Try your own examples: does the playbook decide what you expect?"""
    folder = settings_of(ctx).playbook
    agreed = load_playbook(folder)
    loaded = read_examples(folder, agreed)
    for name in names or ():
        one_of(name, loaded.examples, "example")
    tried = try_examples(agreed, loaded, names or ())
    if as_json:
        print_json({"ok": not tried.failed, "examples": tried.examples})
    else:
        for one in tried.failed:
            print_tried(one)
        fit, of = len(tried.examples) - len(tried.failed), counted(len(tried.examples), "example")
        print_line(f"{fit:,} of {of} {'is' if fit == 1 else 'are'} as expected")
    if tried.failed:
        raise DiffersError(f"{len(tried.failed)} not as expected; mend the playbook, or the example")


class DiffersError(PenstockError):
    """The playbook decides otherwise than an example says; it was told already."""

    exit_code = FileError.exit_code


def print_tried(one: Tried) -> None:
    """Print what differs, and why the playbook decides as it does."""
    print_line(f"{one.file}:{one.line}: {one.example}" + (f": {one.title}" if one.title else ""))
    if one.failed:
        print_line(f"  {one.failed}")
    for differs in one.differences:
        print_line(f"  {differs.definition}: {differs.what} is {differs.found}, expected {differs.expected}")
    for line in one.why:
        print_line(f"    {line}")


@playbook.command("show")
def playbook_show(
    ctx: typer.Context,
    *,
    html: Annotated[bool, typer.Option("--html", help="As a page for a browser, which also prints well.")] = False,
    out: Annotated[Path | None, typer.Option(help="The file to write instead of printing.")] = None,
) -> None:
    """Show the playbook as a page for people who do not read YAML."""
    settings = settings_of(ctx)
    shown = load_playbook(settings.playbook)
    agreed = read_agreed(settings.database_url, shown)
    has_examples = (settings.playbook / EXAMPLES).is_file()
    examples = read_examples(settings.playbook, shown).examples if has_examples else {}
    if html:
        page = page_of(shown, agreed=agreed, examples=examples, today=wall().date())
        text = Pages(settings.templates).show("playbook", page=page)
    else:
        text = show_playbook(shown, agreed, examples)
    if out is None:
        print_line(text.rstrip())
    else:
        out.write_text(text, encoding="utf-8")
        note(f"written to {out}")


@playbook.command("sql")
def playbook_sql(
    ctx: typer.Context,
    *,
    definition: Annotated[str | None, typer.Argument(metavar="[DEFINITION]", help="Only this one.")] = None,
    dialect: Annotated[str, typer.Option(help=f"One of {', '.join(URLS)}.")] = "sqlite",
) -> None:
    """Print the SQL that each definition compiles to."""
    deciding = load_playbook(settings_of(ctx).playbook).deciding
    one_of(definition, deciding.definitions, "definition")
    one_of(dialect, URLS, "--dialect")
    for name in [definition] if definition else deciding.definitions:
        statement = verdicts(
            deciding.definitions[name], deciding.vocabulary.trust, create_engine(URLS[dialect]).dialect.name
        )
        compiled = statement.compile(dialect=create_engine(URLS[dialect], paramstyle="named").dialect)
        # A list of values has a name too.
        print_line(f"-- {name}")
        print_line(LIST.sub(r":\1", str(compiled)) + ";")
        for parameter, value in compiled.params.items():
            print_line(f"-- :{parameter} = {value!r}")


@playbook.command("schema")
def playbook_schema(
    *,
    of: Annotated[
        str, typer.Argument(metavar="[PART]", help="definition, examples, or sections for all other files.")
    ] = "definition",
) -> None:
    """Print a JSON Schema, for editors that complete and check while you write."""
    schemas = {"definition": definition_schema, "sections": sections_schema, "examples": examples_schema}
    one_of(of, schemas, "part")
    print_json(schemas[of]())
