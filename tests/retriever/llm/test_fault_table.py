"""An LLM server that fails for one ad costs that ad the LLM, and no row."""

import pytest

from tests.support.failing_llm import classify_while, small_data
from tests.support.llm_double.fault_table import FAULTS


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return small_data(tmp_path_factory.mktemp("fault-table") / "data")


@pytest.mark.parametrize("fault", FAULTS)
def test_the_ad_falls_back_and_all_others_are_as_ever(fault, data_dir, tmp_path):
    assert classify_while(fault, data_dir, tmp_path) is None
