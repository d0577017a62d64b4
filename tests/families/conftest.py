"""Every family of the registry as a case, its exports made once."""

import pytest

from keras_models import families
from tests.families import sides
from tests.families.case import Case
from tests.families.tiny import TINY


@pytest.fixture(scope="session", params=sorted(set(families.FAMILIES) & set(TINY)))
def case(request, tmp_path_factory):
    """A family, its tiny network and data."""
    return Case(request.param, TINY[request.param], tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="session")
def settings(case):
    """Settings of its parameters that together reach every side."""
    return sides.settings(case.network, case.session)


@pytest.fixture(scope="session")
def chain(case, settings):
    """Its float bundle on the one-by-one runtime; written and checked once."""
    from tests.families.deployment import float_chain

    return float_chain(case, settings)
