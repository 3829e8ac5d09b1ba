"""`isco`: finds the command, runs it, turns deliberate errors into a message and an exit code."""

import errno
import importlib
import logging
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

import click
from click.shell_completion import CompletionItem, get_completion_class

from isco.cli import logs, stopping
from isco.cli.input_notes import noting_warnings
from isco.cli.standard_streams import fill_closed_streams
from isco.core import __version__
from isco.core.errors import FAULT_EXIT_CODE, IscoError
from isco.core.printable import printable
from isco.core.redaction import redacted

# As of a process that SIGPIPE has ended.
_READER_GONE = 141
# A full disk, a stream that is closed, a terminal that is gone.
_NO_WRITING = (errno.ENOSPC, errno.EBADF, errno.EIO)

COMMANDS = (
    "ingest", "classify", "search", "evaluate", "review", "learn", "merge", "report", "export",
    "crosswalk", "serve", "train", "versions", "rollback", "status", "cache",
)  # fmt: skip


class ReaderGoneError(Exception):
    """The reader of standard output (head, less) has seen enough."""


class LazyGroup(click.Group):
    """Imports a command's module when the command is used: `isco --help` waits for no model."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands, in the order in which they are used."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"isco.cli.{cmd_name}").command
        return command

    def make_context(self, *given: Any, **named: Any) -> click.Context:
        """As any group. Help is written here."""
        with _told_apart():
            return super().make_context(*given, **named)

    def invoke(self, ctx: click.Context) -> Any:
        """As any group. Click puts an empty line after an interrupt, which is no JSON."""
        try:
            with _told_apart():
                result = super().invoke(ctx)
                sys.stdout.flush()
                return result
        except KeyboardInterrupt as error:
            if logs.is_json():
                raise click.exceptions.Abort from error
            raise

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands and options that begin so, without importing the commands."""
        commands = [
            CompletionItem(name, help=summary)
            for name, summary in SUMMARIES.items()
            if name.startswith(incomplete)
        ]
        return commands + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))


@contextmanager
def _told_apart() -> Iterator[None]:
    """Click ends a broken pipe by the exit code of ads that are none."""
    try:
        yield
    except BrokenPipeError as error:
        raise ReaderGoneError from error


SUMMARIES = {
    "ingest": "Load a taxonomy into Qdrant and put it into use.",
    "classify": "Give job ads their ISCO-08 codes.",
    "search": "Show the neighbours of one text.",
    "evaluate": "Measure accuracy on ads with a known code.",
    "review": "Make a sheet of the ads that people should code.",
    "learn": "Let labelled ads be searched beside the taxonomy.",
    "merge": "Put what people decided into the predictions.",
    "report": "Say what a run has coded, how sure it is, and what has changed.",
    "export": "Hand the ads that people should code to another tool.",
    "crosswalk": "Give answered ads their codes of other classifications.",
    "serve": "Serve the REST interface, and the page on which people decide.",
    "train": "Train an adapter for the bundled encoder.",
    "versions": "List the versions of the taxonomy that are stored, and which is in use.",
    "rollback": "Put the version that was in use before back into use.",
    "status": "Say what is configured, reachable and ingested, and what to do next.",
    "cache": "Show or clear the answers of language models that are stored.",
}


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="isco")
@click.option(
    "--show-completion",
    type=click.Choice(["bash", "zsh", "fish"]),
    is_eager=True,
    expose_value=False,
    callback=lambda context, _, shell: _show_completion(context, shell),
    help="Print the script that completes commands and options in that shell, and end.",
)
def cli() -> None:
    """Online job advertisements in, ISCO-08 occupation codes out."""


def _show_completion(context: click.Context, shell: str | None) -> None:
    if shell is None or context.resilient_parsing:
        return
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(cli, {}, "isco", "_ISCO_COMPLETE").source())
    context.exit()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 some ads were broken rows, 2 usage or
    configuration, 3 something needed is not available, 4 a fault of the program, 129 the terminal
    is gone, 130 interrupted, 141 the reader of standard output is gone, 143 told to end."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    fill_closed_streams()
    as_json = logs.asked_for(given, os.environ) == logs.JSON
    with (
        logs.as_json_lines() if as_json else logs.as_notes(),
        stopping.ending_at_once(),
        noting_warnings(),
    ):
        sys.exit(_status_of(given))


def _status_of(arguments: list[str]) -> int:
    """The exit status of a command line, after telling how it ended."""
    try:
        status = cli.main(args=arguments, prog_name="isco", standalone_mode=False)
    except click.exceptions.Abort:
        return _failed("interrupted; run the same command again to go on", 130)
    except stopping.Terminated as ended:
        message = f"told to end ({ended.signal.name}); run the same command again to go on"
        return _failed(message, ended.exit_code)
    except click.ClickException as error:
        if not logs.is_json():
            error.show()
            return error.exit_code
        return _failed(error.format_message(), error.exit_code)
    except IscoError as error:
        return _failed(str(error), error.exit_code)
    except ReaderGoneError:
        _to_nowhere(sys.stdout)
        return _READER_GONE
    except Exception as error:
        if isinstance(error, OSError) and error.filename is None and error.errno in _NO_WRITING:
            _to_nowhere(sys.stdout)
            return _failed(f"can't write to standard output: {error.strerror}", 3)
        if logs.is_json():
            raise
        click.echo(redacted(traceback.format_exc()), err=True, nl=False)
        return _failed(
            f"a fault of the program ({type(error).__name__}); what is written stays, and what "
            "stands above is what its makers need to know",
            FAULT_EXIT_CODE,
        )
    exit_code = status if isinstance(status, int) else 0
    logs.event("done", "done", exit_code=exit_code)
    return exit_code


def _to_nowhere(stream: TextIO) -> None:
    """What it still holds: Python must not complain when it flushes that."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _failed(message: str, exit_code: int) -> int:
    # On one line, though what a library had to say may have had several.
    message = " ".join(message.split())
    if logs.is_json():
        logs.event("failed", message, logging.ERROR, exit_code=exit_code)
    else:
        click.echo(f"isco: {printable(message)}", err=True)
    return exit_code
