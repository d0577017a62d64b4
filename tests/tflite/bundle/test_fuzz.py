"""Whatever bytes a bundle is made of: it loads and answers its goldens, or one of the project's errors says why not.

The mutations are those that the JVM is compared on (tests/goldens/mutations.py), by another seed: a few seconds of them
here, minutes with `-m slow`, as many as one likes on demand (tests/goldens/corpus.py), and what those have found again.
"""

import os
import shutil
import time

import pytest

from tests.goldens import corpus, make, mutations
from tflite.errors import FrugalError

SECONDS = float(os.environ.get("FRUGAL_FUZZ_SECONDS", "300"))
SLOWEST = 20  # seconds of one bundle, on a machine that does other things as well


@pytest.fixture
def bundles(tmp_path):
    return shutil.copytree(make.HERE / "bundles", tmp_path / "bundles")


def fuzz(bundles, seconds, seed, least=0):
    """Tries mutations until the time is over, at least so many; returns how many loaded and how many were refused."""
    found = {"loaded": 0, "refused": 0}
    end = time.monotonic() + seconds
    for number, (name, mutation) in enumerate(mutations.mutations(10**9, seed)):
        if time.monotonic() > end and number >= least:
            break
        begin = time.process_time()
        if "zip" in mutation:
            outcome = mutations.zip_verdict(bundles / "bundle.zip", mutation["zip"])
        else:
            outcome = mutations.verdict(bundles / name, **mutation)
        assert time.process_time() - begin < SLOWEST, f"seed {seed}, mutation {number}"
        refused = isinstance(outcome, FrugalError)
        if refused:
            assert str(outcome).isprintable() and len(str(outcome)) < 2000
        found["refused" if refused else "loaded"] += 1
    return found


def test_what_was_found_is_judged_as_it_was(tmp_path):
    bundles, parts = corpus.read(corpus.BUNDLES), corpus.read(corpus.PARTS)
    assert len(bundles) > 100 and len(parts) > 50
    for line in bundles + parts:
        line.pop("leaked", None)  # it once was no refusal
        assert corpus.judged(line, str(tmp_path)) == line


def test_the_first_of_each_sentence_is_kept_and_all_that_leaks(monkeypatch, capsys):
    def judged(line, scratch):
        if line["number"] == 2:
            raise KeyError("x")
        return line | {"problem": ["expected 1", "expected 7, received 'a'", "", "expected parts"][line["number"]]}

    monkeypatch.setattr(corpus, "judged", judged)
    monkeypatch.setattr(corpus, "tried", lambda seed: iter(()))
    found = list(corpus.grow([{"number": number} for number in range(4)], 0, 1, ""))
    assert [line["number"] for line in found] == [0, 2, 3]
    assert found[1]["leaked"] == "KeyError('x')" and "KeyError" in capsys.readouterr().out
    assert list(corpus.grow([found[1] | {"number": 3}], 0, 1, ""))[0]["leaked"] == "KeyError('x')"


def test_a_few_bundles(bundles):
    found = fuzz(bundles, 3, seed=7, least=60)
    assert min(found.values()) > 5, found


@pytest.mark.slow
def test_many_bundles(bundles):
    found = fuzz(bundles, SECONDS, seed=time.time_ns())
    assert min(found.values()) > 5, found
