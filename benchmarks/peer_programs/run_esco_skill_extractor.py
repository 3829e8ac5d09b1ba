"""esco-skill-extractor: all ESCO occupations that some piece of the ad's text resembles.

It embeds every piece between commas, full stops and "and", and gives the occupations in no order.
Its skills are left out, which it would embed at its first start for many minutes.
"""

import json
import sys
import time
from pathlib import Path


def main(ads: str, output: str, model: str = "all-MiniLM-L6-v2") -> None:
    """Titles and texts in, URIs of ESCO's occupations out."""
    started = time.perf_counter()
    from esco_skill_extractor import SkillExtractor

    class OccupationExtractor(SkillExtractor):
        """As the library's, without the skills."""

        def _create_skill_embeddings(self) -> None:
            """They are not asked for."""

    rows = [json.loads(line) for line in Path(ads).read_text(encoding="utf-8").splitlines()]
    try:
        extractor = OccupationExtractor(model=model, device="cpu")
    except OSError as error:
        sys.exit(f"its model can't be had: {str(error).splitlines()[0]}")
    ready, cpu = time.perf_counter(), time.process_time()
    answers = [
        extractor.get_occupations([f"{row['title']}\n{row.get('description', '')}"])[0]
        for row in rows
    ]
    done = time.perf_counter()
    found = {
        "start_seconds": ready - started,
        "seconds": done - ready,
        "cpu_seconds": time.process_time() - cpu,
        "answers": answers,
    }
    Path(output).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
