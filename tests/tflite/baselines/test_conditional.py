"""One model with IF operators leaves where the chain leaves."""

import numpy as np
import pytest

import tflite
from tests.tflite import bundles
from tflite import baselines
from tflite.baselines import BaselineError


@pytest.mark.parametrize("point", ["fast", "exact"])
def test_the_conditional_model_leaves_where_the_chain_leaves(bundle, images, point):
    conditional = tflite.Chain(baselines.conditional_bundle(bundle, point))
    chain = tflite.Chain(bundle)
    exits = set()
    for image in images:
        expected = chain.run(image, operating_point=point)
        result = conditional.run(image, operating_point=point)
        np.testing.assert_allclose(result.answer, expected.answer, rtol=1e-6)
        exits.add(expected.exit)
    assert exits == {"exit_1", "exit_2", "answer"}


def test_softmax_exits_have_no_conditional_model(tmp_path):
    loaded = tflite.Bundle.load(bundles.two_exits(tmp_path))
    with pytest.raises(BaselineError, match="received max_softmax"):
        baselines.conditional_bundle(loaded, "fast")
