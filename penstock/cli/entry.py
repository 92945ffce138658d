"""Where the program starts: runs a command and turns what went wrong into one or two lines and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

import typer
from sqlalchemy.exc import OperationalError

from penstock.cli.root import app
from penstock.errors import PenstockError

# What typer raises for a wrong flag or argument. It carries click inside, under a private name since 0.26.
MisusedError: type[Exception] = typer.BadParameter.__bases__[0]
INTERRUPTED = 130
# What the library says of a text where a number stands.
NO_NUMBER = "Input should be a valid integer, unable to parse string as an integer"
# In the order in which somebody new meets them; each module adds its commands to the root when it is imported.
COMMANDS = (
    "init", "demo", "run", "simulate", "up", "status", "explain", "lead", "handoff", "message", "quarantine", "feed",
    "playbook", "playbook_diff", "export", "doctor", "store",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with the exit code of the contract."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; user errors print without a traceback."""
    for command in COMMANDS:
        import_module(f"penstock.cli.{command}")
    try:
        code = app(args=list(arguments), standalone_mode=False, prog_name="penstock")
    except PenstockError as error:
        return failed(str(error), error.exit_code)
    except MisusedError as error:
        return misused(error)
    except OperationalError as error:  # somebody holds the store for long, its server went away, the disk is full
        said = str(error.orig).strip().splitlines()[0]
        return failed(f"the store failed: {said}; try again, or see what `penstock doctor` says", 1)
    except (KeyboardInterrupt, typer.Abort):
        return failed("interrupted", INTERRUPTED)
    except BrokenPipeError:  # the reader, `head` for example, has seen enough
        sys.stderr.close()
        return 0
    return code if isinstance(code, int) else 0


def failed(message: str, code: int) -> int:
    """Print what went wrong to stderr and return the exit code."""
    print(message, file=sys.stderr)  # noqa: T201 - the one place where errors are printed
    return code


def misused(error: Exception) -> int:
    """Tell how a command was misused; without any argument the help is the answer."""
    message = getattr(error, "format_message", error.__str__)()
    if message.startswith("Usage:"):
        return failed(message, 2)
    ctx = getattr(error, "ctx", None)
    where = f"{ctx.command_path}: " if ctx is not None else ""
    told = message[:1].lower() + message[1:].rstrip(".").replace(NO_NUMBER, "that is no whole number")
    remedy = "" if ";" in told else f"; `{ctx.command_path if ctx else 'penstock'} --help` lists what it takes"
    return failed(f"{where}{told}{remedy}", 2)
