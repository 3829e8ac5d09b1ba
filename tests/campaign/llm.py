"""Every way in which an LLM server fails: it costs the one ad that it strikes its LLM, no row."""

import sys
from pathlib import Path

from tests.campaign.outcome import Outcome
from tests.support.failing_llm import classify_while, small_data
from tests.support.llm_double.fault_table import FAULTS


def failing_servers(folder: Path) -> Outcome:
    """A run for each fault, on a small taxonomy."""
    data_dir = small_data(folder / "small")
    outcome = Outcome("LLM server fails")
    for fault in FAULTS:
        problem = classify_while(fault, data_dir, folder)
        outcome.count(problem and f"{fault}: {problem}")
    print(f"{outcome.kind}: {outcome.tries}", file=sys.stderr, flush=True)
    return outcome
