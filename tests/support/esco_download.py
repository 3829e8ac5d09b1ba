"""A small but complete ESCO download, to be varied row by row before it is written.

All 619 groups come from the starter taxonomy, with descriptions in the sections that ISCO's own
have; the occupations are a handful.
"""

import csv
import io
import zipfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from isco.ingest.sources.base import SourceTaxonomy
from isco.ingest.sources.starter import read_starter

OCCUPATIONS, GROUPS, BROADER = "occupations", "ISCOGroups", "broaderRelationsOccPillar"
DEVELOPER = "http://data.europa.eu/esco/occupation/software-developer"
EMBEDDED = "http://data.europa.eu/esco/occupation/embedded-developer"
MOBILE = "http://data.europa.eu/esco/occupation/mobile-developer"
BAKER = "http://data.europa.eu/esco/occupation/baker"
PLANNER = "http://data.europa.eu/esco/occupation/smart-city-consultant"
CAPTAIN = "http://data.europa.eu/esco/occupation/air-force-captain"
SKILLS = {
    "http://data.europa.eu/esco/skill/1": "write programs",
    "http://data.europa.eu/esco/skill/2": "debug software",
    "http://data.europa.eu/esco/skill/3": "knead dough",
}
NEEDED = [
    (DEVELOPER, "essential", "http://data.europa.eu/esco/skill/1"),
    (DEVELOPER, "essential", "http://data.europa.eu/esco/skill/2"),
    (BAKER, "essential", "http://data.europa.eu/esco/skill/3"),
    (BAKER, "optional", "http://data.europa.eu/esco/skill/1"),
]

Rows = list[dict[str, str]]


def group_uri(code: str) -> str:
    return f"http://data.europa.eu/esco/isco/C{code}"


@dataclass
class EscoDownload:
    """The rows of the three files that are read, the language they are named for, and `extras`:
    further files by name, or bytes that stand in the place of one of the three.

    `suffixed` is whether names carry the language, as in the downloads of today.
    """

    language: str = "en"
    suffixed: bool = True
    groups: Rows = field(default_factory=lambda: _groups())
    occupations: Rows = field(default_factory=lambda: _occupations())
    relations: Rows = field(default_factory=lambda: _relations())
    extras: dict[str, bytes] = field(default_factory=dict)
    encoding: str = "utf-8"

    def occupation(self, uri: str) -> dict[str, str]:
        """The row of an occupation, to be changed in place."""
        return next(row for row in self.occupations if row["conceptUri"] == uri)

    def group(self, code: str) -> dict[str, str]:
        """The row of a group, to be changed in place."""
        return next(row for row in self.groups if row["code"] == code)

    def relate(self, narrower: str, broader: str) -> None:
        """Add one broader relation."""
        self.relations.append({"conceptUri": narrower, "broaderUri": broader})

    def drop_group(self, code: str) -> None:
        """Leave a group out, and the relations that name it."""
        self.groups = [row for row in self.groups if row["code"] != code]
        self.relations = [row for row in self.relations if group_uri(code) not in row.values()]

    def add_skills(self) -> None:
        """Add files of the skills pillar, as full downloads have them."""
        skills = [
            {"conceptType": "KnowledgeSkillCompetence", "conceptUri": uri, "preferredLabel": title}
            for uri, title in SKILLS.items()
        ]
        relations = [
            {"occupationUri": occupation, "relationType": relation, "skillUri": skill}
            for occupation, relation, skill in NEEDED
        ]
        self.extras[self.file_name("skills")] = _csv(skills).encode()
        self.extras[self.file_name("occupationSkillRelations")] = _csv(relations).encode()
        self.extras[self.file_name("broaderRelationsSkillPillar")] = b"conceptUri\nskill/1\n"

    def file_name(self, kind: str) -> str:
        return f"{kind}_{self.language}.csv" if self.suffixed else f"{kind}.csv"

    def files(self) -> dict[str, bytes]:
        """Bytes by file name."""
        tables = {GROUPS: self.groups, OCCUPATIONS: self.occupations, BROADER: self.relations}
        written = {
            self.file_name(kind): _csv(rows).encode(self.encoding) for kind, rows in tables.items()
        }
        return written | self.extras

    def write_folder(self, folder: Path) -> Path:
        """Write the files into `folder` and return it."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in self.files().items():
            (folder / name).write_bytes(content)
        return folder

    def write_zip(self, path: Path, inner: str = "") -> Path:
        """Write the files into a zip, below the folder `inner` of it, and return its path."""
        return write_zip(path, self.files(), inner)


def write_zip(path: Path, files: dict[str, bytes], inner: str = "") -> Path:
    """Write `files` into a zip, below the folder `inner` of it, and return its path."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"{inner}{name}", content)
    return path


def without_column(rows: Rows, column: str) -> Rows:
    """The rows as a download without that column has them."""
    return [{key: value for key, value in row.items() if key != column} for row in rows]


def with_column(rows: Rows, column: str, value: str) -> Rows:
    """The rows as a download with a further column has them."""
    return [{**row, column: value} for row in rows]


def _csv(rows: Rows) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@cache
def _starter() -> SourceTaxonomy:
    return read_starter("en")


def _groups() -> Rows:
    taxonomy = _starter()
    names = {found.isco_code: (found.label, *found.alt_labels) for found in taxonomy.occupations}
    return [
        {
            "conceptType": "ISCOGroup",
            "conceptUri": group.uri,
            "code": group.isco_code,
            "preferredLabel": group.label,
            "status": "released",
            "altLabels": "\n".join(names.get(group.isco_code, ())[:1]),
            "description": _description(group.description, names.get(group.isco_code, ())[1:3]),
        }
        for group in taxonomy.groups
    ]


def _description(definition: str, examples: tuple[str, ...]) -> str:
    if not definition:
        return ""
    listed = "\n".join(f"- {example}" for example in examples)
    return (
        f"{definition}\n\nTasks include - \n(a) doing the work;\n(b) writing reports.\n\n"
        f"Examples of the occupations classified here:\n{listed}\n\n"
        "Some related occupations classified elsewhere:\n- Lighthouse keeper - 5419"
    )


def _occupations() -> Rows:
    def row(uri: str, group: str, code: str, label: str, *others: str) -> dict[str, str]:
        return {
            "conceptType": "Occupation",
            "conceptUri": uri,
            "iscoGroup": group,
            "preferredLabel": label,
            "altLabels": "\n".join(others),
            "hiddenLabels": "",
            "status": "released",
            "description": f"The day of a {label}, in one sentence.",
            "code": code,
        }

    return [
        row(DEVELOPER, "2512", "2512.4", "software developer", "coder", "application programmer"),
        row(EMBEDDED, "2512", "2512.4.1", "embedded software developer", "firmware developer"),
        row(MOBILE, "2514", "2514.2", "mobile application developer"),
        row(BAKER, "7512", "7512.1", "baker", "bread maker", "baker of bread"),
        row(PLANNER, "2164", "2421.8", "smart city consultant"),
        row(CAPTAIN, "0110", "0110.1", "air force captain"),
    ]


def _relations() -> Rows:
    pairs = [
        *((narrow, broad) for narrow, broad in _starter().broader if "/C" in narrow),
        (DEVELOPER, group_uri("2512")),
        (EMBEDDED, DEVELOPER),
        (MOBILE, group_uri("2514")),
        (BAKER, group_uri("7512")),
        (PLANNER, group_uri("2164")),
        (CAPTAIN, group_uri("0110")),
    ]
    return [{"conceptUri": narrower, "broaderUri": broader} for narrower, broader in pairs]
