"""`isco classify` while an LLM server fails for one of the ads: what became of all of them."""

import json
from pathlib import Path
from unittest.mock import patch

from click.testing import CliRunner

from isco.cli.main import cli
from isco.core.config import load_settings
from tests.campaign.isco import StandIn
from tests.support.llm_double import LlmDouble
from tests.support.llm_double.fault_table import always
from tests.support.small_taxonomy import load

TITLES = ("School cook", "Village baker", "Ward nurse")
STRUCK = 1


def small_data(folder: Path) -> Path:
    """A data folder with the small taxonomy, embedded by the stand-in."""
    settings = load_settings(environment={}, flags={"data_dir": folder, "llm.backend": "none"})
    load(settings, StandIn(settings.embedding))
    return folder


def classify_while(fault: str, data_dir: Path, folder: Path) -> str | None:
    """What went wrong beyond the one ad, as a sentence; None where nothing did."""
    ads, output = folder / "ads.jsonl", folder / "out.jsonl"
    rows = [{"id": title, "title": title, "description": ""} for title in TITLES]
    ads.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    output.unlink(missing_ok=True)
    with LlmDouble() as server, patch("isco.core.embedding.open_embedder", StandIn):
        server.stand_in.answer = lambda request: json.dumps(
            {"is_job": True, "title": request.text.split("\n")[1], "description": ""}
        )
        server.faults.append(always(fault, TITLES[STRUCK]))
        given = {
            "data_dir": data_dir, "llm.url": server.url, "llm.timeout": 1, "llm.retries": 1,
            "llm.concurrency": 1, "extraction.by": "llm", "reranking.when": "never",
        }  # fmt: skip
        keys = [part for key, value in given.items() for part in ("--set", f"{key}={value}")]
        with patch("openai._base_client.time.sleep"):
            done = CliRunner().invoke(cli, ["classify", str(ads), "-o", str(output), *keys])
    found = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    if [row["id"] for row in found] != list(TITLES):
        return f"{len(found)} rows of {len(TITLES)}, exit code {done.exit_code}"
    if done.exit_code or any(row["path"] == "error" for row in found):
        return f"exit code {done.exit_code}: {[row['path'] for row in found]}"
    by = [row["profile"]["extracted_by"] for row in found]
    if not by[STRUCK].startswith("rules (LLM"):
        return f"the ad does not say that the LLM failed: {by[STRUCK]!r}"
    if any(not maker.startswith("LLM") for row, maker in enumerate(by) if row != STRUCK):
        return f"others were struck too: {by}"
    return None
