"""Gates: their statistics by hand, and that the program which asks them decides as the batched statistic does."""

import numpy as np
import pytest

from keras_models import costs
from keras_models.functional.thresholds import first_exits
from keras_models.policies import controllers, gates
from tests.keras_models import harness
from tests.keras_models.conftest import small


@pytest.fixture(scope="module")
def network():
    """One for all tests: a gate leaves its network as it is."""
    return small()


def logits(answers, classes=3, height=4.0):
    """Logits `[samples, exits, classes]` that give these answers."""
    return (np.eye(classes, dtype=np.float32)[np.asarray(answers)] * height).astype(np.float32)


def test_patience_counts_answers_that_agree_with_the_one_before():
    """1 1 1 2 2: nothing to agree with at first, then one, two, none at the change; the last exit is not asked."""
    counted = gates.Gate("patience").confidence(logits([[1, 1, 1, 2, 2], [0, 1, 1, 1, 1]]))
    assert counted.tolist() == [[0, 1, 2, 0], [0, 0, 1, 2]]


def test_statistics_of_one_answer():
    """A logit of 4 against two of 0: e^4 / (e^4 + 2) = 0.96466."""
    seen = logits([[0, 1]])
    assert gates.Gate("max_softmax").confidence(seen) == pytest.approx(np.array([[0.964663]]), abs=1e-6)
    assert gates.Gate("margin").confidence(seen) == pytest.approx(np.array([[0.946994]]), abs=1e-6)
    assert gates.Gate("entropy").confidence(seen) == pytest.approx(np.array([[-0.177324]]), abs=1e-5)


def test_random_is_spread_evenly_and_depends_on_the_logits_alone():
    seen = np.random.default_rng(0).normal(0, 3, (4000, 3, 10)).astype(np.float32)
    drawn = gates.Gate("random").confidence(seen)
    counts = np.histogram(drawn, 10, (0, 1))[0] / drawn.size
    assert drawn.shape == (4000, 2) and np.abs(counts - 0.1).max() < 0.02
    assert abs(np.corrcoef(drawn.T)[0, 1]) < 0.05
    np.testing.assert_array_equal(drawn, gates.Gate("random").confidence(seen))


@pytest.mark.parametrize("statistic", gates.STATISTICS)
@pytest.mark.parametrize("each", [False, True])
def test_settings_and_thresholds_are_each_others_inverse(statistic, each):
    gate = gates.Gate(statistic, each)
    wanted = np.array([0.4, np.inf, 0.9]) if each else 0.4
    sign = -1.0 if statistic == "entropy" else 1.0
    settings = gate.settings(sign * wanted if each else sign * wanted)
    found = gate.thresholds(settings, 4)
    assert found[0] == pytest.approx(sign * 0.4)
    if each:
        confident = gate.confidence(np.random.default_rng(0).normal(0, 9, (50, 4, 10)))
        assert (confident[:, 1] < found[1]).all(), "infinite is never reached"


@pytest.mark.parametrize("statistic", gates.STATISTICS)
@pytest.mark.parametrize("each", [False, True])
def test_the_chain_decides_as_the_batch_does(network, images, statistic, each):
    gate = gates.Gate(statistic, each)
    gated = gate.apply(network)
    confident = gate.confidence(controllers.answers(network.observe(images)))
    middle = np.median(confident, axis=0)
    settings = gate.settings(middle if each else middle[0])
    expected = first_exits(confident, gate.thresholds(settings, network.exits))
    parts = gated.parts()
    chain = [chain_exit(gated, image[None], settings, parts) for image in images]
    assert chain == list(expected)
    assert len(set(chain)) > 1 or statistic == "patience"


def chain_exit(gated, image, settings, parts):
    """Index of the exit at which the program answers, its rules read literally."""
    values = harness.every_value(gated, image, settings, parts)
    exits = [step for step in gated.program() if step["op"] in ("exit", "answer")]
    for index, step in enumerate(exits[:-1]):
        threshold = settings[step["rule"]["threshold"]["parameter"]]
        value = values[step["rule"]["value"]]
        if step["rule"]["rule"] == "at_least":
            leaves = float(value[0, 0]) >= threshold
        elif step["rule"]["rule"] == "entropy":
            leaves = -gates.Gate("entropy").confidence(np.stack([value, value], 1))[0, 0] <= threshold
        else:
            leaves = gates.Gate(step["rule"]["rule"]).confidence(np.stack([value, value], 1))[0, 0] >= threshold
        if leaves:
            return index
    return len(exits) - 1


def test_what_only_the_controllers_needed_is_gone(network):
    program = gates.Gate("entropy").apply(network).program()
    assert not any("controller" in step.get("part", "") or step["op"] == "fill" for step in program)
    assert {step["part"] for step in program if step["op"] == "run"} == {
        name for name in network.parts() if "controller" not in name
    }
    assert list(gates.Gate("entropy").apply(network).parts()) == [n for n in network.parts() if "controller" not in n]


def test_costs_are_of_what_the_gated_program_runs(network):
    plain, gated = network.exit_costs(), gates.Gate("max_softmax").apply(network)
    controllers = [network.part_costs[f"controller_{i}"].macs for i in range(1, network.exits)]
    saved = np.cumsum([*controllers, 0])
    np.testing.assert_allclose(gated.exit_costs(), plain - saved)
    assert gated.price_unit() == network.price_unit()
    measured = {name: 2.0 for name in gated.parts()}  # as a conversion has them: no controller has one
    known = {name: measured.get(name, 0.0) for name in network.parts()}
    assert set(network.parts()) > set(known) - set(measured) > set()
    assert gated.price_unit(measured) == network.price_unit(known)
    np.testing.assert_allclose(gated.exit_prices(), (plain - saved) / network.price_unit())


def test_only_the_gates_own_parts_are_counted_again(network, monkeypatch):
    known, counted, count = network.part_costs, [], costs.count
    monkeypatch.setattr(costs, "count", lambda model: counted.append(model) or count(model))
    found = gates.Gate("random").apply(network).part_costs
    assert len(counted) == network.exits - 1 == len(set(found) - set(known))
    assert all(found[name] == known[name] for name in set(found) & set(known))


def test_every_exit_may_have_its_own_threshold(network):
    gated = gates.Gate("margin", each=True).apply(network)
    names = [step["rule"]["threshold"]["parameter"] for step in gated.program() if step["op"] == "exit"]
    assert names == list(gated.parameters()) == ["threshold_1", "threshold_2", "threshold_3"]


def test_an_unknown_statistic_is_refused():
    with pytest.raises(ValueError, match="expected a statistic among max_softmax, .*, received 'luck'"):
        gates.Gate("luck")


def test_the_parameters_reach_from_always_to_never(network):
    for statistic in gates.STATISTICS:
        (knob,) = gates.Gate(statistic).apply(network).parameters().values()
        assert knob.minimum <= knob.default <= knob.maximum and statistic in knob.description
        assert knob.full_depth == gates.NEVER[statistic] in (knob.minimum, knob.maximum)


def test_a_gated_network_s_reference_is_its_last_answer(network):
    """Three trunks, pools and heads before it, of which the trunks are needed."""
    parts = [step["part"] for step in gates.Gate("margin").apply(network).reference() if step["op"] == "run"]
    assert parts == ["trunk_1", "trunk_2", "trunk_3", "trunk_4", "pool_4", "head_4"]
