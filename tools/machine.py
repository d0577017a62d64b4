"""Says where and how a result was made: the machine, the versions of what ran, the command line."""

import os
import platform
import shlex
import sys
import time
from importlib import metadata
from pathlib import Path

from tools.foreign import ROOT

PACKAGES = ("ai-edge-litert", "tensorflow", "keras", "numpy")


def describe() -> dict:
    """Describes where a result was measured: CPU model, cores at hand, system, versions, date."""
    return {
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in PACKAGES},
        "date": time.strftime("%Y-%m-%d"),
    }


def line(described: dict) -> str:
    """What `describe` found in one line for people."""
    versions = [f"{name} {version}" for name, version in described["versions"].items() if version]
    cores = f"{described['cores']} core{'' if described['cores'] == 1 else 's'}"
    python = f"Python {described['python']}"
    return ", ".join([described["cpu"], cores, described["system"], python, *versions, described["date"]])


def command_line() -> str:
    """The command that is running, as one would type it in the repository."""
    program = Path(sys.argv[0]).resolve()
    name = str(program.relative_to(ROOT)) if program.is_relative_to(ROOT) else program.name
    return " ".join(["python", name, *map(shlex.quote, sys.argv[1:])])


def provenance(command: str) -> dict:
    """How and where a page's numbers were made: the command, the machine and the date."""
    made = describe()
    return {"command": command, "made": made, "date": made["date"]}


def foot(command: str, *how: str) -> list[str]:
    """The paragraphs that end a page in Markdown: the command that made it, more of how, and where it ran."""
    return [f"`{command}`", *how, line(describe())]


def _cpu_model() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine() or "unknown CPU"


def _version(name: str) -> str | None:
    """A package's installed version, without importing it; None where it is not installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
