"""Predictions as job postings of schema.org, one object of JSON-LD a line: what a job board puts
back into its own. Pure.

A code is a CategoryCode of `occupationalCategory`: the unit group, or the shorter group that was
answered, and then the occupation. What schema.org has no word for, how the code came about and how
sure it is, stands under names of a context of its own.

Source: https://schema.org/occupationalCategory, https://schema.org/CategoryCode.
"""

import json
from collections.abc import Mapping
from typing import Any

from isco.core.records import Prediction
from isco.retriever.running.writers import JsonLines

_ISCO = {
    "@type": "CategoryCodeSet",
    "name": "ISCO-08",
    "url": "http://data.europa.eu/esco/concept-scheme/isco",
}
_ESCO = {
    "@type": "CategoryCodeSet",
    "name": "ESCO",
    "url": "http://data.europa.eu/esco/concept-scheme/occupations",
}
_GROUP_URI = "http://data.europa.eu/esco/isco/C{code}"
_ESCO_URI = "http://data.europa.eu/esco/occupation/"
_CONTEXT = ["https://schema.org", {"isco": "urn:isco:"}]


class JsonLdLines(JsonLines):
    """A file of one job posting a line."""

    names_versions = False
    record_begins = b'{"@context": '

    def encode(self, prediction: Prediction) -> bytes:
        """One record, with the newline that ends it and no other."""
        record = json.dumps(posting_of(prediction), ensure_ascii=False)
        return record.encode("utf-8", "replace") + b"\n"

    def decode(self, line: bytes) -> Mapping[str, Any]:
        """The id and the path of a record. ValueError for what is none."""
        row = json.loads(line)
        try:
            return {"id": row["identifier"]["value"], "path": row["isco:path"]}
        except (KeyError, TypeError):
            raise ValueError("not a job posting of isco classify") from None


def posting_of(prediction: Prediction) -> dict[str, Any]:
    """A fragment of the JobPosting with that identifier; without a category where no code was
    given."""
    posting: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "JobPosting",
        "identifier": {"@type": "PropertyValue", "value": prediction.id},
    }
    if prediction.title:
        posting["title"] = prediction.title
    if categories := [*_categories(prediction), *_of_tables(prediction)]:
        posting["occupationalCategory"] = categories
    posting["isco:path"] = str(prediction.path)
    if prediction.isco_code:
        posting["isco:confidence"] = prediction.confidence
    else:
        posting["isco:reason"] = prediction.reason
    return posting


def _categories(prediction: Prediction) -> list[dict[str, Any]]:
    code, found = prediction.isco_code, prediction.occupation
    if code is None:
        return []
    group = category(code, prediction.isco_label or "", _ISCO, _GROUP_URI.format(code=code))
    # Names of a taxonomy of one's own are no code that others know.
    if found is None or not found.uri.startswith(_ESCO_URI):
        return [group]
    return [group, category(found.uri, found.label, _ESCO, found.uri)]


def _of_tables(prediction: Prediction) -> list[dict[str, Any]]:
    """The codes that mapping tables have for the ad; values of scales are none."""
    return [
        category(result["code"], result["label"] or "", {"@type": "CategoryCodeSet", "name": name})
        for name, result in prediction.crosswalks.items()
        if result.get("code")
    ]


def category(code: str, name: str, code_set: Mapping[str, str], url: str = "") -> dict[str, Any]:
    """A CategoryCode."""
    return {
        "@type": "CategoryCode",
        "codeValue": code,
        **({"name": name} if name else {}),
        "inCodeSet": dict(code_set),
        **({"url": url} if url else {}),
    }
