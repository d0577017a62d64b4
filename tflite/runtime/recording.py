"""Recordings: all that a governor is shown, with its points and its policy, so that it decides the same once more.

    recorder = Recorder(Governor.of(chain.manifest, policy))
    for result in chain.stream(images, governor=recorder, readings=readings): ...
    Path("trace.json").write_text(recorder.recording("an afternoon").text())

docs/bundle.md has the form of the file, which every runtime reads; one that was written by hand needs the events alone.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import msgspec

from ..errors import ChainError
from .governor import Decision, Governor, Observation, Point, Policy, Reading

FORMAT = "frugal-trace"


@dataclass(frozen=True, slots=True)
class Recording:
    """What a governor was shown.

    Args:
        description: in words.
        events: `Reading`s and `Observation`s, in the order in which they came.
        points: that it chose among; none if they are not known.
        policy: what it aimed at; None if that is not known.
        decisions: one a reading; none if they are not known.
    """

    description: str
    events: tuple[Reading | Observation, ...]
    points: tuple[Point, ...] = ()
    policy: Policy | None = None
    decisions: tuple[Decision, ...] = ()

    def replay(self) -> list[Decision]:
        """What a new governor of these points and this policy decides at each reading.

        Raises:
            ChainError: points or policy are not known.
        """
        if not self.points or self.policy is None:
            raise ChainError("trace: expected one with points and a policy to replay, received one without")
        return Governor(self.points, self.policy).replay(self.events)

    def text(self) -> str:
        """The content of a file, JSON with one event a line."""
        head: dict[str, Any] = {"format": FORMAT, "description": self.description}
        if self.points:
            head["points"] = [[point.name, point.accuracy, point.cost] for point in self.points]
        if self.policy is not None:
            head["policy"] = asdict(self.policy)
        if self.decisions:
            head["decisions"] = [written(decision) for decision in self.decisions]
        lines = ",\n".join(msgspec.json.encode(_plain(event)).decode() for event in self.events)
        return f'{msgspec.json.encode(head).decode()[:-1]},"events":[\n{lines}\n]}}\n'

    @classmethod
    def read(cls, text: str | bytes) -> Recording:
        """Reads the content of a file.

        Raises:
            ChainError: it is no recording.
        """
        try:
            file = msgspec.json.decode(text)
            if not isinstance(file, dict) or file.get("format") != FORMAT:
                raise ChainError(f'trace: expected the format "{FORMAT}", received another one')
            points = tuple(msgspec.convert(row, Point) for row in file.get("points", ()))
            policy = None if file.get("policy") is None else _made(Policy, file["policy"])
            events = tuple(map(_event, file["events"]))
            decisions = tuple(Decision(at, points[at].name, *why) for at, *why in file.get("decisions", ()))
            return cls(str(file.get("description", "")), events, points, policy, decisions)
        except ChainError:
            raise
        except (msgspec.MsgspecError, KeyError, TypeError, IndexError, ValueError) as error:
            raise ChainError(f"trace: expected latencies and readings, received others: {error}") from None


class Recorder:
    """A governor that writes down what it is shown; it is used in the place of the one that it begins anew.

    Args:
        governor: decides.
    """

    def __init__(self, governor: Governor) -> None:
        self.governor = governor
        self._events: list[Reading | Observation] = []
        self._decisions: list[Decision] = []
        governor.reset()

    def observe(self, run: Observation | float) -> None:
        """Shows a run to the governor; see `Governor.observe`. One that is refused is not written down."""
        run = run if isinstance(run, Observation) else Observation(run)
        self.governor.observe(run)
        self._events.append(run)

    def decide(self, reading: Reading | None = None) -> Decision:
        """Chooses the point for the next image; see `Governor.decide`. What is no finite number counts as unknown."""
        reading = _finite(reading or Reading())
        decision = self.governor.decide(reading)
        self._events.append(reading)
        self._decisions.append(decision)
        return decision

    def recording(self, description: str) -> Recording:
        """All that has happened so far."""
        governor = self.governor
        return Recording(description, tuple(self._events), governor.points, governor.policy, tuple(self._decisions))


def written(decision: Decision) -> list:
    """A decision as JSON has it: the point, what set it, and why nothing remote is to be asked."""
    return [decision.point, decision.reason, *([] if decision.local is None else [decision.local])]


def _plain(event: Reading | Observation) -> dict | float:
    """An event as JSON has it: what is unknown is left out; a run of which only the latency is known is a number."""
    known = {field.name: getattr(event, field.name) for field in fields(event)}
    known = {
        name: value for name, value in known.items() if value is not None and (name not in ("cut", "lost") or value)
    }
    return event.latency_ms if known.keys() == {"latency_ms"} else known


def _event(event: Any) -> Reading | Observation:
    if not isinstance(event, dict):
        return Observation(event)
    return _made(Observation if "latency_ms" in event else Reading, event)


def _made(kind: type, given: Any) -> Any:
    """A dataclass of the fields that are given, each of its type and none unknown."""
    strange = sorted(set(given) - {field.name for field in fields(kind)})
    if strange:
        raise KeyError(strange[0])
    return msgspec.convert(given, kind)


def _finite(reading: Reading) -> Reading:
    """The same with what is no finite number unknown: JSON has no word for it."""
    odd = {f.name: None for f in fields(reading) if isinstance(value := getattr(reading, f.name), float)
           and not math.isfinite(value)}  # fmt: skip
    return replace(reading, **odd) if odd else reading
