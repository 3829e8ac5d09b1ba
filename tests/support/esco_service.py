"""ESCO's web service on loopback, with the concepts of a CSV download in the documented shapes.

Resources are HAL+JSON: texts by language, links with `href`, `uri` and `title`, long lists of
links in pages. A refusal has `logref`, `status`, `message` and `_links`.
"""

import csv
import json
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

SCHEME = "http://data.europa.eu/esco/concept-scheme/occupations"
VERSION = "v1.2.0"

Row = dict[str, str]


@dataclass
class Trouble:
    """Strikes the next `times` requests for `uri`: `status`, or the body's first half alone.

    `announced` is whether Content-Length still tells the length of the whole.
    """

    uri: str | None = None
    status: int = 200
    times: int = 1
    retry_after: str | None = None
    cut: bool = False
    announced: bool = True


@dataclass
class EscoService:
    """A server at `url` while it is open; a context manager.

    `folder` holds a download. `asked` are the URIs asked for, one a request; `most_at_once` how
    many requests were in the house together. Texts are in `language`, or in one of the `further`
    languages, whose files are in the folder, when that is asked for. Texts of `untranslated` URIs
    are in English alone, `gone` ones are linked to, but not there.
    """

    folder: Path
    language: str = "en"
    further: tuple[str, ...] = ()
    page: int = 3
    troubles: list[Trouble] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    untranslated: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._at_once = 0
        self._groups = {row["conceptUri"]: row for row in self._rows("ISCOGroups")}
        self._occupations: dict[str, Row] = {}
        for row in self._rows("occupations"):
            self._occupations.setdefault(row["conceptUri"], row)
        self._further = {
            language: {
                row["conceptUri"]: row
                for table in ("ISCOGroups", "occupations")
                for row in self._rows(f"{table}_{language}")
            }
            for language in self.further
        }
        self._below: dict[str, list[str]] = defaultdict(list)
        self._above: dict[str, str] = {}
        for row in self._rows("broaderRelationsOccPillar"):
            narrower, broader = row["conceptUri"], row["broaderUri"]
            if narrower in self._all and broader in self._all:
                self._below[broader].append(narrower)
                self._above[narrower] = broader
        skills = {row["conceptUri"]: row["preferredLabel"] for row in self._rows("skills")}
        self._skills: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
        for row in self._rows("occupationSkillRelations"):
            needed = (row["skillUri"], skills[row["skillUri"]])
            self._skills[row["occupationUri"], row["relationType"]].append(needed)

    def __enter__(self) -> "EscoService":
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/esco/api"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def _all(self) -> dict[str, Row]:
        return self._groups | self._occupations

    def _rows(self, table: str) -> list[Row]:
        found = sorted(self.folder.glob(f"{table}*.csv"))
        if not found:
            return []
        with found[0].open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def serve(self, target: str) -> tuple[int, Any, Trouble]:
        """Status, body, and the trouble that strikes."""
        parts = urlsplit(target)
        given = {name: values[0] for name, values in parse_qs(parts.query).items()}
        uri, kind = given.get("uri", ""), parts.path.rsplit("/", 1)[-1]
        with self._lock:
            self.asked.append(uri)
            trouble = self._take(uri)
        if trouble.status != 200:
            return trouble.status, _refusal(trouble.status, "made to fail"), trouble
        if given.get("selectedVersion") != VERSION:
            message = f"Illegal/Unknown selectedVersion: ({given.get('selectedVersion')})"
            return 400, _refusal(400, message), trouble
        offset, asked = int(given.get("offset", 0)), given.get("language", "")
        resource = self._resource(kind, uri, offset, target, asked)
        if resource is None or uri in self.gone:
            return 404, _refusal(404, "No such resource"), trouble
        return 200, resource, trouble

    def enter(self) -> None:
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)

    def leave(self) -> None:
        with self._lock:
            self._at_once -= 1

    def _take(self, uri: str) -> Trouble:
        for trouble in self.troubles:
            if trouble.uri in (None, uri):
                trouble.times -= 1
                if not trouble.times:
                    self.troubles.remove(trouble)
                return trouble
        return Trouble()

    def _resource(self, kind: str, uri: str, offset: int, target: str, asked: str) -> Any:
        links: dict[str, Any]
        if (kind, uri) == ("taxonomy", SCHEME):
            top = [group for group, row in self._groups.items() if len(row["code"]) == 1]
            links = {"hasTopConcept": [self._link(u) for u in top]}
            base: dict[str, Any] = {"className": "Taxonomy", "uri": uri, "title": "Occupations"}
            return self._paged(base, links, offset, target)
        if kind == "concept" and uri in self._groups:
            below = self._below[uri]
            links = {
                "narrowerConcept": [self._link(u) for u in below if u in self._groups],
                "narrowerOccupation": [self._link(u) for u in below if u in self._occupations],
            }
            row = self._groups[uri]
            base = self._base(row, "Concept", f"C{row['code']}", asked)
            return self._paged(base, links, offset, target)
        if kind == "occupation" and uri in self._occupations:
            row = self._occupations[uri]
            above = self._above.get(uri)
            links = {
                "narrowerOccupation": [self._link(u) for u in self._below[uri]],
                **{
                    f"has{relation.capitalize()}Skill": [
                        {"href": self._href("skill", u), "uri": u, "title": title}
                        for u, title in self._skills[uri, relation]
                    ]
                    for relation in ("essential", "optional")
                },
            }
            if above in self._occupations:
                links["broaderOccupation"] = [self._link(above)]
            else:
                group = f"http://data.europa.eu/esco/isco/C{row['iscoGroup']}"
                links["broaderIscoGroup"] = [self._link(group)]
            base = self._base(row, "Occupation", row["code"], asked)
            return self._paged(base, links, offset, target)
        return None

    def _base(self, row: Row, class_name: str, code: str, asked: str) -> dict[str, Any]:
        language = self.language
        if row["conceptUri"] in self.untranslated:
            language = "en"
        elif translated := self._further.get(asked, {}).get(row["conceptUri"]):
            language, row = asked, translated
        others = [label for label in row["altLabels"].split("\n") if label]
        hidden = [label for label in row.get("hiddenLabels", "").split("\n") if label]
        literal = {"literal": row["description"], "mimetype": "plain/text"}
        return {
            "className": class_name,
            "classId": f"http://data.europa.eu/esco/model#{class_name}",
            "uri": row["conceptUri"],
            "title": row["preferredLabel"],
            "referenceLanguage": ["en"],
            "preferredLabel": {language: row["preferredLabel"], "is": "á íslensku"},
            "alternativeLabel": {language: others} if others else {},
            **({"hiddenLabel": {language: hidden}} if hidden else {}),
            "description": {language: literal} if row["description"] else {},
            "status": row["status"],
            "code": code,
        }

    def _paged(
        self, base: dict[str, Any], links: dict[str, Any], offset: int, target: str
    ) -> dict[str, Any]:
        """The page `offset` of a resource; lists of links are cut, texts stand on each."""
        start, end = offset * self.page, (offset + 1) * self.page
        cut = {name: found[start:end] for name, found in links.items() if found[start:end]}
        address = f"{self.url}{target.removeprefix('/esco/api')}"
        told: dict[str, Any] = {"self": {"href": address, "uri": base["uri"]}, **cut}
        if any(len(found) > end for found in links.values()):
            parts = urlsplit(address)
            given = {name: values[0] for name, values in parse_qs(parts.query).items()}
            following = urlencode({**given, "offset": offset + 1, "limit": self.page})
            told["next"] = {"href": parts._replace(query=following).geturl()}
        return {**base, "_links": told}

    def _link(self, uri: str) -> dict[str, str]:
        row = self._all[uri]
        kind = "concept" if uri in self._groups else "occupation"
        link = {"href": self._href(kind, uri), "uri": uri, "title": row["preferredLabel"]}
        return {**link, "code": row["code"]} if uri in self._groups else link

    def _href(self, kind: str, uri: str) -> str:
        query = urlencode({"uri": uri, "language": self.language, "selectedVersion": VERSION})
        return f"{self.url}/resource/{kind}?{query}"


def _refusal(status: int, message: str) -> dict[str, Any]:
    return {"logref": "BadInputException", "status": status, "message": message, "_links": None}


def _handler(service: EscoService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_GET(self) -> None:
            service.enter()
            try:
                status, body, trouble = service.serve(self.path)
                content = json.dumps(body, ensure_ascii=False).encode()
                sent = content[: len(content) // 2] if trouble.cut else content
                told = content if trouble.announced else sent
                self.send_response(status)
                self.send_header("Content-Type", "application/hal+json;charset=UTF-8")
                self.send_header("Content-Length", str(len(told)))
                if trouble.retry_after:
                    self.send_header("Retry-After", trouble.retry_after)
                if trouble.cut:
                    self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(sent)
            finally:
                service.leave()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Nothing: `asked` is the log."""

    return Handler
