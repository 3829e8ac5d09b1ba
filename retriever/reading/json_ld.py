"""JobPosting of schema.org as JSON-LD: alone, in `@graph`, in lists, or within a page. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

POSTING = "JobPosting"

_TYPE = "@type"
_SCHEMA = ("https://schema.org/", "http://schema.org/", "schema:", "sdo:")
# Fields that hold one text, number or object, though they may be written in other ways.
_SINGLE = ("title", "name", "identifier", "inLanguage", "description", "responsibilities")
_TEXTS = ("description", "responsibilities")
# No further into a row than this.
_DEEPEST = 8


def postings(value: Any, levels: int = _DEEPEST) -> Iterator[dict[str, Any]]:
    """The job postings in a JSON value, each as plain fields."""
    if isinstance(value, Mapping):
        if _is_posting(value):
            yield _plain(value)
            return
        value = list(value.values())
    if isinstance(value, list) and levels:
        for item in value:
            if isinstance(item, Mapping | list):
                yield from postings(item, levels - 1)


def is_linked_data(value: Any) -> bool:
    """Whether a value is an object of JSON-LD, of whatever type."""
    return isinstance(value, Mapping) and (_TYPE in value or "@graph" in value)


def _is_posting(value: Mapping[str, Any]) -> bool:
    types = value.get(_TYPE)
    return POSTING in {_local(each) for each in (types if isinstance(types, list) else [types])}


def _plain(posting: Mapping[str, Any]) -> dict[str, Any]:
    fields = {_local(key): value for key, value in posting.items()}
    for name in _SINGLE:
        if name in fields:
            fields[name] = value = _single(fields[name], joined=name in _TEXTS)
            if isinstance(value, Mapping) and "@value" in value:
                fields[name] = value["@value"]
                if name == "title" and value.get("@language"):
                    fields.setdefault("inLanguage", value["@language"])
    identifier = fields.get("identifier")
    if isinstance(identifier, Mapping):
        plain = {_local(key): _single(value) for key, value in identifier.items()}
        fields["identifier"] = {
            key: value["@value"] if isinstance(value, Mapping) and "@value" in value else value
            for key, value in plain.items()
        }
    language = fields.get("inLanguage")
    if isinstance(language, Mapping):
        fields["inLanguage"] = language.get("alternateName") or language.get("name")
    return fields


def _single(value: Any, joined: bool = False) -> Any:
    """The first of several values, or, `joined`, all texts as paragraphs of one."""
    if not isinstance(value, list) or not value:
        return value
    if joined and all(isinstance(item, str) for item in value):
        return "\n".join(value)
    return value[0]


def _local(name: Any) -> Any:
    """A name of schema.org without what says that it is one."""
    if isinstance(name, str):
        for prefix in _SCHEMA:
            if name.startswith(prefix):
                return name.removeprefix(prefix)
    return name
