"""What people edit of how files are read: one YAML file a purpose."""

from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@cache
def load_rules(name: str) -> dict[str, Any]:
    """The content of `name`.yaml beside this file."""
    content = files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    rules: dict[str, Any] = yaml.safe_load(content)
    return rules
