"""Which language are ads taken for: by langdetect's draws, by its profiles alone, by py3langid?

    python -m benchmarks.detectors SET... [--sample 700] [--json]

Ads that say their language, each set of its own. Texts are looked at as `isco classify` does, the
first 150 characters, among all languages; titles in lower case, among four languages and among
ten. A cell is the share whose likeliest language is the right
one. Milliseconds are of CPU, a text or title, without the reading of profiles; that is `opening`.
"""

import json
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import click

from isco.core.config import load_settings
from isco.core.errors import UnavailableError
from isco.core.records import Ad
from isco.core.settings import Settings
from isco.retriever.preparing.detectors import Detector, open_detector
from isco.retriever.preparing.language import LOOKED_AT, looks_long
from isco.retriever.preparing.plain_text import plain_text
from isco.retriever.reading.text_files import read_ads

FOUR = ("en", "de", "fr", "es")
TEN = (*FOUR, "it", "pl", "nl", "pt", "sv", "da")
Probabilities = dict[str, float]


class Drawn:
    """langdetect as it is: two draws, always by the same seed."""

    def __init__(self) -> None:
        from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

        self._factory = DetectorFactory()
        self._factory.load_profile(PROFILES_DIRECTORY)
        self._factory.seed = 0

    def of_text(self, text: str) -> Probabilities:
        """Among all languages."""
        return self._of(text, self._factory.langlist)

    def of_title(self, title: str, among: Sequence[str] | None = None) -> Probabilities:
        """Among some."""
        return self._of(title, among or self._factory.langlist)

    def _of(self, text: str, among: Sequence[str]) -> Probabilities:
        from langdetect.lang_detect_exception import LangDetectException

        detector = self._factory.create()
        detector.n_trial = 2
        detector.set_prior_map(dict.fromkeys(among, 1.0))
        detector.append(text)
        try:
            detector.get_probabilities()
        except LangDetectException:
            return {}
        return dict(zip(self._factory.langlist, detector.langprob, strict=True))


def _configured(name: str) -> Callable[[], Detector]:
    flags = {"language.detector": name}
    return lambda: open_detector(load_settings(environment={}, flags=flags).language)


DETECTORS: dict[str, Callable[[], Detector]] = {
    "langdetect's draws": Drawn,
    "its profiles": _configured("langdetect"),
    "py3langid": _configured("py3langid"),
}


def ads_of(path: Path, settings: Settings, sample: int) -> list[Ad]:
    """The first ads of a file that say their language."""
    rows = (row for row in read_ads(str(path), settings.input) if isinstance(row, Ad))
    return list(islice((ad for ad in rows if ad.language), sample))


def share_right(
    ads: Sequence[Ad], texts: Sequence[str], detect: Callable[[str], Probabilities]
) -> tuple[float, float]:
    """Whose likeliest language is the right one, and milliseconds of CPU each."""
    started = time.process_time()
    found = [detect(text) for text in texts]
    spent = time.process_time() - started
    likeliest = [max(each, key=lambda code: each[code]) if each else None for each in found]
    right = sum(ad.language == code for ad, code in zip(ads, likeliest, strict=True))
    return right / len(ads), 1e3 * spent / len(ads)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--sample", default=700, show_default=True, help="Most ads taken from a set.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(files: tuple[Path, ...], sample: int, as_json: bool) -> None:
    """Print how often each detector is right, set by set, and what it takes."""
    settings = load_settings(environment={})
    sets = {path.stem: ads_of(path, settings, sample) for path in files}
    figures: dict[str, dict[str, Any]] = {}
    for name, opened in DETECTORS.items():
        started = time.process_time()
        try:
            detector = opened()
        except UnavailableError as error:
            click.echo(str(error), err=True)
            continue
        detector.of_text("A driver is wanted who likes to drive a bus.")
        figures[name] = {"opening": time.process_time() - started}
        for stem, ads in sets.items():
            texts = [plain_text(ad.description) for ad in ads]
            if all(map(looks_long, texts)):
                begins = [text[:LOOKED_AT] for text in texts]
                figures[name][f"{stem}, texts"] = share_right(ads, begins, detector.of_text)
                continue
            titles = [ad.title.lower() for ad in ads]
            for among in (FOUR, TEN):
                tell = partial(detector.of_title, among=among)
                figures[name][f"{stem}, {len(among)}"] = share_right(ads, titles, tell)
    if as_json:
        click.echo(json.dumps(figures))
        return
    click.echo("| set | " + " | ".join(figures) + " |")
    click.echo("|---|" + "---|" * len(figures))
    for row in next(iter(figures.values())):
        cells = [found[row] for found in figures.values()]
        shown = (
            f"{cell:.2f} s" if isinstance(cell, float) else f"{cell[0]:.3f} ({cell[1]:.2f} ms)"
            for cell in cells
        )
        click.echo(f"| {row} | {' | '.join(shown)} |")


if __name__ == "__main__":
    main()
