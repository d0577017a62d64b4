"""A real server behind a network that delays, cuts, corrupts, swallows and floods: what becomes of the requests.

Every one is answered within its deadline by one of the two ways; none is lost, and none answered wrongly.
"""

import threading
import time
from collections import Counter

import pytest

from tests.tools.serving.live import FAR, HERE, PICTURE, client, halves, serving
from tests.tools.serving.proxy import FAULTS, Proxy, Stalls
from tflite.runtime.budget import Budget
from tflite.runtime.chain import Chain

LATENCY_MS = 250.0
TICK_MS = 10.0  # of a clock and of two threads that wake after each other: not late
THREADS = 4


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return halves(tmp_path_factory.mktemp("halves") / "made")


def asked(bundle, remote, count):
    """Runs in several threads, a chain each: (begin, seconds, path, answer) of every one."""
    answers = [[] for _ in range(THREADS)]

    def work(mine):
        chain = Chain(bundle, remote=remote)
        for _ in range(count // THREADS):
            begin = time.monotonic()
            result = chain.run(PICTURE, Budget(latency_ms=LATENCY_MS))
            mine.append((begin, time.monotonic() - begin, result.path[-1], result.answer.tolist()))

    threads = [threading.Thread(target=work, args=(mine,)) for mine in answers]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return [answer for mine in answers for answer in mine]


def judge(answers, stalls, count):
    """Fails for one that is lost, wrong, or late by more than this process was kept from running."""
    assert len(answers) == count
    for begin, seconds, part, answer in answers:
        assert answer == {"far": FAR, "here": HERE}[part]
        over = seconds - (LATENCY_MS + TICK_MS) / 1e3
        assert over <= 1.5 * stalls.within(begin, begin + seconds), f"{1e3 * seconds:.1f} ms"
    return Counter(part for *_, part, _ in answers)


def faulty(bundle, count, share, faults=FAULTS, seed=3, **options):
    """Counts of the parts that answered, and of the faults."""
    port_of = lambda address: int(address.rpartition(":")[2])  # noqa: E731
    options = {"failures": 8, "rest_s": 0.05, "longest_rest_s": 0.4, **options}
    with serving(bundle, rate=0.0) as address, Proxy(port_of(address), share, faults, seed) as proxy:
        with client(bundle, proxy.address, **options) as remote, Stalls() as stalls:
            answers = asked(bundle, remote, count)
        return judge(answers, stalls, count), proxy.done


def test_every_request_is_answered_in_time_by_one_of_two_ways(bundle):
    parts, faults = faulty(bundle, 320, 0.1)
    assert parts["far"] > 100 and sum(faults.values()) > 20, (parts, faults)


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_alone_is_got_over(bundle, fault):
    parts, faults = faulty(bundle, 40, 0.25, (fault,))
    assert faults[fault] > 3 and parts["far"] > 0, (parts, faults)


def test_a_second_request_gets_over_what_is_slow(bundle):
    parts, _ = faulty(bundle, 40, 0.2, ("swallow",), hedge_s=0.05)
    alone, _ = faulty(bundle, 40, 0.2, ("swallow",))
    assert parts["far"] > alone["far"], (parts, alone)


def test_a_server_that_is_flooded_says_so_and_the_rest_is_answered_here(bundle):
    with serving(bundle, rate=20.0) as address, client(bundle, address) as remote, Stalls() as stalls:
        answers = asked(bundle, remote, 200)
    parts = judge(answers, stalls, 200)
    assert parts["here"] > 50 and parts["far"] >= 20, parts


def test_a_server_that_is_gone_costs_nothing_but_its_answers(bundle):
    with client(bundle, "http://127.0.0.1:9") as remote, Stalls() as stalls:
        answers = asked(bundle, remote, 200)
    assert judge(answers, stalls, 200) == {"here": 200}


@pytest.mark.slow
def test_ten_thousand_requests_under_faults(bundle):
    parts, faults = faulty(bundle, 10_000, 0.05, seed=11)
    assert parts["far"] > 5000 and min(faults.values()) > 100, (parts, faults)
