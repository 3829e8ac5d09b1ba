"""The errors a person can meet, each carrying the exit code that the command line ends with.

Everything raised on purpose derives from `IscoError`. Its message is one sentence saying what is
wrong, followed where possible by the next step to take.
"""

from isco.core.redaction import redacted

# For what is raised by mistake: a fault of the program.
FAULT_EXIT_CODE = 4


class IscoError(Exception):
    """Base of all deliberate errors. `exit_code` is the process's exit status.

    Whatever went into its message, no secret is shown with it.
    """

    exit_code = 2

    def __str__(self) -> str:
        return redacted(super().__str__())


class SettingsWarning(UserWarning):
    """Something looks like a setting, and is none."""


class ConnectionWarning(UserWarning):
    """Something about the way to Qdrant that a person should know."""


class InputWarning(UserWarning):
    """Something about a file of ads that is read all the same."""


def next_step(message: str) -> str | None:
    """What an error's message says to do: all that stands after its last colon or semicolon."""
    _, separator, step = max(
        (message.rpartition(mark) for mark in (": ", "; ")), key=lambda parts: len(parts[0])
    )
    return step if separator else None


class ConfigError(IscoError):
    """A configuration key or value, or the way a command was called, is wrong."""


class InputError(IscoError):
    """An input file can't be read at all (a single broken row is not an error but a row)."""


class TaxonomyError(IscoError):
    """A taxonomy source is incomplete or contradicts itself."""


class UnavailableError(IscoError):
    """Something needed is not there: Qdrant, a model, a package, an ingested taxonomy."""

    exit_code = 3


class AtWorkError(UnavailableError):
    """Somebody else is building what this command would build."""


class ModelMismatchError(UnavailableError):
    """A query comes from another embedding model than the collection was built with."""
