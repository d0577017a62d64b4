"""Every family of the registry as a case, its exports made once."""

import pytest

from keras_models import families
from tests.families import sides
from tests.families.case import Case
from tests.families.tiny import TINY


def _cases():
    """Names of the networks whose family is registered."""
    for name, tiny in sorted(TINY.items()):
        if (tiny.family or name) in families.FAMILIES:
            yield pytest.param(name, marks=pytest.mark.slow if tiny.slow else ())


@pytest.fixture(scope="session", params=_cases())
def case(request, tmp_path_factory):
    """A family, one of its tiny networks, and data."""
    tiny = TINY[request.param]
    return Case(tiny.family or request.param, tiny, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="session")
def settings(case):
    """Settings of its parameters that together reach every side."""
    return sides.settings(case.network, case.session)


@pytest.fixture(scope="session")
def chain(case, settings):
    """Its float bundle on the one-by-one runtime; written and checked once."""
    from tests.families.deployment import float_chain

    return float_chain(case, settings)
