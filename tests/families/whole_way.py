"""A family that is added for a while goes the whole way: the shared checks, and every tool from its command line."""

import pytest

from tests.families import deployment, sides
from tests.families.case import Case
from tests.keras_models import harness
from tests.tools.calling import call
from tools import convert, train


def fixtures(family, preset: str):
    """Fixtures of a test file, by these names: `registered`, `case` and `folder`.

    Args:
        family: module of a family that is not in the registry, with NAME, TINY and register(patch).
        preset: that the run is of.
    """

    @pytest.fixture(autouse=True, scope="module")
    def registered():
        """The family is in the registry."""
        with pytest.MonkeyPatch.context() as patch:
            family.register(patch)
            yield

    @pytest.fixture(scope="module")
    def case(registered, tmp_path_factory):
        """Its tiny network and data."""
        return Case(family.NAME, family.TINY, tmp_path_factory.mktemp(family.NAME))

    @pytest.fixture(scope="module")
    def folder(registered, tmp_path_factory):
        """A folder with a run `run` and an int8 bundle `bundle`, made by the tools from their command lines."""
        folder = tmp_path_factory.mktemp("made")
        assert call(train, [preset, "--out", folder / "run"]) == 0
        assert call(convert, [folder / "run", "--out", folder / "bundle", "--calibration-images", 16]) == 0
        return folder

    return registered, case, folder


def check(case) -> float:
    """All that every family is checked for; returns what `deployment.check_int8` does."""
    harness.check_stages(case)
    harness.check_save(case)
    harness.check_configuration(case)
    harness.check_parameters(case.network)
    harness.check_reference(case.network)
    deployment.check_call(case)
    settings = sides.settings(case.network, case.session)
    deployment.check_sides(case, settings)
    deployment.check_units(case, settings)
    deployment.check_full_depth(case, settings)
    deployment.check_chain(case, deployment.float_chain(case, settings), settings)
    return deployment.check_int8(case, settings)
