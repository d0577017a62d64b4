"""The laboratory: what it needs and says when that is missing, and what it is built of."""

import shutil
import zipfile
from pathlib import Path

import pytest

from tests.tools.calling import call
from tests.tools.phone.here import on_the_phone
from tools import phone_check
from tools.console import UserError
from tools.phone import laboratory


def test_the_version_is_read_from_what_qemu_says():
    assert laboratory.qemu_version("qemu-aarch64 version 7.2.22 (Debian 1:7.2+dfsg-7)\nCopyright") == "7.2.22"
    assert laboratory.qemu_version("qemu-aarch64 version 10.0") == "10.0"
    with pytest.raises(UserError, match="expected QEMU to tell its version, received 'no such'"):
        laboratory.qemu_version("no such")


@pytest.mark.parametrize(("qemu", "version"), [("7.2.22", 1), ("8.2.2", 1), ("9.0.0", 2), ("10.1", 2)])
def test_the_plugin_is_built_for_the_interface_that_a_qemu_wants(qemu, version):
    assert laboratory.plugin_version(qemu) == version


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A machine with a compiler, and nothing else."""
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/gcc" if name == "gcc" else None)
    monkeypatch.setattr(laboratory, "SYSTEM_ROOT", tmp_path / "none")
    monkeypatch.setattr(laboratory, "LIBRARY", tmp_path / "none.so")
    monkeypatch.setattr(laboratory, "REPOSITORY", tmp_path / "none")


def test_what_is_missing_is_named(bare, monkeypatch, tmp_path):
    tools = ["qemu-aarch64", "aarch64-linux-gnu-gcc", "mvn", "javac"]
    assert laboratory.missing() == [*tools, f"a C library for arm64 in {tmp_path / 'none'}"]
    monkeypatch.setattr(laboratory, "LIBRARY", Path(__file__))  # a library that is there need not be fetched
    monkeypatch.setattr(laboratory, "SYSTEM_ROOT", tmp_path)
    (tmp_path / "lib").mkdir()
    assert laboratory.missing() == tools[:2]


def test_what_maven_has_fetched_for_the_app_is_taken_out_of_its_repository(bare, monkeypatch, tmp_path):
    """An archive with a file of its own in the library's place, where Maven puts an AAR."""
    folder = tmp_path / "m2/org/tensorflow/tensorflow-lite" / laboratory._library_version()
    monkeypatch.setattr(laboratory, "REPOSITORY", tmp_path / "m2")
    assert not laboratory.fetched()
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / f"tensorflow-lite-{folder.name}.aar", "w") as archive:
        archive.writestr("jni/arm64-v8a/libtensorflowlite_jni.so", "arm64")
        archive.writestr("jni/x86_64/libtensorflowlite_jni.so", "x86")
    assert laboratory.fetched() and not {"mvn", "javac"} & set(laboratory.missing())
    monkeypatch.setattr(laboratory, "LIBRARY", tmp_path / "lite/library.so")
    laboratory._fetch()
    assert laboratory.LIBRARY.read_text() == "arm64"
    assert [path.name for path in laboratory.LIBRARY.parent.iterdir()] == ["library.so"], "no draft is left"
    laboratory.LIBRARY.write_text("mine")
    laboratory._fetch()
    assert laboratory.LIBRARY.read_text() == "mine", "what is there is not fetched"


def test_the_tool_says_in_one_line_what_to_install(bare, bundle_folder, capsys):
    assert call(phone_check, [str(bundle_folder)]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1
    assert "apt-get install qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross" in captured.err
    assert "missing: qemu-aarch64, aarch64-linux-gnu-gcc, mvn, javac, a C library for arm64" in captured.err


def test_a_checkout_without_the_phone_half_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(laboratory, "SOURCES", tmp_path / "none")
    with pytest.raises(UserError, match="expected a whole checkout of the repository"):
        laboratory.prepare()


def test_an_unknown_processor_is_refused():
    with pytest.raises(UserError, match="expected a processor among cortex-a76, .*, received 'z80'"):
        laboratory.prepare("z80")


def test_processors_differ_in_what_kernels_are_chosen_by():
    features = {}
    for name in laboratory.PROCESSORS:
        lines = (laboratory.SOURCES / f"{name}.cpuinfo").read_text().splitlines()
        fields = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
        features[name] = set(fields["Features"].split())
        assert fields["CPU implementer"] == "0x41" and "asimd" in features[name]
    dots = {name for name, has in features.items() if "asimddp" in has}
    assert dots == {"cortex-a76", "cortex-a710"}
    assert {name for name, has in features.items() if "i8mm" in has} == {"cortex-a710"}


def test_a_command_that_fails_is_told_by_what_it_said():
    with pytest.raises(UserError, match=r"expected `sh -c ...` to work, but it said: error: no luck"):
        laboratory._run(["sh", "-c", "echo hello; echo error: no luck >&2; exit 3"])
    assert laboratory._run(["sh", "-c", "echo $WHO"], {"WHO": "me"}) == "me\n"


@on_the_phone
def test_what_stands_is_not_built_again_and_what_changed_is(monkeypatch, tmp_path):
    monkeypatch.setattr(laboratory, "TARGET", tmp_path / "arm64")
    lab = laboratory.prepare()
    assert lab.library == "org.tensorflow:tensorflow-lite:2.16.1"
    runner = lab.folder / "run_models"
    built = runner.stat().st_mtime_ns
    laboratory.prepare()
    assert runner.stat().st_mtime_ns == built
    (lab.folder / "stamp").write_text("of other sources")
    laboratory.prepare()
    assert runner.stat().st_mtime_ns > built
    assert sorted(path.name for path in tmp_path.iterdir()) == ["arm64", "lock"]


def test_the_runner_gets_no_environment_but_its_own(monkeypatch):
    monkeypatch.setenv("TELLTALE", "1")
    lab = laboratory.Laboratory(Path("/lab"), "cortex-a710", "library", "7.2")
    assert set(lab.environment) == {"PATH", "PHONE_CPUINFO"}
    assert Path(lab.environment["PHONE_CPUINFO"]).is_file()
    command = lab.command("counts", ["a.tflite"])
    assert command[:3] == ["qemu-aarch64", "-cpu", "max"] and command[-2:] == ["/lab/run_models", "a.tflite"]
    assert "/lab/count_instructions.so,out=counts" in command
