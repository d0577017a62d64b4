"""The latency ceiling, by hand: a late answer adds .9 to the debt, one in time takes .1; 10 is failed, -5 holds."""

from tflite.runtime.governor import Governor, Observation, Point, Policy, Reading

NAMES = tuple("abcdefg")
POLICY = Policy(latency_target_ms=10.0, dwell=60, wait=100, hold_ms=0.0)
HOLDING = 101  # answers in time after a failure, of .1 (rounded down in binary) each: the debt falls from 5 to -5


def started(policy=POLICY, points=NAMES):
    governor = Governor(points, policy)
    governor.decide()
    return governor


def run(governor, runs, latency=1.0, reading=None, **fields):
    """Decides and runs; the points at which it ran, each as often as it changed to it."""
    points = []
    for _ in range(runs):
        points.append(governor.decide(reading).point)
        governor.observe(Observation(latency, **fields))
    return [point for i, point in enumerate(points) if i == 0 or point != points[i - 1]]


def lower(governor, places):
    """Has the governor leave so many points, one after the other, each after a few good answers: not at once."""
    for _ in range(places):
        for latency in [1.0] * 5 + [99.0] * 12:
            governor.observe(latency)
        governor.decide()
    return governor


def test_a_point_fails_at_the_twelfth_late_answer_in_a_row():
    governor = started()
    for count in range(1, 13):
        governor.observe(10.26)
        decision = governor.decide()
        assert (decision.point, decision.reason) == ((6, "best") if count < 12 else (5, "latency"))


def test_a_little_over_the_target_is_in_time():
    assert run(started(), 1000, latency=10.25) == [6]


def test_a_tenth_of_the_answers_may_be_late_for_ever():
    governor = started()
    for i in range(5000):
        governor.observe(99.0 if i % 10 == 9 else 1.0)
        assert governor.decide().point == 6


def test_a_share_beyond_it_fails_in_the_end():
    governor = started()
    # One of five adds .5 in every five runs: 10 is reached at the end of the 20th.
    points = []
    for i in range(110):
        governor.observe(99.0 if i % 5 == 4 else 1.0)
        points.append(governor.decide().point)
    assert points.index(5) == 99


def test_an_answer_that_the_deadline_cut_short_is_late():
    governor = started()
    for _ in range(12):
        governor.observe(Observation(1.0, cut=True))
    assert governor.decide().point == 5


def test_evidence_is_about_one_point():
    governor = started()
    for point in (6, 3) * 12:
        governor.observe(Observation(99.0, point=point))
    assert governor.decide().point == 6
    for _ in range(12):
        governor.observe(Observation(99.0, point=3))
    assert governor.decide().point == 2


def test_the_next_point_has_half_the_patience():
    governor = started()
    points = []
    for _ in range(19):
        points.append(governor.decide().point)
        governor.observe(99.0)
    # Twelve late answers, then six: 5 + 6 * .9 = 10.4.
    assert points == [6] * 12 + [5] * 6 + [4]


def test_points_that_fail_at_once_are_left_in_larger_steps():
    assert run(started(), 100, latency=99.0) == [6, 5, 4, 2, 0]


def test_a_point_that_failed_is_tried_after_its_wait_and_later_each_time():
    governor = lower(started(), 1)
    # It failed sooner than the wait of 100 is long: the next wait is 200 runs, or beats, of which a decision is one.
    assert run(governor, 199) == [5]
    assert run(governor, 1) == [6]
    assert run(governor, 12, latency=99.0) == [6]
    assert run(governor, 400) == [5]
    assert run(governor, 1) == [6]


def test_a_failure_long_after_the_last_is_a_first_one():
    governor = lower(started(), 1)
    run(governor, 201)
    # 300 answers in time: longer than the wait of 200, which is halved.
    run(governor, 300)
    # From -5 on 17 late answers are too many.
    assert run(governor, 18, latency=99.0) == [6, 5]
    assert run(governor, 99) == [5]
    assert run(governor, 30)[-1] == 6


def test_a_point_is_not_tried_before_the_one_below_holds():
    governor = lower(started(), 1)
    for i in range(400):
        governor.observe(99.0 if i % 11 == 10 else 1.0)
        assert governor.decide().point == 5, "one of eleven is late: the debt falls by a tenth in eleven runs"
    assert run(governor, HOLDING)[-1] == 6


def test_the_ceiling_stands_still_while_another_one_binds():
    governor = lower(started(), 3)
    assert governor.decide().point == 3
    assert run(governor, 2000, reading=Reading(battery=0.2)) == [0]
    for _ in range(2000):
        assert governor.decide(Reading(battery=0.2)).point == 0
        governor.observe(1.0)
    assert governor.decide(Reading(battery=0.2, charging=True)) == governor.decide()
    assert governor.decide().point == 3


def test_it_falls_below_a_point_that_another_ceiling_allows():
    governor = started()
    for _ in range(12):
        assert governor.decide(Reading(battery=0.3)).point == 2
        governor.observe(99.0)
    assert governor.decide(Reading(charging=True)).point == 1


def test_a_slow_device_is_remembered():
    governor = started()
    for _ in range(12):
        governor.observe(Observation(99.0, slowdown=1.8))
    assert governor.decide().point == 5
    # 12 of the last 15 have to be at most .85 * 1.8, which takes twelve runs, and it stays for sixteen at least.
    assert run(governor, 16, slowdown=1.0) == [5]
    assert run(governor, 1, slowdown=1.0) == [6]
    # Six of eleven are as slow again.
    assert run(governor, 6, slowdown=1.8) == [6]
    assert run(governor, 1, slowdown=1.8) == [5]


def test_the_highest_point_that_failed_on_a_slower_device_is_taken_at_once():
    governor = started()
    run(governor, 100, latency=99.0, slowdown=3.0)
    assert governor.decide().point == 0
    assert run(governor, 40, slowdown=1.0) == [0, 6]


def test_in_a_slow_stream_time_counts_for_runs():
    governor = Governor(NAMES, POLICY)
    time = 0.0
    points = []
    for i in range(150):
        points.append(governor.decide(Reading(time_ms=time)).point)
        governor.observe(99.0 if i < 12 else 1.0)
        time += 1000.0
    # A second is ten beats, so that the wait is over long before the point below holds.
    assert points == [6] * 12 + [5] * HOLDING + [6] * (138 - HOLDING)


def test_a_point_asked_for_beyond_the_knee_is_left_too():
    points = [Point("a", 0.8, 1), Point("b", 0.9, 2), Point("c", 0.9005, 9)]
    governor = Governor(points, POLICY)
    for _ in range(12):
        assert governor.decide(Reading(manual=2)).point == 2
        governor.observe(99.0)
    assert governor.decide(Reading(manual=2)).point == 1
    assert governor.decide().point == 1
    assert [governor.decide(Reading(manual=2)).point for _ in range(300) if governor.observe(1.0) is None][-1] == 2


def test_without_a_target_latencies_do_not_count():
    governor = Governor(NAMES)
    for _ in range(100):
        governor.observe(1e6)
    assert governor.decide().point == 6


def test_another_percentile_is_another_allowance():
    governor = started(Policy(latency_target_ms=10.0, percentile=0.5))
    # Half may be late: each adds .5.
    for count in range(1, 21):
        governor.observe(99.0)
        assert governor.decide().point == (6 if count < 20 else 5)
