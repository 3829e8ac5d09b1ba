"""Options that every command shares, and how they become settings."""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
import yaml

from isco.cli import logs
from isco.cli.terminal import note
from isco.core.config import load_settings
from isco.core.errors import ConfigError, SettingsWarning
from isco.core.settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])


def configuration_options(command: Command) -> Command:
    """Add --config, --profile, --set and --log-format to a command."""
    options = (
        click.option(
            logs.OPTION,
            type=click.Choice([logs.TEXT, logs.JSON]),
            envvar=logs.VARIABLE,
            expose_value=False,  # it was looked up before anything was parsed
            help="Standard error for people, or as one JSON object a line.",
        ),
        click.option(
            "--set",
            "assignments",
            multiple=True,
            metavar="KEY=VALUE",
            help="Set one key of the configuration, such as data_dir=/srv/isco.",
        ),
        click.option(
            "--profile",
            "profiles",
            multiple=True,
            metavar="NAME",
            help="Overlay a profile: a name, such as paper, or a YAML file. May be repeated.",
        ),
        click.option(
            "--config",
            "config_file",
            type=click.Path(path_type=Path, dir_okay=False),
            help="Configuration file that overlays the defaults.",
        ),
    )
    for option in options:
        command = option(command)
    return command


def asking_options(command: Command) -> Command:
    """Add --budget, --below, --random-share and --seed: which ads people are asked about."""
    options = (
        click.option("--seed", default=0, show_default=True, help="Which ads are drawn."),
        click.option(
            "--random-share",
            type=click.FloatRange(0, 1, max_open=True),
            default=0.1,
            show_default=True,
            help="Part of the decisions that are on ads drawn from the accepted ones, to see how "
            "right these are.",
        ),
        click.option(
            "--below",
            type=click.FloatRange(0, 1),
            default=0.8,
            show_default=True,
            help="Ask about codes that are less sure than this, and shorter than four digits.",
        ),
        click.option(
            "--budget",
            type=click.IntRange(min=1),
            metavar="N",
            help="Ask for N decisions, the most useful; by default for all that are unsure.",
        ),
    )
    for option in options:
        command = option(command)
    return command


def settings_from(
    config_file: Path | None,
    profiles: tuple[str, ...],
    assignments: tuple[str, ...],
    **flags: Any,
) -> Settings:
    """Settings from the shared options; `flags` are those of the command, as `section__key`.

    A flag that is None was not given; a null that is assigned counts.
    """
    values: dict[str, Any] = {}
    for assignment in assignments:
        key, separator, text = assignment.partition("=")
        if not separator:
            raise ConfigError(f"--set {assignment!r} needs the form KEY=VALUE")
        try:
            values[key.strip()] = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ConfigError(f"--set {key}: {text!r} is not a valid value") from error
    given = {name: value for name, value in flags.items() if value is not None}
    values.update({name.replace("__", "."): value for name, value in given.items()})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", SettingsWarning)
        try:
            return load_settings(config_file, profiles, flags=values)
        finally:
            _tell_once([str(warning.message) for warning in caught])


def _tell_once(messages: Sequence[str]) -> None:
    """Notes, each once a command, however often it makes settings."""
    context = click.get_current_context(silent=True)
    told: set[str] = context.meta.setdefault(__name__, set()) if context else set()
    for message in messages:
        if message not in told:
            told.add(message)
            note(f"isco: {message}")
