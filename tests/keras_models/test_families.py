"""The registry: every entry leads to a network and to its settings."""

import inspect

import pytest

from keras_models import families
from keras_models.base import AdaptiveModel


@pytest.mark.parametrize("name", families.FAMILIES)
def test_an_entry_leads_to_a_network_and_its_presets(name):
    network, declared = families.load(name), families.presets(name)
    assert issubclass(network, AdaptiveModel)
    assert declared.PRESETS and declared.STAGES and callable(declared.resolve)


@pytest.mark.parametrize("name", families.FAMILIES)
def test_the_declared_arguments_are_those_of_the_network(name):
    classes = [one for one in families.load(name).__mro__ if issubclass(one, AdaptiveModel) and "__init__" in vars(one)]
    taken = set().union(*(inspect.signature(one.__init__).parameters for one in classes))
    # What presets do not say: where the images come from, and what the task knows of their classes. And what they say
    # of a trained network, which tells the rest, or of which of the task's descriptions classes have.
    fixed = {"self", "input_shape", "classes", "kwargs", "scale", "offset", "pixels", "names", "descriptions", "met"}
    declared = set(families.presets(name).ARGUMENTS) - ({"described"} if "descriptions" in taken else set())
    of_a_trained_one = declared & {"network", "keep"} if "network" not in taken else set()
    assert declared - of_a_trained_one == taken - fixed


def test_an_unknown_family_lists_the_known_ones():
    known = " or ".join(map(repr, families.FAMILIES))
    for ask in (families.get, families.load, families.presets):
        with pytest.raises(ValueError, match=f"expected family {known}, received 'vggnet'"):
            ask("vggnet")
