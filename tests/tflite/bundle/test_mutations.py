"""Whatever is done to a manifest: it loads, or BundleError says why; nothing else is raised, and no part is invoked."""

import copy
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tflite.bundles import linear, make, run
from tflite.bundle import Bundle
from tflite.bundle import manifest as m
from tflite.bundle.samples import write_samples
from tflite.errors import BundleError
from tflite.runtime import parts
from tflite.runtime.chain import Chain

NUMBERS = st.sampled_from([0, 1, -1, 2, 3, 0.5, 1e30, -1e300, 2**31, 2**63, 10**30])
WORDS = st.sampled_from(["", "image", "logits", "first", "../x", "run", "int8", "nothing", "a\nb", "\x00", "é" * 300])
VALUES = st.one_of(
    st.none(), st.booleans(), NUMBERS, WORDS, st.just([]), st.just({}), st.just([[1]]), st.just({"a": 1})
)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """A bundle with every kind of step, and samples."""
    graphs = {
        "first": linear([[1, 0], [0, 1]], [0, 0]),
        "second": linear([[0, 1], [1, 0]], [0, 0], "logits", (1, 2), "y"),
    }
    loop = m.Repeat(times=2, steps=(run("second", {"logits": "logits"}, {"y": "logits"}),))
    crop = m.Crop(value="image", at="at", output="patch", size=(1, 2))
    rule = m.LogisticEntropy(value="logits", threshold=0.5, weight=1.0, bias=m.ParameterReference(parameter="bias"))
    program = [
        m.Fill(output="at", shape=(4,), content=(0.0, 0.0, 1.0, 1.0)),
        crop,
        run("first", {"image": "patch"}),
        m.Exit(name="early", rule=rule, gives={"label": "logits"}),
        m.Branch(rule=m.Margin(value="logits", threshold=0.1), then=(loop,)),
        m.Select(value="logits", cases=((), (m.Answer(name="case", gives={"label": "logits"}),))),
        m.Answer(name="end", gives={"label": "logits"}),
    ]
    parameters = {"bias": m.Parameter(default=0.0, minimum=-1.0, maximum=1.0)}
    folder = tmp_path_factory.mktemp("bundle")
    samples = write_samples(folder, np.arange(4, dtype=np.uint8).reshape(2, 1, 2, 1), np.array([1, 0]))
    return make(folder, graphs, program, parameters=parameters, samples=samples)


def places(node, path=()):
    """Every path into a JSON value, as (keys and indices)."""
    yield path
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in items:
        yield from places(child, (*path, key))


def mutate(data, path, how, value):
    """Replaces, deletes, doubles or renames what is at a path."""
    if not path:
        return value
    parent = data
    for key in path[:-1]:
        parent = parent[key]
    key = path[-1]
    if how == "replace":
        parent[key] = value
    elif how == "delete":
        del parent[key]
    elif how == "double" and isinstance(parent, list):
        parent.insert(key, copy.deepcopy(parent[key]))
    elif how == "rename" and isinstance(parent, dict):
        parent[str(value)] = parent.pop(key)
    return data


def load(folder, data):
    """Loads a bundle whose manifest is `data`; True when nothing was wrong with it."""
    (folder / "manifest.json").write_text(json.dumps(data))
    try:
        Chain(Bundle.load(folder), warm_up=False)
    except BundleError as error:
        assert str(error).isprintable()
        return False
    return True


@pytest.fixture
def no_invoke(monkeypatch):
    """Opened parts refuse to be invoked."""
    real = parts.OpenPart

    def untouchable(**fields):
        def invoke():
            raise AssertionError("a part was invoked")

        return real(**{**fields, "invoke": invoke})

    monkeypatch.setattr(parts, "OpenPart", untouchable)


def test_the_guard_of_this_test_works(bundle, no_invoke):
    with pytest.raises(AssertionError, match="was invoked"):
        Chain(Bundle.load(bundle), warm_up=True)


def test_a_changed_manifest_loads_or_is_refused(bundle, no_invoke):
    original = json.loads((bundle / "manifest.json").read_text())
    everywhere = list(places(original))
    loaded = []

    @settings(max_examples=1000, deadline=None, database=None, derandomize=True,
              suppress_health_check=[HealthCheck.too_slow])  # fmt: skip
    @given(
        st.lists(
            st.tuples(st.sampled_from(everywhere), st.sampled_from(["replace", "delete", "double", "rename"]), VALUES),
            min_size=1,
            max_size=2,
        )
    )
    def check(changes):
        data = copy.deepcopy(original)
        for path, how, value in changes:
            try:
                data = mutate(data, path, how, value)
            except (KeyError, IndexError, TypeError, AttributeError):
                continue  # the place is gone since the first change
        loaded.append(load(bundle, data))

    assert load(bundle, original)
    check()
    assert len(loaded) >= 1000
    assert 0.02 < sum(loaded) / len(loaded) < 0.98, "changes that always load, or never do, test nothing"
