"""One way to try again: what passes is waited for, what does not is raised in words."""

import random

import pytest

from isco.core.retries import RetryPolicy

POLICY = RetryPolicy(retries=5, first_pause=1, longest_pause=6)

pytestmark = pytest.mark.usefixtures("pauses")


class PassingError(Exception):
    retry_after_s = 0.0


class Call:
    """Fails with each of `errors`, then answers."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.attempts = 0

    def __call__(self) -> str:
        self.attempts += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


def run(call: Call, policy: RetryPolicy = POLICY) -> str:
    return policy.run(
        call,
        can_pass=lambda error: isinstance(error, PassingError),
        explain=lambda error, attempts: (
            RuntimeError(f"after {attempts}: {error}") if isinstance(error, PassingError) else None
        ),
    )


def test_what_passes_is_tried_again_after_pauses_that_double_up_to_the_longest(pauses, monkeypatch):
    monkeypatch.setattr(random, "random", lambda: 0.0)
    assert run(Call(*(PassingError() for _ in range(5)))) == "answer"
    assert pauses == [1, 2, 4, 6, 6]


def test_pauses_are_shortened_at_random_by_up_to_a_half(pauses, monkeypatch):
    monkeypatch.setattr(random, "random", lambda: 1.0)
    run(Call(PassingError(), PassingError()))
    assert pauses == [0.5, 1]


@pytest.mark.parametrize(("asked", "waited"), [(5.0, 5.0), (3600.0, 6.0)])
def test_a_service_may_ask_for_a_longer_pause_up_to_the_longest(pauses, asked, waited):
    error = PassingError()
    error.retry_after_s = asked
    run(Call(error))
    assert pauses == [waited]


def test_what_does_not_pass_in_time_is_explained_with_its_cause():
    last = PassingError("down")
    call = Call(*(PassingError() for _ in range(5)), last)
    with pytest.raises(RuntimeError, match="after 6: down") as raised:
        run(call)
    assert raised.value.__cause__ is last
    assert call.attempts == 6


def test_what_can_not_pass_is_raised_at_once_and_as_it_is(pauses):
    error = ValueError("no")
    with pytest.raises(ValueError, match="no") as raised:
        run(Call(error))
    assert raised.value is error
    assert pauses == []


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_is_no_failure(pauses, end):
    with pytest.raises(end):
        run(Call(end()))
    assert pauses == []


def test_without_retries_there_is_one_attempt():
    call = Call(PassingError("down"))
    with pytest.raises(RuntimeError, match="after 1: down"):
        run(call, RetryPolicy(retries=0, first_pause=1, longest_pause=6))
    assert call.attempts == 1
