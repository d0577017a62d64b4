"""What a governor was shown, written down and shown again: the same decisions, to the last."""

import json

import pytest

from tests.goldens import make as golden
from tests.goldens.traces import recorded
from tests.tflite.bundles import image, two_exits
from tflite.errors import ChainError
from tflite.runtime.chain import Chain
from tflite.runtime.governor import Governor, Observation, Point, Policy, Reading
from tflite.runtime.recording import Recorder, Recording

KEPT = golden.HERE / "recording.json"


def test_what_was_recorded_is_decided_again_also_from_its_file():
    made = recorded()
    assert len({decision.point for decision in made.decisions}) > 2
    assert made.replay() == list(made.decisions)
    read = Recording.read(made.text())
    assert read == made and read.replay() == list(made.decisions)
    assert Recording.read(read.text().encode()) == made


def test_the_file_that_both_runtimes_read_is_decided_as_it_says():
    kept = Recording.read(KEPT.read_text())
    assert kept.replay() == list(kept.decisions) and len(kept.decisions) == 300
    assert kept.text() == KEPT.read_text()
    assert len({decision.reason for decision in kept.decisions}) >= 4


def test_a_stream_is_recorded_as_it_happens(tmp_path):
    now = [0]

    def clock():
        now[0] += 1_234_567
        return now[0]

    chain = Chain.load(two_exits(tmp_path), clock=clock)
    recorder = Recorder(Governor.of(chain.manifest, Policy(latency_target_ms=5.0, dwell=2, wait=2)))
    readings = [Reading(battery=0.9), Reading(battery=0.1), Reading(battery=0.1, charging=True)]
    results = list(chain.stream([image(0, 2)] * 40, governor=recorder, readings=readings))
    made = Recording.read(recorder.recording("a stream").text())
    assert [decision.name for decision in made.replay()] == [result.operating_point for result in results]
    assert [e.latency_ms for e in made.events if isinstance(e, Observation)] == [r.elapsed_ms for r in results]


def test_a_recorder_begins_anew_and_writes_down_nothing_that_is_refused():
    governor = Governor(["a", "b"], Policy(latency_target_ms=1.0, dwell=1, wait=1))
    for _ in range(20):
        governor.observe(9.0)
        governor.decide()
    recorder = Recorder(governor)
    assert recorder.decide().name == "b"
    with pytest.raises(ChainError, match="finite latency"):
        recorder.observe(-1)
    with pytest.raises(ChainError, match="point from 0 to 1, received 7"):
        recorder.observe(Observation(1.0, point=7))
    recorder.decide(Reading(thermal_headroom=float("inf"), time_ms=float("nan")))
    made = recorder.recording("")
    assert made.events == (Reading(), Reading()) and made.replay() == list(made.decisions)


def test_a_file_written_by_hand_needs_events_alone():
    read = Recording.read('{"format": "frugal-trace", "events": [1.5, {"battery": 0.4, "charging": false}]}')
    assert read == Recording("", (Observation(1.5), Reading(battery=0.4, charging=False)))
    with pytest.raises(
        ChainError, match="trace: expected one with points and a policy to replay, received one without"
    ):
        read.replay()
    assert json.loads(read.text()) == {
        "format": "frugal-trace", "description": "", "events": [1.5, {"battery": 0.4, "charging": False}],
    }  # fmt: skip


@pytest.mark.parametrize(
    "text, words",
    [
        ("[", "trace: expected latencies and readings, received others"),
        ("[1]", 'trace: expected the format "frugal-trace", received another one'),
        ('{"format": "other"}', 'trace: expected the format "frugal-trace"'),
        ('{"format": "frugal-trace"}', "trace: expected latencies and readings, received others: 'events'"),
        ('{"format": "frugal-trace", "events": [true]}', "finite latency"),
        ('{"format": "frugal-trace", "events": [-1]}', "finite latency of at least 0 ms, received -1"),
        ('{"format": "frugal-trace", "events": [{"volts": 4}]}', "received others: 'volts'"),
        ('{"format": "frugal-trace", "events": [{"battery": "full"}]}', "received others: Expected `float"),
        ('{"format": "frugal-trace", "events": [], "policy": {"low": 2}}', "policy low: expected"),
        ('{"format": "frugal-trace", "events": [], "points": [["a", 1]], "decisions": [[1, "best"]]}', "others"),
    ],
)
def test_what_is_no_recording_is_refused_in_a_sentence(text, words):
    with pytest.raises(ChainError, match=words.replace("[", r"\[")):
        Recording.read(text)


def test_points_keep_what_is_known_of_them():
    made = Recorder(Governor([Point("a", 0.5, 1.0), Point("b", 0.75, 2.5)])).recording("")
    assert json.loads(made.text())["points"] == [["a", 0.5, 1.0], ["b", 0.75, 2.5]]
    unknown = Recorder(Governor(["a"])).recording("")
    assert Recording.read(unknown.text()).points == (Point("a"),)
