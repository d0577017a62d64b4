"""What runs of SkipNets are called, and what they stand for in the source's tables."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from tools.pipeline import runs
from tools.studies import skipnet_study as names


def run(family="skipnet", supervised=5, reinforced=2, start=None, price=0, **arguments):
    stages = {
        "supervised": {"epochs": supervised, "price": price, "free": 0.7},
        "reinforced": {"epochs": reinforced, "alpha": 0.5},
    }
    stages = {"classifier": {"epochs": supervised}} if family == "resnet" else stages
    config = {"preset": "some", "family": family, "arguments": arguments, "stages": stages, "seed": 3, "start": start}
    return runs.Run(Path("runs/some"), config)


class Study:
    """Whose networks all have the blocks (6, 6, 6)."""

    def __init__(self, filters=(16, 32, 64), task="cifar10", blocks=(6, 6, 6)):
        self.task = SimpleNamespace(name=task)
        self._network = SimpleNamespace(block_counts=blocks, filters=filters, rate=0.25)

    def network(self, run):
        return self._network


@pytest.mark.parametrize(
    ("made", "kind", "title"),
    [
        (run("resnet"), "ResNet", "ResNet-38"),
        (run(gate="random"), "SDV", "SDV-38, random gates, rate 0.25"),
        (run(gate="random", soft=True), "SDV", "SDV-38, random gates, rate 0.25"),
        (run(reinforced=0, soft=True), "soft", "SkipNet-38+SP, soft gates"),
        (run(reinforced=0), "+SP", "SkipNet-38+SP"),
        (run(reinforced=0, price=2), "+SP", "SkipNet-38+SP, price 2"),
        (run(supervised=0), "+HRL", "SkipNet-38+HRL, alpha 0.5"),
        (run(), "+HRL+SP", "SkipNet-38+HRL+SP, alpha 0.5"),
    ],
)
def test_a_run_is_called_as_the_source_calls_its_like(made, kind, title):
    assert names.kind(made) == kind and names.title(Study(), made) == title


def test_a_price_is_told_with_what_is_free():
    assert "price 2 of blocks beyond 0.7 of them, seed 3" in names.trained_as(run(price=2))
    assert "price" not in names.trained_as(run())


@pytest.mark.parametrize(("blocks", "number"), [((1, 1, 1), 8), ((6, 6, 6), 38), ((18, 18, 18), 110), ((1, 2), 8)])
def test_a_network_is_named_by_its_layers(blocks, number):
    assert names.layers(SimpleNamespace(block_counts=blocks)) == number


def test_how_it_was_trained_leaves_out_what_was_not():
    assert names.trained_as(run()) == "`some`: 5 epochs supervised, 2 epochs reinforced, seed 3"
    started = run(supervised=0, start="runs/first")
    assert names.trained_as(started) == "`some`: 2 epochs reinforced, seed 3, from the weights of runs/first"


def test_the_source_prints_nothing_of_other_widths_data_or_kinds():
    [static] = names.printed(Study(), run("resnet"))
    assert static == {"accuracy": 92.5, "macs": None, "saved": None, "where": "table 2.2"}
    assert names.printed(Study(filters=(8, 16, 32)), run("resnet")) == []
    assert names.printed(Study(task="max_min_mnist"), run("resnet")) == []
    assert names.printed(Study(blocks=(2, 2, 2)), run("resnet")) == []
    assert names.printed(Study(), run(gate="random")) == []


def test_what_is_printed_is_of_kinds_that_runs_can_have():
    kinds = {names.kind(made) for made in (run("resnet"), run(reinforced=0), run(reinforced=0, soft=True), run())}
    assert {kind for kind, _ in names.PRINTED} == kinds
    for rows in names.PRINTED.values():
        for accuracy, macs, saved, where in rows:
            assert accuracy is None or 0 < accuracy < 100
            assert macs is None or 1e6 < macs < 1e9
            assert saved is None or 0 < saved < 100
            assert where.startswith(("table 2.", "figure 2.", "released code"))


def skipnet(**config):
    made = run()
    return runs.Run(made.folder, made.config | {"task": "cifar10"} | config)


def bundle(training):
    return SimpleNamespace(manifest=SimpleNamespace(name="some-int8", provenance={"training": training}))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"skipnets": ()}, "expected runs of the family skipnet, at least one, received []"),
        (
            {"skipnets": (skipnet(), skipnet(family="epnet"))},
            "expected runs of the family skipnet, at least one, received ['skipnet', 'epnet']",
        ),
        (
            {"baselines": (skipnet(family="cascade"),)},
            "expected baselines of the families resnet and skipnet, received ['cascade']",
        ),
        (
            {"baselines": (skipnet(task="max_min_mnist"),)},
            "expected runs of one data set, received cifar10, max_min_mnist",
        ),
        (
            {"bundles": (bundle(skipnet().config), bundle(skipnet(seed=4).config))},
            "expected bundles of runs/some, received some-int8 of another",
        ),
        ({"bundles": (bundle(None),)}, "expected bundles of runs/some, received some-int8 of another"),
    ],
)
def test_what_does_not_belong_together_is_one_sentence(given, sentence):
    with pytest.raises(ValueError) as refused:
        names.SkipStudy(**({"skipnets": (skipnet(),)} | given))
    assert str(refused.value) == sentence


def test_a_study_asks_for_all_blocks_and_the_sources_threshold_too():
    study = names.SkipStudy((skipnet(),))
    assert study.thresholds[0] == 0 and study.threshold in study.thresholds
    assert list(study.thresholds) == sorted(set(study.thresholds)), "ascending, and none twice"
