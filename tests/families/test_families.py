"""Every family in the registry goes through the shared checks; one without a tiny configuration is named."""

import numpy as np

from keras_models import families
from tests.families import deployment
from tests.families.tiny import TINY
from tests.keras_models import harness


def test_every_registered_family_is_tested():
    assert set(families.FAMILIES) - set(TINY) == set()


def test_every_stage_trains_its_own_weights_alone_and_alike(case):
    harness.check_stages(case)


def test_saving_keeps_answers_and_decisions(case, settings):
    loaded = harness.check_save(case)
    again = case.begin(case.executor(network=loaded), loaded)
    for setting in settings:
        one, other = again.run(setting), case.session.run(setting)
        assert one.paths() == other.paths()
        np.testing.assert_array_equal(one.outputs, other.outputs)


def test_a_configuration_makes_the_same_network(case):
    harness.check_configuration(case)


def test_parameters_stay_within_their_limits(case):
    harness.check_parameters(case.network)


def test_the_reference_decides_nothing(case):
    harness.check_reference(case.network)


def test_a_batch_is_answered_as_the_program_answers(case):
    deployment.check_call(case)


def test_every_side_is_reached(case, settings):
    deployment.check_sides(case, settings)


def test_tflite_units_decide_as_keras_does(case, settings):
    deployment.check_units(case, settings)


def test_the_bundle_decides_and_costs_as_the_batch_does(case, chain, settings):
    deployment.check_chain(case, chain, settings)


def test_without_its_server_the_bundle_does_what_the_batch_does(case, chain, settings):
    deployment.check_alone(case, chain, settings)


def test_full_depth_runs_everything(case, settings):
    deployment.check_full_depth(case, settings)


def test_it_becomes_int8(case, settings):
    assert 0 <= deployment.check_int8(case, settings) < 1
