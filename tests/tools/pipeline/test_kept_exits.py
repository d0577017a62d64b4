"""Which exits a bundle keeps, on three exits whose answers and prices are given by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from keras_models.early_exit import EarlyExit
from keras_models.policies import choice, names
from tests.keras_models.policies import test_operating_points as three
from tools.console import UserError
from tools.pipeline import kept_exits, part_prices
from tools.pipeline.options import ConversionOptions


class Network(three.Network):
    """Its own rules may take the first exit and the last; the second one is trained as well."""

    part_macs = three.PRICES

    def own_exits(self, settings):
        return np.array([True, False, True])


def work(policy=names.OWN, **options):
    """A conversion of that network, whose parts take 1, 1 and 4 microseconds."""
    network = Network()
    return SimpleNamespace(
        network=network,
        chain=network,
        policy=choice.parse(policy, network),
        options=ConversionOptions(policy=policy, **options),
        run=SimpleNamespace(config={"stages": {}}),
        deciding=[],
        latencies=three.PRICES,
    )


@pytest.mark.parametrize(
    ("policy", "opened"),
    [
        (names.OWN, [True, False, True]),
        ("max_softmax", [True, True, True]),
    ],
)
def test_exits_that_a_policy_may_take(policy, opened):
    made = work(policy, exits="all")
    assert choice.open_exits(made.network, {}, made.policy).tolist() == opened
    assert kept_exits.choose(made, three.sweep()).tolist() == opened


def test_a_static_chain_has_its_answer_alone():
    made = work(names.STATIC, exits="auto")
    made.chain = made.policy.chain
    assert choice.open_exits(made.network, {}, made.policy).tolist() == [True]
    assert kept_exits.choose(made, SimpleNamespace(exits=1)).tolist() == [True]


def test_a_list_names_exits_and_the_last_stays():
    assert kept_exits.choose(work(exits="1"), three.sweep()).tolist() == [True, False, True]
    assert kept_exits.choose(work("max_softmax", exits="2,3"), three.sweep()).tolist() == [False, True, True]
    with pytest.raises(ValueError) as refused:
        kept_exits.choose(work(exits="1,2"), three.sweep())
    assert str(refused.value) == "expected exits among 1,3, which were trained to be taken, received '1,2'"
    with pytest.raises(ValueError, match="or numbers from 1 to 3 such as 3,6,9, received '0'"):
        kept_exits.choose(work(exits="0"), three.sweep())


def test_a_policy_with_one_setting_keeps_all_it_may_take():
    """There is nothing to choose settings among: `auto` is `all`."""
    made = work("max_softmax:0.9", exits="auto")
    assert made.policy.fixed and kept_exits.choose(made, three.sweep()).tolist() == [True, True, True]


ADVICE = "--exits all, or a list such as 1,3, keeps some"


class Whole(EarlyExit):
    """A network with one answer."""


@pytest.mark.parametrize(("chain", "kept"), [(Whole(), [True]), (SimpleNamespace(), None)])
def test_a_network_without_exits_keeps_its_answer_and_takes_no_list(chain, kept):
    """None for a program of another kind, whose exits nobody counts."""
    sweep = SimpleNamespace(exits=1)
    for wanted in ("auto", "all"):
        made = SimpleNamespace(chain=chain, options=ConversionOptions(exits=wanted))
        found = kept_exits.choose(made, sweep)
        assert (found if found is None else found.tolist()) == kept
    with pytest.raises(UserError) as refused:
        kept_exits.choose(SimpleNamespace(chain=chain, options=ConversionOptions(exits="3,6")), sweep)
    assert str(refused.value) == "expected a network with exits for --exits, received '3,6'"


@pytest.mark.parametrize(
    ("overhead", "kept", "said"),
    [
        (0.0, [True, False, True], "exits that pay for themselves: 1, 3 of 3\n"),
        (
            1e3,
            [False, False, True],
            "no exit before the last pays for itself; --exits all, or a list such as 1,3, keeps some\n",
        ),
    ],
)
def test_an_exit_that_costs_more_than_it_saves_is_dropped(overhead, kept, said, monkeypatch, capsys):
    """Half of the images are right at the first exit, for 1 of 6; the second one is closed to the network's rules."""
    monkeypatch.setattr(kept_exits, "DISPATCH_OVERHEAD_US", overhead)
    assert kept_exits.choose(work(exits="auto"), three.sweep()).tolist() == kept
    assert capsys.readouterr().out == said


def test_exits_that_are_always_wrong_are_not_kept(monkeypatch):
    monkeypatch.setattr(kept_exits, "DISPATCH_OVERHEAD_US", 0.0)
    wrong = three.CORRECT * [0, 0, 1]
    assert kept_exits.choose(work("max_softmax", exits="auto"), three.sweep(wrong)).tolist() == [False, False, True]


@pytest.mark.parametrize(("opened", "kept"), [(True, [False, True, True]), (False, [False, False, True])])
def test_an_exit_that_is_closed_is_not_kept_however_good_it_is(monkeypatch, opened, kept):
    """The second exit is always right, as the last one is, for 1 of 6; the first never is."""
    monkeypatch.setattr(kept_exits, "DISPATCH_OVERHEAD_US", 0.0)
    monkeypatch.setattr(Network, "own_exits", lambda *_: np.array([True, opened, True]))
    right = np.ones_like(three.CORRECT) * [0, 1, 1]
    assert kept_exits.choose(work(exits="auto"), three.sweep(right)).tolist() == kept


def test_an_exit_that_is_dropped_takes_along_what_only_it_needed(monkeypatch):
    """No part reads another here. A unit is 2 of 6 microseconds, for there are three exits; a check takes 3 more."""
    monkeypatch.setattr(kept_exits, "DISPATCH_OVERHEAD_US", 3.0)
    segment = kept_exits.segment_costs(work())
    expected = {(-1, 0): 1 + 3, (-1, 1): 1 + 3, (-1, 2): 4 + 3, (0, 1): 1 + 3, (0, 2): 4 + 3, (1, 2): 4 + 3}
    assert {ends: 2 * segment(*ends) for ends in expected} == expected


def test_prices_are_latencies_or_the_instructions_of_the_units(monkeypatch):
    made = work()
    made.units = {"part_1": b"unit"}
    assert kept_exits.decided_prices(made) == three.PRICES
    monkeypatch.setattr(part_prices, "measure", lambda units, cost: {name: (units[name], cost) for name in units})
    made.options = ConversionOptions(cost="arm64")
    assert kept_exits.decided_prices(made) == {"part_1": (b"unit", "arm64")}


def test_one_part_that_decides_is_measured_for_all_of_them(monkeypatch):
    """They are not final yet: the first one, exported as it is, stands for the others."""
    made = work()
    made.units, made.deciding = {"part_1": b"a", "part_3": b"ccc"}, ["part_2", "part_4"]
    made.chain = SimpleNamespace(parts=lambda: {"part_2": SimpleNamespace(model="the model")})
    monkeypatch.setattr(kept_exits.export, "export_unit", lambda model, name: f"{model} of {name}".encode())
    monkeypatch.setattr(part_prices, "measure", lambda units, cost: {name: float(len(c)) for name, c in units.items()})
    found = kept_exits.decided_prices(made)
    assert found == {"part_1": 1.0, "part_3": 3.0, "part_2": 19.0, "part_4": 19.0}
