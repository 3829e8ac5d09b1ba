"""The errors that `isco` raises on purpose: each an `IscoError`, whose message says what to do.

try:
    codes = coder.predict(titles)
except isco.errors.UnavailableError as error:
    print(error)
"""

from isco.core.errors import (
    ConfigError,
    InputError,
    IscoError,
    ModelMismatchError,
    TaxonomyError,
    UnavailableError,
)

__all__ = [
    "ConfigError",
    "InputError",
    "IscoError",
    "ModelMismatchError",
    "TaxonomyError",
    "UnavailableError",
]
