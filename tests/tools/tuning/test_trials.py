"""What a trial of a search is told to train: nothing is trained here."""

import copy

import pytest

from keras_models import presets
from keras_models.presets import epnet as epnet_presets
from tests.tools import blobs
from tests.tools.test_tune import SPACE, TINY
from tools import console
from tools.pipeline import runs
from tools.tuning.options import SearchOptions
from tools.tuning.trials import NetworkTrials, StageTrials

NARROW = {"network.filters.width": 0.25, "network.filters.length_1": 1, "classifiers.weight_decay": "0.001"}
OWN = NARROW | {"network.filters.width": 1.0, "classifiers.weight_decay": "null"}


@pytest.fixture(scope="module", autouse=True)
def known():
    """Pictures of blobs, a tiny preset for them, and what a search may choose of it."""
    wide = copy.deepcopy(TINY) | {"arguments": TINY["arguments"] | {"filters": (16, 16)}}
    with blobs.registered(), pytest.MonkeyPatch.context() as patch:
        patch.setitem(epnet_presets.PRESETS, "tiny", wide)
        patch.setitem(epnet_presets.SPACE, "network", SPACE)
        yield


@pytest.fixture(scope="module")
def networks(known):
    """A search over networks around the preset."""
    return NetworkTrials(SearchOptions("network", "tiny", views=3, later_epochs=5, seed=7))


def test_the_ceiling_is_the_presets_own_network(networks):
    assert networks.macs(NARROW) < networks.macs(OWN) == networks.ceiling
    assert networks.admissible(NARROW) and networks.admissible(OWN), "what costs just as much keeps the ceiling"
    assert not networks.admissible(OWN | {"network.filters.length_1": 2})


def test_the_area_is_of_a_tenth_to_all_of_the_ceiling_and_prices_rise(networks):
    assert networks.judge.budgets == (pytest.approx(networks.ceiling / 10), networks.ceiling)
    assert networks.judge.kappas == (0.005, 0.01, 0.02, 0.05)
    given = SearchOptions("network", "tiny", kappas=(0.05, 0.01, 0.05), budgets=(1e3, 2e3), max_macs=1e6)
    other = NetworkTrials(given)
    assert (other.judge.kappas, other.judge.budgets, other.ceiling) == ((0.01, 0.05), (1e3, 2e3), 1e6)
    assert networks.judged == 45


def test_a_network_that_was_counted_is_not_built_again(networks, monkeypatch):
    before = networks.macs(NARROW)
    monkeypatch.setattr(presets, "build", lambda *_: pytest.fail("built again"))
    assert networks.macs(NARROW | {"classifiers.weight_decay": "null"}) == before, "its training does not change it"


def test_a_trial_trains_the_first_stage_as_told_and_the_later_ones_shortly(networks):
    config = networks.config(NARROW, epochs=2)
    first, later = config["stages"]["classifiers"], config["stages"]["controllers"]
    assert (first["epochs"], first["batch_size"], first["weight_decay"]) == (2, 32, 0.001)
    assert (later["epochs"], later["views"]) == (5, 3)
    assert config["arguments"]["filters"] == (4, 4) and config["seed"] == 7 and config["task"] == "blobs"


def test_the_preset_of_a_trial_is_trained_as_long_as_the_one_at_the_start(networks):
    made = networks.preset(NARROW, epochs=2)
    own = networks.base["stages"]
    assert made["stages"]["classifiers"] == own["classifiers"] | {"weight_decay": 0.001}
    assert made["stages"]["controllers"] == own["controllers"], "neither short nor with the search's views"
    presets.check(made | {"source": "", "expected": ""})


def test_a_ceiling_below_the_smallest_network_is_one_sentence(networks):
    least = networks.macs(networks.space.smallest())
    with pytest.raises(console.UserError) as refused:
        NetworkTrials(SearchOptions("network", "tiny", max_macs=least - 1))
    assert str(refused.value) == (
        f"expected a ceiling of at least the smallest network's {least:,.0f} multiply-adds, received {least - 1:,.0f}"
    )


def test_what_decides_a_search_is_kept_with_it(networks):
    assert networks.origin == {name: networks.base[name] for name in ("family", "arguments", "task", "stages")}


@pytest.fixture(scope="module")
def run(known, tmp_path_factory):
    """A run whose first stage has ended, in a folder with a space in its name."""
    folder = blobs.make_run(tmp_path_factory.mktemp("some runs") / "tiny")
    (folder / "model.keras").rename(folder / "classifiers.keras")
    return runs.read(folder)


@pytest.fixture(scope="module")
def later(run):
    """A search over its controllers."""
    return StageTrials(SearchOptions("controllers", str(run.folder), views=2, seed=5))


def test_a_trial_of_a_stage_changes_that_stage_alone(run, later):
    values = {parameter.name: parameter.default for parameter in later.space.parameters.space}
    config = later.config(values | {"controllers.learning_rate": 0.02}, epochs=4)
    assert config["stages"]["classifiers"] == run.config["stages"]["classifiers"]
    own = config["stages"]["controllers"]
    assert (own["epochs"], own["views"], own["learning_rate"], config["seed"]) == (4, 2, 0.02, 5)
    assert own.keys() == run.config["stages"]["controllers"].keys()
    assert config["arguments"]["filters"] == run.config["arguments"]["filters"]


def test_every_trial_of_a_stage_is_worth_running_and_starts_from_the_same_weights(run, later):
    assert later.admissible({})
    assert later.origin.keys() == {"family", "arguments", "task", "stages", "digest"}
    assert len(later.fitting["labels"]) == 255, "blobs are not shifted: two views are one"
    assert len(later.held_out["labels"]) == 45 == later.judged


def test_the_preset_of_a_stages_trial_is_whole(later):
    values = {parameter.name: parameter.default for parameter in later.space.parameters.space}
    made = later.preset(values, epochs=4)
    assert made.keys() == {"family", "task", "arguments", "stages"} and made["stages"]["controllers"]["epochs"] == 4
    presets.check(made | {"source": "", "expected": ""})


@pytest.mark.parametrize("stage", ["classifiers", "deciders", ""])
def test_the_first_stage_is_not_searched(run, stage):
    with pytest.raises(console.UserError) as refused:
        StageTrials(SearchOptions(stage, str(run.folder)))
    assert str(refused.value) == f"expected a stage after the first of {run.folder} (controllers), received {stage!r}"
