"""Occupations and national codes of titles whose occupation and national code are known.

    python -m benchmarks.crosswalks TITLES=TABLE... --data-dir DIR [--sample N] [--json]

TITLES are titles of a national classification, TABLE its mapping to ESCO, in which each title is
the label of a target: that is its national code, and the occupations of the strongest relation are
its occupations. The taxonomy in DIR must not have these titles as names (`isco ingest --names`).
Fitted is on every second title, reported on the others. That a title is its own target's label
would make finding it a matter of looking up: so its label is withheld, as if the table had none
for that target, and what the look-up would give stands in a row of its own. How much the likeness
to labels may count is fitted on names of another author: ESCO's own names of occupations of which
one target of several is the exact one.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks.confidence import calibration_error
from benchmarks.labelled import draw
from isco.core.config import load_settings
from isco.core.embedding import open_embedder
from isco.core.names import name_key
from isco.core.records import Ad, Concept, Kind, Prediction
from isco.core.settings import CrosswalkFile
from isco.crosswalk.crosswalks import taxonomy_in_use
from isco.crosswalk.joining import Crosswalk, Joined
from isco.crosswalk.likeness import Likeness
from isco.crosswalk.links import Link, Relation
from isco.crosswalk.table_files import read_table
from isco.crosswalk.weighing import LIKENESS, RELATIONS, link_shares
from isco.retriever.deciding.occupations import TEMPERATURE, likely_occupations
from isco.retriever.factory import open_classifier
from isco.retriever.pipeline import Classifier
from isco.retriever.preparing.language import LanguageGuess
from isco.retriever.reading.inputs import chunks
from isco.retriever.reading.text_files import read_ads
from isco.retriever.searching.query import Query

TEMPERATURES = (0.3, 0.35, 0.4, 0.45, 0.47, 0.5, 0.55, 0.6, 0.7, 0.8)
SHARPNESSES = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0)
UNIFORM: Mapping[Relation | None, float] = dict.fromkeys((*Relation, None), 1.0)
# What the table of a title's own classification gives, row by row.
WAYS = {
    "occupation, all targets alike": partial(link_shares, relations=UNIFORM, sharpness=0.0),
    "occupation, by relation": partial(link_shares, sharpness=0.0),
    "and by likeness to the others' labels": link_shares,
}
LOOKED_UP = "looked up: own label in the table"
PLAIN = "unit group, a target of it at random"
LEAST = 1e-4


@dataclass(frozen=True)
class Case:
    """A title, what is known of it, what was predicted, and the leaves of the code predicted."""

    title: str
    codes: frozenset[str]
    occupations: frozenset[str]
    prediction: Prediction
    leaves: Sequence[tuple[Concept, float]]

    @property
    def probabilities(self) -> dict[str, float]:
        """Of the likely unit groups."""
        found: dict[str, float] = {}
        for each in self.prediction.candidates:
            found[each.isco_code] = found.get(each.isco_code, 0.0) + (each.probability or 0.0)
        return found


def read_cases(path: str, crosswalk: Crosswalk, classifier: Classifier, sample: int) -> list[Case]:
    """Up to `sample` titles of a file that are labels of the table, classified."""
    by_label: dict[str, list[int]] = {}
    for place, link in enumerate(crosswalk.table.links):
        by_label.setdefault(name_key(link.label), []).append(place)
    ads = [row for row in read_ads(path, load_settings().input) if isinstance(row, Ad)]
    ads = draw([ad for ad in ads if name_key(ad.title) in by_label], sample)
    cases = []
    for part in chunks(ads, 256):
        for ad, found in zip(part, classifier.classify_batch(part), strict=True):
            places = by_label[name_key(ad.title)]
            codes = {crosswalk.table.links[place].code for place in places}
            leaves = leaves_of(classifier, found)
            if leaves:
                cases.append(
                    Case(ad.title, frozenset(codes), occupations(crosswalk, places), found, leaves)
                )
    return cases


def leaves_of(classifier: Classifier, found: Prediction) -> Sequence[tuple[Concept, float]]:
    """The occupations of the predicted code, as they were searched; none without such."""
    if found.profile is None or found.best_code is None:
        return ()
    spoken = found.language if found.language in classifier.searchers.languages else None
    guesses = (LanguageGuess(spoken, 1.0),) if spoken else ()
    (match,) = classifier.searchers.match([Query(found.profile, languages=guesses)])
    return [pair for pair in match.leaves(found.best_code) if pair[0].kind != Kind.GROUP]


def occupations(crosswalk: Crosswalk, places: Sequence[int]) -> frozenset[str]:
    """Those of the strongest relation of these rows."""
    strength = list(Relation)
    of_relation: dict[int, set[str]] = {}
    for place in places:
        relation, source = crosswalk.table.links[place].relation, crosswalk.sources[place]
        if source.uri:
            rank = strength.index(relation) if relation else len(strength)
            of_relation.setdefault(rank, set()).add(source.uri)
    return frozenset(of_relation[min(of_relation)]) if of_relation else frozenset()


def fitted_temperature(cases: Sequence[Case]) -> float:
    """Under which the right occupations are likeliest, where the code has one of them."""

    def likelihood(temperature: float) -> float:
        logs = []
        for case in cases:
            code = case.prediction.best_code or ""
            found = likely_occupations({code: 1.0}, lambda _, c=case: c.leaves, temperature)
            if any(leaf.uri in case.occupations for leaf, _ in case.leaves):
                right = sum(e.probability for e in found if e.uri in case.occupations)
                logs.append(np.log(max(right, LEAST)))
        return float(np.mean(logs))

    return max(TEMPERATURES, key=likelihood)


def measured_occupations(cases: Sequence[Case]) -> dict[str, float]:
    """How right the occupations are, and their probabilities."""
    found = [case.prediction.occupation for case in cases]
    right = np.array(
        [bool(o) and o.uri in case.occupations for case, o in zip(cases, found, strict=True) if o]
    )
    sure = np.array([each.probability for each in found if each])
    of_code = [
        leaf
        for case, leaf in zip(cases, found, strict=True)
        if leaf
        and any(each.uri in case.occupations for each, _ in case.leaves)
        and leaf.uri in case.occupations
    ]
    with_right_code = sum(
        any(leaf.uri in case.occupations for leaf, _ in case.leaves) for case in cases
    )
    return {
        "n": len(cases),
        "code": with_right_code / len(cases),
        "right": float(right.sum() / len(cases)),
        "of right codes": len(of_code) / max(with_right_code, 1),
        "says": float(sure.mean()),
        "error": calibration_error(sure, right.astype(float)),
    }


def joined(
    case: Case, crosswalk: Crosswalk, likeness: Likeness, shares: Any, withheld: bool
) -> Joined:
    """What the table has for a title, its own label withheld or not."""
    codes, occupations = case.probabilities, case.prediction.occupations
    likely = crosswalk.likely_codes(occupations, codes)
    (vector,) = likeness.of([case.title])
    alike = likeness.to(vector, likely - case.codes if withheld else likely)
    return crosswalk.join(occupations, codes, alike, shares)


def measured_targets(
    cases: Sequence[Case], crosswalk: Crosswalk, shares: Any, withheld: bool = True
) -> dict[str, float]:
    """How right the national codes are."""
    likeness = Likeness(crosswalk.table.labels)
    found = [joined(case, crosswalk, likeness, shares, withheld) for case in cases]
    first = np.array(
        [
            bool(j.targets) and j.targets[0].code in c.codes
            for c, j in zip(cases, found, strict=True)
        ],
        dtype=float,
    )
    sure = np.array([each.targets[0].probability if each.targets else 0.0 for each in found])
    five = [
        any(each.code in c.codes for each in j.targets) for c, j in zip(cases, found, strict=True)
    ]
    return {
        "right": float(first.mean()),
        "five": float(np.mean(five)),
        "shorter": shorter_right(cases, found, crosswalk),
        "says": float(sure.mean()),
        "error": calibration_error(sure, first),
        "one": float(np.mean([not each.is_ambiguous for each in found])),
    }


def measured_plain(cases: Sequence[Case], crosswalk: Crosswalk) -> dict[str, float]:
    """What the join at the unit group gives who takes one of its targets at random."""
    right, five, says, found = [], [], [], []
    for case in cases:
        code = case.prediction.isco_code or ""
        targets = {link.code for link in crosswalk.links_of(code)}
        share = 1 / len(targets) if targets else 0.0
        right.append(share * len(targets & case.codes))
        five.append(min(1.0, 5 * share) if targets & case.codes else 0.0)
        says.append(case.prediction.confidence * share)
        found.append(crosswalk.join((), {code: 1.0}, {}, WAYS["occupation, all targets alike"]))
    return {
        "right": float(np.mean(right)),
        "five": float(np.mean(five)),
        "shorter": shorter_right(cases, found, crosswalk),
        "says": float(np.mean(says)),
        "error": abs(float(np.mean(says)) - float(np.mean(right))),
        "one": float(np.mean([len(each.targets) == 1 for each in found])),
    }


def shorter_right(cases: Sequence[Case], found: Sequence[Joined], crosswalk: Crosswalk) -> float:
    """How often the likeliest group of the longest level is right; NaN where there is no level."""
    if not crosswalk.levels:
        return float("nan")
    length = crosswalk.levels[0]
    right = []
    for case, each in zip(cases, found, strict=True):
        groups = {code: share for code, share in each.groups.items() if len(code) == length}
        best = max(sorted(groups), key=groups.__getitem__, default=None)
        right.append(best in {code[:length] for code in case.codes})
    return float(np.mean(right))


def own_names(crosswalk: Crosswalk, concepts: Sequence[Concept]) -> list[tuple[str, Any, str]]:
    """Names of occupations that are no label of the table, with the occupation's links and the one
    exact target, where there are others too."""
    labels = set(map(name_key, crosswalk.table.labels.values()))
    found = []
    for concept in concepts:
        links = crosswalk.of_occupation.get(concept.uri, ())
        exact = [link.code for link in links if link.relation is Relation.EXACT]
        names = [name for name in concept.alt_labels if name_key(name) not in labels]
        if len(links) > 1 and len(exact) == 1 and names:
            found.append((names[0], links, exact[0]))
    return found


def fitted_sharpness(cases: Sequence[tuple[str, Sequence[Link], str]], table: Any) -> Any:
    """Of the likeness: under which the exact target is likeliest, all relations being alike; how
    often it is the most like, and how often it would be by chance."""
    likeness = Likeness(table.labels)
    alike = [
        likeness.to(vector, [link.code for link in links])
        for vector, (_, links, _) in zip(
            likeness.of([name for name, _, _ in cases]), cases, strict=True
        )
    ]

    def likelihood(sharpness: float) -> float:
        logs = []
        for (_, links, exact), each in zip(cases, alike, strict=True):
            shares = link_shares(links, each, UNIFORM, sharpness)
            of = dict(zip((link.code for link in links), shares, strict=True))
            logs.append(np.log(max(of[exact], LEAST)))
        return float(np.mean(logs))

    right = [max(e, key=e.__getitem__) == c[2] for c, e in zip(cases, alike, strict=True)]
    return {
        "names": len(cases),
        "sharpness": max(SHARPNESSES, key=likelihood),
        "most alike": float(np.mean(right)),
        "by chance": float(np.mean([1 / len(links) for _, links, _ in cases])),
    }


@click.command()
@click.argument("sets", nargs=-1, required=True, metavar="TITLES=TABLE...")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the taxonomy is.")
@click.option("--sample", default=1000, show_default=True, help="Most titles taken from a set.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(sets: tuple[str, ...], data_dir: Path | None, sample: int, as_json: bool) -> None:
    """Print what is fitted on one half, and how right occupations and codes are on the other."""
    settings = load_settings(flags={"data_dir": data_dir} if data_dir else {})
    classifier = open_classifier(settings, open_embedder(settings.embedding), with_llm=False)
    taxonomy = taxonomy_in_use(settings)
    figures: dict[str, Any] = {
        "used": {
            "temperature": TEMPERATURE,
            "sharpness": LIKENESS,
            "relations": {str(key): value for key, value in RELATIONS.items()},
        }
    }
    for each in sets:
        titles, _, table = each.partition("=")
        crosswalk = Crosswalk.of(read_table(CrosswalkFile(file=Path(table))), taxonomy)
        cases = read_cases(titles, crosswalk, classifier, sample)
        fit, report = cases[::2], cases[1::2]
        languages = [case.prediction.language for case in cases]
        language = max(set(languages) & set(classifier.searchers.languages), key=languages.count)
        names = own_names(crosswalk, classifier.searchers[language].index.concepts)
        figures[Path(titles).stem] = {
            "n": len(report),
            "level": crosswalk.levels[0] if crosswalk.levels else None,
            "fitted": {
                "temperature": fitted_temperature(fit),
                "likeness": fitted_sharpness(names, crosswalk.table) if names else None,
            },
            "occupations": measured_occupations(report),
            "targets": {
                PLAIN: measured_plain(report, crosswalk),
                **{n: measured_targets(report, crosswalk, way) for n, way in WAYS.items()},
                LOOKED_UP: measured_targets(report, crosswalk, link_shares, withheld=False),
            },
        }
    click.echo(json.dumps(figures) if as_json else as_text(figures))


def as_text(figures: Mapping[str, Any]) -> str:
    """The tables."""
    sets = {name: found for name, found in figures.items() if name != "used"}
    lines = [f"used: {figures['used']}", ""]
    lines += [f"{name}: fitted on the other half {found['fitted']}" for name, found in sets.items()]
    lines += [
        "",
        "| titles | n | code right | occupation right | where the code is | says | error |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, found in sets.items():
        o = found["occupations"]
        lines.append(
            f"| {name} | {o['n']} | {o['code']:.3f} | {o['right']:.3f} | "
            f"{o['of right codes']:.3f} | {o['says']:.3f} | {o['error']:.3f} |"
        )
    lines += [
        "",
        "| titles | way | code right | among five | shorter code right | says | error | clear |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, found in sets.items():
        for way, t in found["targets"].items():
            shorter = "–" if np.isnan(t["shorter"]) else f"{t['shorter']:.3f}"
            lines.append(
                f"| {name} ({found['n']}) | {way} | {t['right']:.3f} | {t['five']:.3f} | "
                f"{shorter} | {t['says']:.3f} | {t['error']:.3f} | {t['one']:.3f} |"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
