"""A file of predictions, of any format that `isco classify` writes, read back."""

from collections.abc import Iterator

from isco.core.errors import InputError
from isco.core.records import BrokenRow, Row
from isco.core.settings import InputSettings
from isco.retriever.reading.inputs import ad_files
from isco.retriever.reading.text_files import read_ads
from isco.review.answers import AnsweredAd, answer_of

# Every prediction has these two, whatever its format. Read as the ad's own they make one of it.
_COLUMNS = InputSettings(id="id", title="path", description="reason")


def read_answers(source: str) -> Iterator[AnsweredAd]:
    """The answers in a file of predictions, or a folder of them, or "-", in order.

    Raises InputError when it can't be read, and naming the line for a row that is no prediction.
    """
    position = 0
    for file in ad_files(source):
        for row in _rows_of(file.path):
            try:
                if isinstance(row, BrokenRow):
                    raise ValueError(row.reason.removeprefix(f"line {row.line} "))
                fields = {
                    **row.extra, "id": row.id, "path": row.title, "reason": row.description,
                    "language": row.language, "isco_code": row.isco_code,
                }  # fmt: skip
                if row.numbered:
                    raise ValueError("has no id")
                yield answer_of(fields, position)
            except ValueError as error:
                raise InputError(
                    f"{file.path} is no file of predictions, as isco classify writes them: line "
                    f"{row.line} {error}"
                ) from error
            position += 1


def _rows_of(path: str) -> Iterator[Row]:
    try:
        yield from read_ads(path, _COLUMNS)
    except InputError as error:
        # The columns that it looks for are no setting here.
        if "input.title" not in str(error):
            raise
        raise InputError(
            f"{path} is no file of predictions: it has no 'path' and 'reason', which isco classify "
            "writes for every ad"
        ) from error
