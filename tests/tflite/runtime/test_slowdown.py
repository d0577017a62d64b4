"""The slowdown, by hand: ranks of the last ratios."""

from tflite.runtime.slowdown import Slowdown


def seen(*ratios, interval=1.0):
    slowdown = Slowdown()
    for number, ratio in enumerate(ratios):
        slowdown.observe(ratio, number * interval)
    return slowdown


def test_at_first_the_device_is_as_it_was():
    assert (Slowdown().recent, Slowdown().lasting) == (1.0, 1.0)


def test_the_median_of_eleven_follows_in_six_runs():
    assert seen(*[2.0] * 5).recent == 1.0
    assert seen(*[2.0] * 6).recent == 2.0
    assert seen(*range(1, 12)).recent == 6.0
    assert seen(*range(1, 14)).recent == 8.0  # of 3 to 13


def test_what_lasts_is_the_upper_quartile_of_15():
    # The element 3 * 15 // 4 = 11, from 0, of the sorted ones: of 17 to 31, and of 27 to 41.
    assert seen(*range(1, 32)).lasting == 28.0
    assert seen(*range(1, 42)).lasting == 38.0
    # Of eleven the element 8: of the ones before the first run, and three ratios.
    assert seen(2.0, 3.0, 4.0).lasting == 2.0
    assert seen(2.0, 3.0).lasting == 1.0


def test_a_disturbed_run_in_five_does_not_last():
    assert seen(*[1.0, 1.0, 1.0, 1.0, 9.0] * 10).lasting == 1.0
    assert seen(*[1.0, 9.0, 9.0, 9.0] * 10).lasting == 9.0


def test_ratios_from_long_ago_do_not_count_but_eleven_always_do():
    # 2 s apart, six of them lie within 10 s: the last eleven, 21 to 31, count. The element 8 is 29.
    assert seen(*range(1, 32), interval=2000.0).lasting == 29.0
    # 800 ms apart thirteen do: 19 to 31. The element 9 is 28.
    assert seen(*range(1, 32), interval=800.0).lasting == 28.0
