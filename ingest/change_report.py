"""The account of what a new taxonomy changes: for a terminal, and as Markdown for a release note.

Pure: changes in, text out.
"""

from collections.abc import Iterator

from isco.ingest.changes import (
    ADDED,
    ASPECTS,
    DESCRIBED,
    MOVED,
    NAMED,
    REMOVED,
    RENAMED,
    SUBJECTS,
    Change,
    Changes,
    ListChange,
)

_HEADINGS = {
    ADDED: "added",
    REMOVED: "removed",
    RENAMED: "renamed",
    MOVED: "moved to another unit group",
    DESCRIBED: "description changed",
    NAMED: "other names changed",
}
_WIDEST = 110
_SPECIAL = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_[]<>|#"})


def as_text(changes: Changes, shown: int = 5) -> str:
    """Counts, and the first `shown` concepts behind each."""
    lines = [f"changes     {changes.before} → {changes.after}"]
    languages = list(_languages(changes))
    if not changes.total and not languages and not changes.lists:
        lines.append("            none")
    lines += [f"            {told}" for told in map(_list, changes.lists)]
    lines += [f"            {told}" for told in languages]
    for subject, aspect, found in _filled(changes):
        name = subject.replace("_", " ")
        lines.append(f"            {len(found):5} {name} {_HEADINGS[aspect]}")
        lines += [f"                  {_cut(_line(aspect, change))}" for change in found[:shown]]
        if len(found) > shown:
            lines.append(f"                  … and {len(found) - shown} more")
    if not changes.same_language:
        lines.append("            no language is in both: names and descriptions not compared")
    lines.append(
        f"texts       {changes.new_texts} that the collection in use does not hold, "
        f"{changes.known_texts} that it holds"
    )
    return "\n".join(lines)


def as_markdown(changes: Changes, notice: str | None = None) -> str:
    """Every changed concept with a link to its URI, under one heading a kind of change.

    `notice` is what the taxonomy's terms ask for, or None.
    """
    lines = [f"# {_escaped(changes.before)} → {_escaped(changes.after)}", ""]
    lines += ["| | " + " | ".join(subject.replace("_", " ") for subject in SUBJECTS) + " |"]
    lines += ["|---|" + "---:|" * len(SUBJECTS)]
    for aspect in ASPECTS:
        counts = " | ".join(str(len(changes.of(subject, aspect))) for subject in SUBJECTS)
        lines.append(f"| {_HEADINGS[aspect]} | {counts} |")
    lines += ["", f"{changes.new_texts} texts are new, {changes.known_texts} stayed as they were."]
    for told in _languages(changes):
        lines += ["", f"{told[0].upper()}{told[1:]}."]
    if changes.lists:
        lines += ["", *(f"- {_escaped(_list(change))}" for change in changes.lists)]
    if not changes.same_language:
        lines += ["", "No language is in both, so names and descriptions were not compared."]
    for subject, aspect, found in _filled(changes):
        name = subject.replace("_", " ").capitalize()
        lines += ["", f"## {name} {_HEADINGS[aspect]} ({len(found)})", ""]
        lines += [f"- {_item(aspect, change)}" for change in found]
    if notice:
        lines += ["", "---", "", notice]
    return "\n".join(lines) + "\n"


def _languages(changes: Changes) -> Iterator[str]:
    """Whose names came and went with their language, and are not among the changes."""
    if changes.same_language:
        for codes, verb in ((changes.languages_added, "come"), (changes.languages_removed, "go")):
            if codes:
                yield f"all texts in {', '.join(codes)} {verb}, and are not listed"


def _list(change: ListChange) -> str:
    titles = f"{change.after} titles" if change.before == 0 else f"{change.before} titles"
    if not change.before:
        return f"list {change.name} comes, with {titles}"
    if not change.after:
        return f"list {change.name} goes, with {titles}"
    return f"list {change.name}: {change.came} titles come, {change.went} go"


def _filled(changes: Changes) -> Iterator[tuple[str, str, tuple[Change, ...]]]:
    for subject in SUBJECTS:
        for aspect in ASPECTS:
            if found := changes.of(subject, aspect):
                yield subject, aspect, found


def _line(aspect: str, change: Change) -> str:
    """One concept on one line of a terminal."""
    said = f" ({change.language})" if change.language else ""
    if aspect == RENAMED:
        return f"{change.isco_code} {change.before} → {change.after}{said}"
    if aspect == MOVED:
        return f"{change.label}: {change.before} → {change.after}"
    if aspect == NAMED:
        return f"{change.isco_code} {change.label}{said}: {_names(change)}"
    return f"{change.isco_code} {change.label}{said}"


def _cut(line: str) -> str:
    return line if len(line) <= _WIDEST else f"{line[: _WIDEST - 1].rstrip()}…"


def _item(aspect: str, change: Change) -> str:
    """One concept as an item of a Markdown list."""
    link = f"[{_escaped(change.label)}]({change.uri})"
    if change.language:
        link = f"{link} ({change.language})"
    group = _escaped(f"{change.isco_code} {change.isco_label}")
    if aspect == RENAMED:
        return f"{link}, before: {_escaped(change.before or '')} ({group})"
    if aspect == MOVED:
        return f"{link}: {_escaped(change.before or '')} → {_escaped(change.after or '')}"
    if aspect == NAMED:
        return f"{link}: {_escaped(_names(change))}"
    return f"{link} ({group})"


def _names(change: Change) -> str:
    gone = [f"-{name}" for name in (change.before or "").splitlines()]
    come = [f"+{name}" for name in (change.after or "").splitlines()]
    return ", ".join([*come, *gone])


def _escaped(text: str) -> str:
    return text.translate(_SPECIAL)
