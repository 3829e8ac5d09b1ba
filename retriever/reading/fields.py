"""Fields of a row by name, or by the path to one within others: "description.text". Pure.

A name that a row has is that field, dots or not. Along a path, a number is a place in a list
("titles.0"), "*" the first of all that there are ("versions.*.title"), and "{language}" what the
row has in that field.
"""

from collections.abc import Mapping
from typing import Any

_MISSING = object()


def value_at(fields: Mapping[str, Any], name: str) -> Any:
    """What stands there; None where there is nothing."""
    value = _find(fields, name)
    return None if value is _MISSING else value


def is_there(fields: Mapping[str, Any], name: str) -> bool:
    """Whether there is such a field, be it null."""
    return _find(fields, name) is not _MISSING


def without(fields: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    """The fields without those of these names, and without what is empty then."""
    rest = {key: value for key, value in fields.items() if key not in names}
    for name in names:
        if name not in fields and "." in name:
            _remove(rest, [_step(fields, step) for step in name.split(".")])
    return rest


def _find(fields: Mapping[str, Any], name: str) -> Any:
    if name in fields:
        return fields[name]
    if "." not in name:
        return _MISSING
    value: Any = fields
    for step in name.split("."):
        key = _key(value, _step(fields, step))
        if key is _MISSING:
            return _MISSING
        value = value[key]
    return value


def _step(fields: Mapping[str, Any], step: str) -> str:
    return str(fields.get(step[1:-1])) if step.startswith("{") and step.endswith("}") else step


def _key(value: Any, step: str) -> Any:
    """The key, or the place, that a step of a path means in `value`."""
    if isinstance(value, Mapping):
        return step if step in value else next(iter(value), _MISSING) if step == "*" else _MISSING
    if isinstance(value, list):
        place = 0 if step == "*" else int(step) if step.isdecimal() else len(value)
        return place if place < len(value) else _MISSING
    return _MISSING


def _remove(fields: dict[str, Any], steps: list[str]) -> None:
    """Take the field at the end of a path out, in copies of what is along it."""
    key = _key(fields, steps[0])
    if key is _MISSING:
        return
    inner = fields[key]
    if len(steps) == 1:
        del fields[key]
    elif isinstance(inner, Mapping):
        rest = dict(inner)
        _remove(rest, steps[1:])
        if rest:
            fields[key] = rest
        else:
            del fields[key]
