"""The laboratory that stands for a phone: the APK's arm64 TensorFlow Lite under QEMU (android_demo/laboratory).

Nothing is built twice: what is there is taken as long as its sources and tools are the same. Only the standard library
is imported here.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from keras_models.files import locked
from tools.console import UserError
from tools.foreign import ROOT

ANDROID = ROOT / "android_demo"
SOURCES = ANDROID / "phone_lab"
TARGET = SOURCES / "target/arm64"
IN_ARCHIVE = "jni/arm64-v8a/libtensorflowlite_jni.so"
LIBRARY = ANDROID / "tensorflow_lite/target/lite" / IN_ARCHIVE
ARTIFACT = "org.tensorflow:tensorflow-lite"
REPOSITORY = Path.home() / ".m2/repository"  # where Maven keeps what it has fetched for any project
SYSTEM_ROOT = Path("/usr/aarch64-linux-gnu")  # where libc6-dev-arm64-cross puts glibc for arm64
PACKAGES = "qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross gcc libc6-dev maven openjdk-17-jdk-headless"
FIRST_OF_NEW_PLUGINS = (9, 0)  # QEMU's plugin interface has version 2 from then on, and refuses version 1

# What a phone's processor is to XNNPACK, which chooses kernels by it: QEMU's name for it, and what it has.
PROCESSORS = {
    "cortex-a76": ("cortex-a76", "dot products (phones from 2018 on)"),
    "cortex-a53": ("cortex-a53", "no dot products (older and cheap phones)"),
    "cortex-a710": ("max", "products of 8-bit matrices (phones from 2022 on)"),
}
DEFAULT_PROCESSOR = "cortex-a76"


@dataclass(frozen=True)
class Laboratory:
    """What is needed to run a model as a phone does.

    Attributes:
        folder: with the library, what it asks for, the runner and the counter.
        processor, library, qemu: one of PROCESSORS; the library's Maven coordinates; QEMU's version.
    """

    folder: Path
    processor: str
    library: str
    qemu: str

    def command(self, counts, models) -> list[str]:
        """The command that runs models (paths) and writes numbers of instructions to the file `counts`."""
        return [
            "qemu-aarch64",
            *("-cpu", PROCESSORS[self.processor][0]),
            *("-L", str(SYSTEM_ROOT)),
            *("-plugin", f"{self.folder}/count_instructions.so,out={counts}"),
            *("-E", f"LD_LIBRARY_PATH={self.folder}"),
            str(self.folder / "run_models"),
            *map(str, models),
        ]

    @property
    def environment(self) -> dict[str, str]:
        """All that the runner gets of an environment: what it executes must not depend on the caller's."""
        return {"PATH": os.environ.get("PATH", os.defpath), "PHONE_CPUINFO": f"{SOURCES}/{self.processor}.cpuinfo"}


def missing() -> list[str]:
    """What the laboratory needs and this machine lacks, by name; empty where nothing is missing."""
    tools = ["qemu-aarch64", "aarch64-linux-gnu-gcc", "gcc", *([] if fetched() else ["mvn", "javac"])]
    lacking = [tool for tool in tools if shutil.which(tool) is None]
    if not (SYSTEM_ROOT / "lib").is_dir():
        lacking.append(f"a C library for arm64 in {SYSTEM_ROOT}")
    return lacking


def fetched() -> bool:
    """Whether the library is on this machine: unpacked, or in the archive of which Maven unpacks it."""
    return LIBRARY.exists() or _archive().exists()


def prepare(processor: str = DEFAULT_PROCESSOR) -> Laboratory:
    """Builds the laboratory unless it stands; the library comes through Maven once, or did for the app.

    Raises UserError if something is missing (the message says how to get it), or building failed.
    """
    if processor not in PROCESSORS:
        raise UserError(f"expected a processor among {', '.join(PROCESSORS)}, received {processor!r}")
    if not SOURCES.is_dir():
        raise UserError(f"expected a whole checkout of the repository with {SOURCES}, received none")
    if lacking := missing():
        raise UserError(
            "the phone's library runs under QEMU, which needs more than is here; on Debian or Ubuntu: "
            f"apt-get install {PACKAGES}; missing: {', '.join(lacking)}"
        )
    version = qemu_version(_run(["qemu-aarch64", "--version"]))
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    with locked(TARGET.parent / "lock"):  # tests run in several processes
        _fetch()
        _build(version)
    return Laboratory(TARGET, processor, f"{ARTIFACT}:{_library_version()}", version)


