"""What is made small: a text's own meaning is nearest, and kin count for less."""

import pytest
import torch

from isco.training.objective import Contrast

CODES = ["2221", "5120", "7512"]


def contrast(kin=0.5, memory=8):
    return Contrast(temperature=0.1, kin=kin, memory=memory)


def unit(*rows):
    return torch.nn.functional.normalize(torch.tensor(rows, dtype=torch.float32), dim=1)


APART = unit((1, 0, 0), (0, 1, 0), (0, 0, 1))


def test_it_is_small_where_each_is_nearest_to_its_own():
    right = contrast().loss(APART, APART, CODES, remember=False)
    wrong = contrast().loss(APART, APART[[1, 2, 0]], CODES, remember=False)
    assert right < 0.01
    assert wrong > 5


def test_texts_of_one_unit_group_are_no_negatives():
    same = unit((1, 0, 0), (1, 0, 0))
    assert contrast().loss(same, same, ["2221", "2221"], remember=False) < 1e-6
    assert contrast().loss(same, same, ["2221", "5120"], remember=False) > 0.5


def test_those_of_one_minor_group_count_less():
    same = unit((1, 0, 0), (1, 0, 0))
    kin = contrast().loss(same, same, ["2221", "2222"], remember=False)
    others = contrast().loss(same, same, ["2221", "5120"], remember=False)
    assert kin < others


def test_what_was_meant_before_is_a_negative_later():
    drawn = contrast()
    before = drawn.loss(APART, APART, CODES, remember=True)
    after = drawn.loss(APART[:1], APART[:1], ["3115"], remember=False)
    assert len(drawn.kept()) == 3
    assert after > contrast().loss(APART[:1], APART[:1], ["3115"], remember=False)
    assert before < 0.01


def test_only_the_last_are_kept_and_a_checkpoint_brings_them_back():
    drawn, again = contrast(memory=4), contrast(memory=4)
    for _ in range(3):
        drawn.loss(APART, APART, CODES, remember=True)
    assert len(drawn.kept()) == 4
    again.restore(drawn.kept())
    losses = [one.loss(APART, APART, CODES, remember=False).item() for one in (drawn, again)]
    assert losses[0] == pytest.approx(losses[1])


def test_gradients_reach_both_sides():
    said, meant = APART.clone().requires_grad_(), APART[[1, 2, 0]].clone().requires_grad_()
    torch.autograd.backward(contrast().loss(said, meant, CODES, remember=False))
    assert said.grad.abs().sum() > 0
    assert meant.grad.abs().sum() > 0
