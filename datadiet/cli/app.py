"""The Typer application, and the one place where an error becomes a sentence and an exit code."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from datadiet.cli import analyses, audit, exports, jobs, runs, scoring, serve, studies
from datadiet.cli.console import show, tell
from datadiet.cli.entry import EXIT_INTERRUPTED, INTERRUPTED
from datadiet.cli.streams import open_missing_streams
from datadiet.errors import DataDietError, StoreError

EXIT_ERROR = 1


class SentenceGroup(TyperGroup):
    """The commands; what one of them refuses becomes one line, never a traceback."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """Parse the words.

        Raises:
            Exit: With 130 after Ctrl-C.
        """
        with _interruptible():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named.

        Raises:
            Exit: With 1 after a DataDietError or a path that the system refuses, with 130 after Ctrl-C.
        """
        try:
            with _interruptible():
                return super().invoke(ctx)
        except DataDietError as error:
            tell(f"datadiet: {error}")
            raise typer.Exit(EXIT_ERROR) from None
        except OSError as error:
            if error.filename is None:  # of no path that somebody named
                raise
            tell(f"datadiet: {error.filename} cannot be used: {error.strerror}.")
            raise typer.Exit(EXIT_ERROR) from None


@contextmanager
def _interruptible() -> Generator[None]:
    """Make one line of Ctrl-C; Typer would leave without a word."""
    try:
        yield
    except KeyboardInterrupt:
        tell(INTERRUPTED)
        raise typer.Exit(EXIT_INTERRUPTED) from None


class JobCommand(TyperCommand):
    """One command; where it runs as a job, the job hears also of what is refused before its work begins."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command.

        Raises:
            DataDietError: As the command does.
        """
        try:
            return super().invoke(ctx)
        except DataDietError as error:
            if any("--job" in param.opts for param in self.params) and ctx.params["job"]:
                _tell_job(ctx.params["workspace"], ctx.params["job"], str(error))
            raise


def _tell_job(workspace: Path, job: str, sentence: str) -> None:
    """Write down why a job never began; where even that is refused, what was refused first is said."""
    from datadiet.execution.jobs import end_unbegun
    from datadiet.store.workspace import Workspace

    with suppress(StoreError):
        end_unbegun(Workspace.existing(workspace), job, "failed", sentence)


cli = typer.Typer(
    name="datadiet",
    cls=SentenceGroup,
    help="Audit an image-classification data set: wrong labels, odd images, and what can be left out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

COMMANDS: dict[str, Callable[..., None]] = {
    "demo": audit.demo,
    "audit": audit.audit,
    "score": scoring.score,
    "score-pool": scoring.score_pool,
    "select": scoring.select,
    "sweep": studies.sweep,
    "analyse": analyses.analyse,
    "figures": analyses.figures,
    "export": exports.export,
    "report": exports.report,
    "list": runs.list_runs,
    "show": runs.show_run,
    "rename": runs.rename,
    "note": runs.note,
    "delete": runs.delete,
    "verify": runs.verify,
    "doctor": runs.doctor,
    "jobs": jobs.jobs,
    "cancel": jobs.cancel,
    "dashboard": serve.dashboard,
}
for _name, _command in COMMANDS.items():
    cli.command(name=_name, cls=JobCommand)(_command)
cli.add_typer(exports.reviews, name="reviews")


def print_version(wanted: bool) -> None:
    """Print the version and stop, where it was asked for."""
    if wanted:
        show(f"datadiet {version('datadiet')}")
        raise typer.Exit


@cli.callback()
def common(
    *,
    _version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and stop.", callback=print_version, is_eager=True),
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Write the log to stderr.")] = False,
) -> None:
    """Audit an image-classification data set: wrong labels, odd images, and what can be left out."""
    logging.basicConfig(level=logging.INFO if verbose else logging.ERROR, stream=sys.stderr)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave the process with its exit code.

    Args:
        arguments: Words after ``datadiet``; those of the process when missing.
    """
    open_missing_streams()
    cli(arguments)
