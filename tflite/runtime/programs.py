"""The programs of a chain, each compiled when it is first run, and always with the settings and tables of now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..bundle.manifest import Manifest
from ..errors import ChainError
from ..program.program import Program
from ..program.remote import Remote, remote_parts
from .budget import shown
from .inputs import InputReader
from .settings import Settings
from .slowdown import Pace
from .tables import Tables


@dataclass(slots=True)
class Ready:
    """A compiled program, and what reads its inputs."""

    program: Program
    read: InputReader
    settings: object = None
    changes: int = -1


class Programs:
    """Compiles the programs of a bundle.

    Args:
        manifest: the bundle's.
        parts: part name -> `OpenPart`.
        remote: runs remote parts, or None.
        clock: returns nanoseconds.
        settings: of the chain.
        tables: of the chain.

    Attributes:
        pace: what the parts took at load, and how much slower they run since.
    """

    def __init__(
        self,
        manifest: Manifest,
        parts: Mapping[str, Any],
        remote: Remote | None,
        clock: Callable[[], int],
        settings: Settings,
        tables: Tables,
    ) -> None:
        self._manifest, self._parts, self._remote, self._clock = manifest, parts, remote, clock
        self._settings, self._tables = settings, tables
        self._ready: dict[tuple[str, bool], Ready] = {}
        self.pace = Pace({})

    def get(self, name: str, tracing: bool = False) -> Ready:
        """A program that is ready to run.

        Args:
            name: of the program.
            tracing: whether exits are recorded rather than taken.

        Raises:
            ChainError: there is no such program, or it cannot do without remote parts and there are none.
        """
        ready = self._ready.get((name, tracing)) or self._compiled(name, tracing)
        if ready.settings is not self._settings.values:
            ready.program.set_parameters(self._settings.values)
            ready.settings = self._settings.values
        if ready.changes != self._tables.changes:
            ready.program.set_tables(self._tables.arrays())
            ready.changes = self._tables.changes
        return ready

    def set_latencies(self, nanoseconds: Mapping[str, float]) -> None:
        """Sets the latencies of parts by name, for all programs."""
        self.pace = Pace(nanoseconds)
        for ready in self._ready.values():
            ready.program.set_latencies(nanoseconds)

    def _compiled(self, name, tracing):
        if not isinstance(name, str) or name not in self._manifest.programs:
            raise ChainError(f"program: expected one of {sorted(self._manifest.programs)}, received {shown(name)}")
        if self._remote is None and (missing := remote_parts(self._manifest.programs[name])):
            raise ChainError(f"remote: expected a function (part, inputs) -> outputs for {missing}, received None")
        program = Program(self._manifest, self._parts, self._remote, self._clock, tracing, name)
        program.set_latencies(self.pace.expected)
        self._ready[name, tracing] = ready = Ready(program, InputReader(self._manifest, name))
        return ready
