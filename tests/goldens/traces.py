"""Recorded traces that a governor decides on: what a device said and how long its runs took, with every decision.

An event is a latency in ms, an object of the fields of an `Observation`, or one of the fields of a `Reading`.
"""

import numpy as np

from tflite.runtime.governor import Governor, Observation, Point, Policy, Reading
from tflite.runtime.recording import Recorder, written

POLICIES = [
    {},
    {"latency_target_ms": 5.0, "dwell": 8, "wait": 16, "hold_ms": 400.0},
    {"latency_target_ms": 3.0, "percentile": 0.5, "knee": 0.0, "dwell": 1, "wait": 1},
    {"latency_target_ms": 8.0, "low": 0.3, "high": 0.35, "warm": 0.6, "hot": 0.7, "hold_ms": 0.0, "knee": 0.03},
]
STEADY = {"latency_target_ms": 4.4, "dwell": 16, "wait": 32, "hold_ms": 2000.0}
REMOTE = [
    {"round_trip_ms": 60.0},
    {"latency_target_ms": 90.0, "percentile": 0.5, "metered": True, "dwell": 8, "wait": 16},
    {},
]
MEASURED = [[0.8, 1.0], [0.9, 2.0], [0.9, 2.5], [0.95, 2.5], [0.94, 3.0], [0.96, 4.0], [0.9605, 16.0]]


def points_of(rows):
    """Points of which nothing but their number is known, or rows of accuracy and cost."""
    if isinstance(rows, int):
        return [f"p{i}" for i in range(rows)]
    return [Point(f"p{i}", *row) for i, row in enumerate(rows)]


def event_of(event):
    """What a governor takes of an event as JSON has it."""
    if not isinstance(event, dict):
        return event
    return Observation(**event) if "latency_ms" in event else Reading(**event)


def make_traces(seed=11):
    """Traces in which everything happens at random, and traces of devices that answer as the governor has decided."""
    rng = np.random.default_rng(seed)
    many = [[i / 20, i / 2] for i in range(1, 20)]
    return [
        *(
            _decided(points, policy, [_event(rng, i, points) for i in range(150)])
            for points in (1, 2, 7, MEASURED)
            for policy in POLICIES
        ),
        _answering(rng, MEASURED, STEADY, _heating(500), lambda i: {"thermal_headroom": 0.9} if 100 < i < 150 else {}),
        _answering(rng, MEASURED, STEADY | {"knee": 0.0}, _bursts(600), lambda i: {"time_ms": i * 20.0}),
        _answering(rng, MEASURED, STEADY, _bursts(300), lambda i: {"time_ms": i * 2000.0}),
        _answering(rng, many, STEADY | {"latency_target_ms": 1.5}, _bursts(400), lambda i: {"time_ms": i * 33.0}),
        _answering(rng, MEASURED, STEADY | {"percentile": 0.75, "wait": 64}, np.full(500, 1.15), lambda i: {}),
        *(_asking(rng, policy, beat) for policy in REMOTE for beat in (None, 700.0)),
    ]


def _decided(points, policy, events):
    governor = Governor(points_of(points), Policy(**policy))
    decisions = governor.replay(map(event_of, events))
    decided = [written(decision) for decision in decisions]
    return {"points": points, "policy": policy, "events": events, "decisions": decided}


def _heating(runs):
    return np.interp(np.arange(runs), [0, runs / 4, runs / 2, 3 * runs / 4], [1.0, 2.2, 2.2, 1.0])


def _bursts(runs):
    return np.where(np.arange(runs) % 100 > 70, 1.8, 1.0)


def _answering(rng, points, policy, slowdowns, reading_of):
    """A device whose runs take the point's cost in ms, times how slow it is, times some noise."""
    governor, events = Governor(points_of(points), Policy(**policy)), []
    for number, slowdown in enumerate(slowdowns.tolist()):
        reading = reading_of(number)
        cost = points[governor.decide(Reading(**reading)).point][1]
        noise = float(rng.uniform(0.95, 1.05))
        run = {"latency_ms": round(cost * slowdown * noise, 3), "slowdown": round(slowdown * noise, 3)}
        governor.observe(Observation(**run))
        events += [reading, run]
    return _decided(points, policy, events)


def _asking(rng, policy, beat):
    """A device whose parts on a server are near, then far, then cannot be reached, then are near again."""
    governor, events = Governor(points_of(MEASURED), Policy(**policy)), []
    for number in range(240):
        reading = {} if beat is None else {"time_ms": number * beat}
        if rng.random() < 0.1:
            reading |= {"offline": bool(rng.random() < 0.4), "metered": bool(rng.random() < 0.5)}
        decision = governor.decide(Reading(**reading))
        run = {"latency_ms": 4.0}
        if decision.local is None:
            place = number // 60  # of four
            trip = round(float(rng.gamma(20, 1.0 if place != 1 else 5.0)), 3)
            asked = {"lost": True} if place == 2 or rng.random() < 0.03 else {"round_trip_ms": trip}
            run = {"latency_ms": round(4.0 + trip, 3), **asked}
        governor.observe(Observation(**run))
        events += [reading, run]
    return _decided(MEASURED, policy, events)


def _event(rng, i, points):
    """A run four times of five, else a reading that knows some things and not others."""
    count = points if isinstance(points, int) else len(points)
    if rng.random() < 0.8:
        latency = round(float(rng.gamma(4, 1.0)) * (1 + i % 40 / 20), 3)
        fields = {"slowdown": round(float(rng.uniform(0.8, 2.2)), 2), "cut": True, "point": int(rng.integers(count))}
        known = {key: value for key, value in fields.items() if rng.random() < 0.15}
        return {"latency_ms": latency, **known} if known else latency
    fields = {
        "battery": round(float(rng.random()), 2),
        "charging": bool(rng.random() < 0.3),
        "power_saving": bool(rng.random() < 0.2),
        "thermal_status": int(rng.choice([0, 0, 0, 1, 2, 3, 4])),
        "thermal_headroom": round(float(rng.uniform(0.2, 1.1)), 2),
        "manual": int(rng.integers(-1, count + 1)),
        "time_ms": 200.0 * i,
    }
    return {key: value for key, value in fields.items() if rng.random() < 0.4}


def recorded(seed=5, runs=300):
    """The `Recording` of a device that gets slow and empties while it answers, in numbers of many digits."""
    rng = np.random.default_rng(seed)
    recorder = Recorder(Governor(points_of(MEASURED), Policy(**STEADY)))
    for number in range(runs):
        slowdown = float(rng.gamma(80, 1 / 80)) * (1 + (40 < number < 110))
        headroom = float("nan") if number % 7 == 0 else float(rng.uniform(0.5, 0.8))
        battery, charging = max(0.0, 0.9 - number / 300), None if number % 50 == 0 else number > 250
        status = 3 if 20 < number < 30 else 0
        reading = Reading(battery, charging, 150 < number < 170, status, headroom, None, number * 33.3)
        cost = MEASURED[recorder.decide(reading).point][1]
        recorder.observe(Observation(cost * slowdown, slowdown, number % 11 == 0))
        if number % 13 == 0:
            recorder.observe(cost * slowdown)
    return recorder.recording("a hot afternoon")
