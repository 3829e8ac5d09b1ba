"""The site's pages that lie elsewhere: a hook of MkDocs, which `mkdocs.yml` names.

Pages link to each other as on GitHub, where README.md is the front page and config.yaml a file.
Here files of the checkout that are linked to become pages of the site, and links lead there.
Diagrams are drawn when the site is built: a page loads no script to draw them, from nowhere.
"""

import json
import posixpath
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import mermaidx
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
FRONT, NOTEBOOK = "README.md", "docs/tutorial.ipynb"
PAGES = (FRONT, "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
# Shown as they are, each on a page of its own.
SOURCES = (
    "CITATION.cff", "Dockerfile", "LICENSE", "config.yaml", "constraints.txt", "docker-compose.yml",
    "ingest/data/name_columns.yaml", *(f"profiles/{p.name}" for p in (ROOT / "profiles").iterdir()),
)  # fmt: skip
FOLDERS = {"docs/decisions": "Decisions", "profiles": "Profiles"}
DIAGRAM = re.compile(r"^```mermaid\n(.*?)^```$", re.M | re.S)
LINK = re.compile(r"(\]\()([^)\s#:]+)((?:#[^)\s]*)?\))")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that lie outside docs/, and those made of a notebook or a folder."""
    for path in PAGES:
        add(files, config, path, (ROOT / path).read_text(encoding="utf-8"))
    for path in SOURCES:
        text = (ROOT / path).read_text(encoding="utf-8")
        add(files, config, path, f"# {path}\n\n````yaml\n{text}\n````\n")
    cells = json.loads((ROOT / NOTEBOOK).read_text(encoding="utf-8"))["cells"]
    add(files, config, NOTEBOOK, "\n\n".join(map(cell_text, cells)))
    for folder, title in FOLDERS.items():
        names = sorted(path.name for path in (ROOT / folder).iterdir())
        listed = "\n".join(f"- [{name}]({name})" for name in names)
        add(files, config, f"{folder}/", f"# {title}\n\n{listed}\n")
    files.remove(files.get_file_from_path("tutorial.ipynb"))
    return files


def add(files: Files, config: Any, path: str, text: str) -> None:
    """A page of the site for `path` of the checkout."""
    page = File.generated(config, page_of(path), content=relinked(text, path))
    files.append(page)


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """The text of a page with its links as the site has them, and its diagrams drawn."""
    if page.file.generated_by is None:
        markdown = relinked(markdown, f"docs/{page.file.src_uri}")
    return DIAGRAM.sub(drawn, markdown)


def drawn(diagram: re.Match[str]) -> str:
    """A diagram as SVG within the page, coloured by diagrams.css."""
    return f'<div class="diagram">{mermaidx.render(diagram[1]).svg()}</div>'


def page_of(path: str) -> str:
    """Where the site has the page of a file, or of a folder that ends in "/"."""
    if path == FRONT:
        return "index.md"
    path = path.removeprefix("docs/")
    if path.endswith("/"):
        return f"{path}index.md"
    if path == Path(NOTEBOOK).name:
        return path.replace(".ipynb", ".md")
    return path if path.endswith((".md", ".png", ".svg")) else f"{path}.md"


def relinked(text: str, path: str) -> str:
    """Links of `text`, which stands in `path` of the checkout, to pages of the site."""
    here, start = posixpath.dirname(path), posixpath.dirname(page_of(path))

    def moved(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(here, link[2]))
        if not (ROOT / target).exists():
            return link[0]
        folder = "/" if (ROOT / target).is_dir() else ""
        return link[1] + posixpath.relpath(page_of(target + folder), start or ".") + link[3]

    return "".join(part if fenced else LINK.sub(moved, part) for part, fenced in parts_of(text))


def parts_of(text: str) -> Iterable[tuple[str, bool]]:
    """The text in pieces, and whether each is a block of code."""
    for number, part in enumerate(
        re.split(r"(^(`{3,})[^\n]*\n.*?^\2[ ]*$)", text, flags=re.M | re.S)
    ):
        if number % 3 != 2:
            yield part, number % 3 == 1


def cell_text(cell: dict[str, Any]) -> str:
    """A cell of a notebook as Markdown."""
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        return source
    shown = "".join(
        "\n\n```\n" + "".join(given["data"]["text/plain"]) + "\n```" for given in cell["outputs"]
    )
    return f"```python\n{source}\n```{shown}"
