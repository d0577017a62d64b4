"""What the families' settings refuse, beyond the kinds: arguments and stages that contradict each other."""

import json

import keras
import pytest

from keras_models import presets
from keras_models.presets import cascade, epnet, msdnet, resnet, skipnet, sources, with_exits
from tests.networks import write_network


def resolved(family, arguments=None, **stages):
    """The arguments and stages of a family, over the smallest ones that are complete."""
    image = {"epochs": 1, "batch_size": 8, "peak_learning_rate": 0.1}
    complete = {
        "epnet": ({"filters": [4, 4]}, {"classifiers": image}),
        "msdnet": ({"depths": [1, 2]}, {"classifiers": image}),
        "resnet": ({"blocks": [1, 1, 1]}, {"classifier": image}),
        "skipnet": ({"blocks": [1, 1, 1]}, {"supervised": image}),
        "cascade": ({"members": ["runs/a", "runs/b"]}, {}),
        "with_exits": ({"network": "runs/a", "at": "auto"}, {"classifiers": image}),
    }[family]
    own = {name: complete[1].get(name, {}) | stages.get(name, {}) for name in {*complete[1], *stages}}
    return presets.resolve(family, complete[0] | (arguments or {}), own)


def refusal(family, arguments=None, **stages):
    with pytest.raises(ValueError) as caught:
        resolved(family, arguments, **stages)
    return str(caught.value)


@pytest.mark.parametrize(
    ("at", "fits"), [("auto", True), (["a"], True), (("a", "b"), True), ([], False), ("a", False), ([1], False)]
)
def test_exits_are_at_layers_by_name(at, fits):
    assert with_exits.ARGUMENTS["at"].kind.fits(at) is fits


def test_exits_of_a_network_in_a_file():
    preset = presets.get("folder/mine.keras")
    assert preset["family"] == "with_exits" and preset["arguments"]["network"] == {"file": "folder/mine.keras"}
    assert resolved("with_exits", preset["arguments"], **preset["stages"])[1]["classifiers"]["epochs"] == 10
    assert resolved("with_exits", controllers={"kappa": 0.02})[0]["conditioned"] is False


def test_layers_have_rates_of_their_own_with_sgd_alone():
    said = "expected the optimizer sgd with a layer_decay below 1, received muon"
    assert refusal("with_exits", classifiers={"layer_decay": 0.5, "optimizer": "muon"}) == said
    assert "a number above 0, at most 1 as layer_decay" in refusal("with_exits", classifiers={"layer_decay": 0})
    assert resolved("with_exits", classifiers={"optimizer": "muon"})[1]["classifiers"]["layer_decay"] == 1


def test_the_size_of_images_is_read_from_a_file(tmp_path):
    image = keras.Input((6, 8, 3))
    outputs = keras.layers.Dense(2)(keras.layers.Flatten()(keras.Sequential([keras.layers.ReLU()])(image)))
    made = {
        "functional": keras.Model(image, outputs),
        "sequential": keras.Sequential([keras.Input((6, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(2)]),
        "built": keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(2)]),
    }
    made["built"].build((None, 6, 8, 3))
    for name, model in made.items():
        model.save(tmp_path / f"{name}.keras")
        assert sources.image_shape(tmp_path / f"{name}.keras") == (6, 8, 3), name
    keras.Sequential([keras.Input((None, 8, 3)), keras.layers.ReLU()]).save(tmp_path / "open.keras")
    with pytest.raises(
        ValueError, match=r"open.keras: expected a classifier of images of one size, received one of \("
    ):
        sources.image_shape(tmp_path / "open.keras")
    with pytest.raises(
        ValueError, match="none.keras: expected a trained Keras classifier as the network, received none"
    ):
        sources.image_shape(tmp_path / "none.keras")


def test_controllers_for_one_price_do_not_see_it():
    assert resolved("epnet")[0] == {"filters": [4, 4]}
    assert resolved("epnet", controllers={"kappa": 0.02})[0] == {"filters": [4, 4], "conditioned": False}
    assert resolved("epnet", {"conditioned": True}, controllers={"kappa": 0.02})[0]["conditioned"] is False


