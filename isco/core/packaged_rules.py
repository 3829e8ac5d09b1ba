"""Rules that people edit: YAML files that the packages carry."""

from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@cache
def packaged_rules(package: str, name: str) -> dict[str, Any]:
    """The content of `name`.yaml in a package."""
    content = files(package).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    rules: dict[str, Any] = yaml.safe_load(content)
    return rules