def qemu_version(text: str) -> str:
    """QEMU's version in what it says of itself. Raises UserError if there is none."""
    match = re.search(r"version (\d+\.\d+(?:\.\d+)?)", text)
    if not match:
        raise UserError(f"expected QEMU to tell its version, received {text[:60]!r}")
    return match.group(1)


def plugin_version(qemu: str) -> int:
    """The version of the plugin interface that a QEMU wants."""
    return 2 if tuple(map(int, qemu.split(".")[:2])) >= FIRST_OF_NEW_PLUGINS else 1


def _library_version() -> str:
    text = (ANDROID / "pom.xml").read_text(encoding="utf-8")
    return re.search(r"<tensorflow-lite\.version>([^<]+)<", text).group(1)


def _archive() -> Path:
    """The AAR in Maven's repository, whether it is there or not."""
    group, artifact = ARTIFACT.split(":")
    version = _library_version()
    return REPOSITORY / group.replace(".", "/") / artifact / version / f"{artifact}-{version}.aar"


def _fetch() -> None:
    """Makes LIBRARY, unless it is there: out of Maven's repository, or by Maven."""
    if LIBRARY.exists():
        return
    if not _archive().exists():
        _run(["mvn", "-q", "-B", "-f", str(ANDROID / "pom.xml"), "-pl", "tensorflow_lite", "process-resources"])
        return
    LIBRARY.parent.mkdir(parents=True, exist_ok=True)
    draft = LIBRARY.with_suffix(".draft")
    with zipfile.ZipFile(_archive()) as archive:
        draft.write_bytes(archive.read(IN_ARCHIVE))
    draft.rename(LIBRARY)


def _build(qemu: str) -> None:
    """Makes TARGET, in one stroke, unless it has been made of the same sources, library and QEMU."""
    digest, stood = hashlib.sha256(LIBRARY.read_bytes()), TARGET / "stamp"
    for file in sorted(SOURCES.glob("*.[ch]")) + [SOURCES / "host_library.sh", SOURCES / "bionic.version"]:
        digest.update(file.read_bytes())
    stamp = f"{digest.hexdigest()} QEMU {qemu}"
    if stood.exists() and stood.read_text(encoding="utf-8") == stamp:
        return
    with tempfile.TemporaryDirectory(dir=TARGET.parent) as draft:
        folder = Path(draft) / "arm64"
        cross = {"CC": "aarch64-linux-gnu-gcc"}
        _run(["sh", str(SOURCES / "host_library.sh"), str(LIBRARY), str(folder)], cross)
        warnings = ["-O2", "-Wall", "-Wextra", "-Werror"]
        runner, plugin = SOURCES / "run_models.c", SOURCES / "count_instructions.c"
        _run([cross["CC"], *warnings, "-o", str(folder / "run_models"), str(runner)])
        option = f"-DPLUGIN_VERSION={plugin_version(qemu)}"
        shared = ["-shared", "-fPIC", option, "-o", str(folder / "count_instructions.so")]
        _run(["gcc", *warnings, *shared, str(plugin)])
        (folder / "stamp").write_text(stamp, encoding="utf-8")
        if TARGET.exists():
            TARGET.rename(Path(draft) / "old")
        folder.rename(TARGET)


def _run(command: list[str], environment: dict | None = None) -> str:
    """Runs a command; returns what it printed. Raises UserError with the last thing that it said if it fails."""
    done = subprocess.run(command, env={**os.environ, **(environment or {})}, capture_output=True, text=True)
    if done.returncode:
        said = [line for line in (done.stdout + done.stderr).splitlines() if "rror" in line] or ["nothing"]
        raise UserError(f"expected `{' '.join(command[:2])} ...` to work, but it said: {said[0].strip()[:300]}")
    return done.stdout
