"""What every section of the settings is: checked, closed to unknown keys, and never changed."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


class Section(BaseModel):
    """Base of the models, one a section of config.yaml."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, protected_namespaces=(), validate_default=True
    )


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


# Made absolute when the settings are: whoever changes folder afterwards finds the same file.
AbsolutePath = Annotated[Path, AfterValidator(_absolute)]