def test_a_stem_is_whitened_only_where_there_is_one():
    said = "expected a stem among the arguments of a preset with a whitened_stem, received none"
    assert refusal("epnet", classifiers={"whitened_stem": True}) == said
    assert refusal("epnet", {"stem": 0}, classifiers={"whitened_stem": True}) == said
    assert resolved("epnet", {"stem": 8}, classifiers={"whitened_stem": True})[0]["stem"] == 8


@pytest.mark.parametrize(
    ("exits", "fits"), [("all", True), ("3,6", True), (3, True), (0, False), ([3], False), (None, False), (True, False)]
)
def test_exits_are_a_text_or_one_number(exits, fits):
    """Whether the text is a list of exits is for the network to say, which knows how many there are."""
    assert epnet.STAGES["controllers"]["exits"].kind.fits(exits) is fits


@pytest.mark.parametrize("family", ["resnet", "skipnet"])
def test_residual_trunks_have_as_many_blocks_as_filters(family):
    assert refusal(family, {"blocks": [1, 1]}) == "expected blocks and filters of as many groups, received 2 and 3"
    assert resolved(family, {"blocks": [2], "filters": [8]})[0]["blocks"] == [2]


def test_a_skipnet_has_a_stage():
    no = {"epochs": 0}
    assert refusal("skipnet", supervised=no, reinforced=no) == (
        "expected epochs of supervised or of reinforced, received 0 of both"
    )
    assert resolved("skipnet", supervised=no)[1]["reinforced"]["epochs"] == 4
    assert resolved("skipnet", reinforced=no)[1]["supervised"]["epochs"] == 1


def test_random_gates_are_not_reinforced():
    random = {"gate": "random"}
    assert refusal("skipnet", random) == "expected 0 epochs of reinforced with random gates, received 4"
    assert resolved("skipnet", random, reinforced={"epochs": 0})[0]["gate"] == "random"


def test_an_msdnet_has_blocks_and_bottlenecks_of_all_scales():
    assert refusal("msdnet", {"depths": [3]}) == "expected depths of at least two blocks, received [3]"
    said = "expected factors and bottleneck of as many scales, received 2 and 3"
    assert refusal("msdnet", {"factors": [1, 2]}) == said
    assert resolved("msdnet", {"factors": [1, 2], "bottleneck": [1, 2]})[0]["depths"] == [1, 2]
    assert resolved("msdnet", controllers={"kappa": 0.02})[0]["conditioned"] is False


@pytest.mark.parametrize(
    ("milestones", "fits"),
    [((0.5, 0.75), True), ([0.1], True), ((), True), ((0.75, 0.5), False), ((0.5, 0.5), False), ((0.0, 0.5), False)]
    + [((1.0,), False), (0.5, False), (("a",), False)],
)
def test_milestones_are_rising_shares(milestones, fits):
    assert msdnet.STAGES["classifiers"]["milestones"].kind.fits(milestones) is fits


@pytest.mark.parametrize("rule", ["joint", "stagewise"])
@pytest.mark.parametrize("deferral", ["max_softmax", "entropy", "logistic"])
@pytest.mark.parametrize("tolerance", [None, 0, 0.01])
def test_a_tolerance_of_thresholds_needs_the_grid(rule, deferral, tolerance):
    stage = {"rule": rule, "tolerance": tolerance}
    if deferral != "logistic" and rule == "joint" and tolerance is not None:
        said = "expected the rule stagewise for thresholds with a tolerance, received joint"
        assert refusal("cascade", {"deferral": deferral}, deferral=stage) == said
    else:
        assert resolved("cascade", {"deferral": deferral}, deferral=stage)[1]["deferral"]["tolerance"] == tolerance


