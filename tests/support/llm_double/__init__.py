"""A server on loopback with the part of OpenAI's chat completions that isco uses.

What it can't show is what only a model does; that is asked of real ones.
"""

from tests.support.llm_double.chat import ChatRequest
from tests.support.llm_double.faults import Fault, answer_with
from tests.support.llm_double.server import LlmDouble

__all__ = ["ChatRequest", "Fault", "LlmDouble", "answer_with"]
