"""One call at a time: a second one is refused at once, and never answered from the first one's numbers."""

import threading

import numpy as np
import pytest

from tests.goldens import make as golden
from tests.tflite.bundles import image, two_exits
from tests.tflite.runtime.test_interruption import PIXELS, remote_bundle
from tflite.bundle import Bundle
from tflite.errors import ChainError
from tflite.runtime.chain import Chain
from tflite.runtime.owner import Owner

REFUSAL = "chain: expected one call at a time, received a second one before the first had ended: give each thread"


def on_another_thread(work):
    """What a function gives on a thread of its own, or its error."""
    seen = []

    def call():
        try:
            seen.append(work())
        except Exception as error:
            seen.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join(10)
    return seen[0]


CALLS = {
    "run": lambda chain: chain.run(PIXELS),
    "trace": lambda chain: chain.trace(PIXELS),
    "measure": lambda chain: chain.measure(1),
    "self_test": lambda chain: chain.self_test(),
    "stream": lambda chain: list(chain.stream([PIXELS])),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("another_thread", [True, False])
def test_a_second_call_during_a_run_is_refused_and_the_first_one_stands(tmp_path, name, another_thread):
    seen, begun = [], []

    def part(_, inputs):
        if begun:
            return inputs
        begun.append(name)
        if another_thread:
            seen.append(on_another_thread(lambda: CALLS[name](chain)))
            return inputs
        with pytest.raises(ChainError) as caught:
            CALLS[name](chain)
        seen.append(caught.value)
        return inputs

    chain = Chain.load(remote_bundle(tmp_path, 2), remote=part, warm_up=False)
    assert chain.run(PIXELS).answer.tolist() == [1.0, 2.0]
    assert type(seen[0]) is ChainError and str(seen[0]).startswith(REFUSAL)
    assert chain.run(PIXELS).answer.tolist() == [1.0, 2.0], "the next call is as good as any"


def test_a_run_during_a_warm_up_is_refused(tmp_path):
    """Else it would be answered with the zeros that remote parts give meanwhile."""
    chain, seen = golden.load(golden.HERE / "bundles" / "remote"), []
    begun, picture, clock = [], np.array([[2, 2]], np.uint8), chain._clock

    def ticking():
        if not begun:
            begun.append(True)
            seen.append(on_another_thread(lambda: chain.run(picture)))
        return clock()

    chain._clock = ticking
    chain.measure(1)
    assert isinstance(seen[0], ChainError) and str(seen[0]).startswith(REFUSAL)


def test_a_table_is_not_changed_during_a_run():
    seen, chain = [], golden.load(golden.HERE / "bundles" / "prototypes")
    table, clock, picture = chain.tables["classes"], chain._clock, np.zeros((2, 2), np.uint8)
    expected = chain.run(picture)

    def ticking():
        for change in (
            lambda: table.add("new", np.zeros(table.row_shape, np.float32)),
            lambda: table.rename(table.labels[0], "new"),
            lambda: table.remove(table.labels[0]),
            lambda: table.load("/nowhere"),
        ):
            seen.append(str(on_another_thread(change)))
        return clock()

    chain._clock = ticking
    result = chain.run(picture)
    assert len(seen) >= 4 and all(said.startswith(REFUSAL) for said in seen)
    assert (result.name, table.labels) == (expected.name, ("first", "second"))
    table.rename("first", "else")
    assert table.labels == ("else", "second")


def test_threads_may_take_turns(tmp_path):
    chain = Chain.load(two_exits(tmp_path))
    for pixels, label in (((0, 9), 1), ((9, 0), 0)) * 3:
        assert on_another_thread(lambda pixels=pixels: chain.run(image(*pixels), None, "fast")).label == label
    with pytest.raises(ChainError, match="image: expected"):
        chain.run(None)
    assert chain.run(image(0, 9), None, "fast").label == 1, "an error lets go of the chain"


def test_two_threads_on_one_chain_never_get_a_wrong_label(tmp_path):
    """Each asks about a picture of its own: every label is right, or the call was refused."""
    chain = Chain(Bundle.load(two_exits(tmp_path)), warm_up=False)
    counts, start = {}, threading.Barrier(2)

    def ask(pixels, label):
        seen = {True: 0, False: 0, "refused": 0}
        start.wait(10)
        for _ in range(4000):
            try:
                seen[chain.run(pixels, None, "fast").label == label] += 1
            except ChainError:
                seen["refused"] += 1
        counts[label] = seen

    threads = [threading.Thread(target=ask, args=case) for case in ((image(0, 9), 1), (image(9, 0), 0))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert all(seen[False] == 0 and seen[True] + seen["refused"] == 4000 for seen in counts.values()), counts


def test_an_owner_is_free_again_after_an_error():
    owner = Owner()
    with pytest.raises(KeyError), owner:
        raise KeyError
    with owner, pytest.raises(ChainError, match="one call at a time"), owner:
        pass
    with owner:
        pass