@pytest.mark.parametrize(
    ("member", "fits"),
    [
        ("runs/a", True),
        ({"file": "a.keras"}, True),
        ({"file": "a.keras", "size": [8, 8], "scale": [0.5], "offset": [-1, 0.5]}, True),
        ({"file": "a.keras", "size": None, "scale": None}, True),
        ({"file": 3}, False),
        ({"file": None}, False),
        ({"file": "a.keras", "size": 8}, False),
        ({"file": "a.keras", "size": [8.0, 8]}, False),
        ({"file": "a.keras", "scale": ["1"]}, False),
        ({"file": "a.keras", "scale": "1"}, False),
        ({"file": "a.keras", "offset": [float("nan")]}, False),
        ({"file": "a.keras", "offset": [float("-inf")]}, False),
        ({"file": "a.keras", "width": 3}, False),
        ({}, False),
        (3, False),
        (["a"], False),
    ],
)
def test_a_member_is_a_run_or_a_file_and_how_it_sees(member, fits):
    assert cascade.MEMBERS.fits(["runs/a", member]) is fits
    assert not cascade.MEMBERS.fits([member]), "one is no cascade"


def source(entry):
    with pytest.raises(ValueError) as caught:
        sources.check_source(entry)
    return str(caught.value)


def test_a_member_that_is_not_there_is_told_with_what_to_do(tmp_path):
    run = tmp_path / "resnet_digits"
    said = (
        f"{run}: expected a finished run as a member, train it with python tools/train.py resnet_digits --out {run}; "
    )
    assert source(str(run)) == said + "received none"
    run.mkdir()
    (run / "model.keras").touch()
    assert source(str(run)) == said + "received none", "a network without what it was made of is no run"
    (run / "model.keras").rename(tmp_path / "model.keras")
    (run / "config.json").write_text("{}")
    assert source(str(run)) == said + "received an unfinished one"
    (tmp_path / "model.keras").rename(run / "model.keras")
    assert source(str(run)) == said + "received a damaged one", "nothing is in it"
    write_network(run / "model.keras")
    sources.check_source(str(run))


def test_a_run_of_another_name_may_be_of_any_preset(tmp_path):
    assert f"tools/train.py PRESET --out {tmp_path / 'mine'}; received none" in source(str(tmp_path / "mine"))


@pytest.mark.parametrize("wrap", [str, lambda path: {"file": str(path)}])
def test_a_file_has_to_be_there(tmp_path, wrap):
    file = tmp_path / "a.keras"
    assert source(wrap(file)) == f"{file}: expected a trained Keras classifier as a member, received none"
    file.touch()
    told = "expected a Keras classifier as a member; it cannot be read: it is damaged"
    assert source(wrap(file)) == f"{file}: {told}"
    write_network(file)
    sources.check_source(wrap(file))
    cascade.check_sources({"members": [wrap(file), wrap(file)]})


@pytest.mark.parametrize(
    ("module", "name", "layers"),
    [(resnet, "resnet8_cifar10", 8), (resnet, "resnet20_cifar10", 20), (skipnet, "skipnet110_cifar10", 110)],
)
def test_layers_are_two_a_block_and_two_more(module, name, layers):
    assert 2 * sum(module.PRESETS[name]["arguments"]["blocks"]) + 2 == layers


def test_a_list_for_a_word_in_a_file_is_one_sentence(tmp_path):
    preset = json.loads(json.dumps(presets.get("epnet_digits")))
    preset["stages"]["classifiers"]["optimizer"] = ["sgd"]
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(preset))
    with pytest.raises(ValueError) as caught:
        presets.get(str(file))
    assert str(caught.value) == f"{file}: expected sgd or muon as optimizer of classifiers, received ['sgd']"


def test_a_policy_network_has_as_many_groups_and_scores_for_two_ends():
    arguments = {"network": "runs/a"}
    assert presets.resolve("routed", arguments, {})[1]["router"]["milestones"] == (0.5, 0.75)
    with pytest.raises(ValueError, match="expected blocks and filters of as many groups, received 2 and 4"):
        presets.resolve("routed", arguments | {"blocks": [1, 1]}, {})
    with pytest.raises(ValueError, match="expected the rule score for the two ends, received first_correct"):
        presets.resolve("routed", arguments | {"choices": "ends"}, {"router": {"rule": "first_correct"}})


def test_links_need_the_stage_that_trains_them():
    said = "expected epochs of the stage collaboration, which trains links, received 0"
    assert refusal("msdnet", {"links": "dense"}) == said
    assert resolved("msdnet", {"links": "dense"}, collaboration={"epochs": 1})[1]["collaboration"]["kd_weight"] == 0.1
