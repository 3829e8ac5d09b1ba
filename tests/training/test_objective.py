"""What is made small: a text's own meaning is nearest, and kin count for less."""

import torch

from isco.training.objective import Contrast

CODES = ["2221", "5120", "7512"]


def contrast():
    return Contrast(temperature=0.1, kin=0.5)


def unit(*rows):
    return torch.nn.functional.normalize(torch.tensor(rows, dtype=torch.float32), dim=1)


APART = unit((1, 0, 0), (0, 1, 0), (0, 0, 1))


def test_it_is_small_where_each_is_nearest_to_its_own():
    right = contrast().loss(APART, APART, CODES)
    wrong = contrast().loss(APART, APART[[1, 2, 0]], CODES)
    assert right < 0.01
    assert wrong > 5


def test_texts_of_one_unit_group_are_no_negatives():
    same = unit((1, 0, 0), (1, 0, 0))
    assert contrast().loss(same, same, ["2221", "2221"]) < 1e-6
    assert contrast().loss(same, same, ["2221", "5120"]) > 0.5


def test_those_of_one_minor_group_count_less():
    same = unit((1, 0, 0), (1, 0, 0))
    kin = contrast().loss(same, same, ["2221", "2222"])
    others = contrast().loss(same, same, ["2221", "5120"])
    assert kin < others


def test_gradients_reach_both_sides():
    said, meant = APART.clone().requires_grad_(), APART[[1, 2, 0]].clone().requires_grad_()
    torch.autograd.backward(contrast().loss(said, meant, CODES))
    assert said.grad.abs().sum() > 0
    assert meant.grad.abs().sum() > 0


def test_it_is_computed_where_the_vectors_are():
    there = APART.to("meta")
    assert contrast().loss(there, there, CODES).device.type == "meta"
