"""A model's text to a validated object, however it wraps it. Pure."""

import json
from typing import TypeVar

from pydantic import BaseModel, ValidationError

Answer = TypeVar("Answer", bound=BaseModel)

# A line break inside a string is no JSON, but what small models write.
_DECODER = json.JSONDecoder(strict=False)


class UnusableAnswerError(ValueError):
    """The text holds no object of the kind asked for; the message says what is wrong with it."""


def parse_answer(text: str, schema: type[Answer]) -> Answer:
    """The first JSON object in `text` that `schema` accepts, whatever stands around it.

    Raises UnusableAnswerError with the reason, worded so that it can be put to the model.
    """
    problem = "there is no JSON object in it"
    start = text.find("{")
    while start >= 0:
        try:
            found, _ = _DECODER.raw_decode(text, start)
            return schema.model_validate(found)
        except ValidationError as error:
            problem = _explain(error)
        except json.JSONDecodeError as error:
            problem = f"it is not valid JSON: {error.msg}"
        except RecursionError:
            problem = "it is nested too deep"
        start = text.find("{", start + 1)
    raise UnusableAnswerError(problem)


def _explain(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "the object"
    return f"{where}: {first['msg']}"
