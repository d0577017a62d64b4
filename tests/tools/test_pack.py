"""tools/pack.py: a bundle as a .zip, and what is refused before anything is written."""

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

import tflite
from tests.tools.calling import call
from tests.tools.serving.live import halves
from tools import pack

ROOT = Path(__file__).resolve().parents[2]
GOLDENS = ROOT / "tests" / "goldens"
BUNDLE = GOLDENS / "families" / "with_exits"
NAME = tflite.Bundle.load(BUNDLE).manifest.name


def test_a_bundle_is_packed_with_its_own_files_alone(tmp_path, capsys):
    own = shutil.copytree(BUNDLE, tmp_path / "für mich")
    (own / "MODEL_CARD.md").write_text("# card")
    (own / "thesis.txt").write_text("not of it")
    assert call(pack, [own, "--out", tmp_path / "zips"]) == 0
    file = tmp_path / "zips" / f"{NAME}.zip"
    assert capsys.readouterr().out == f"wrote {file} ({file.stat().st_size:,} bytes)\n"
    expected = {str(path.relative_to(own)) for path in own.rglob("*") if path.is_file()} - {"thesis.txt"}
    assert "MODEL_CARD.md" in expected and set(zipfile.ZipFile(file).namelist()) == expected
    assert tflite.Chain.load(file).self_test() == []
    before = file.read_bytes()
    (own / "thesis.txt").touch()
    assert call(pack, [file, "--out", tmp_path / "again"]) == 0, "a .zip is one as well"
    assert (tmp_path / "again" / file.name).read_bytes() == before
    assert call(pack, [own, "--out", tmp_path / "zips", "--force"]) == 0 and file.read_bytes() == before


def refusal(capsys, *arguments):
    assert call(pack, arguments) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    return told.removeprefix("error: ").rstrip("\n")


@pytest.mark.parametrize(
    ("golden", "received"),
    [
        ("several", "that takes one picture and answers with labels or boxes, received another"),
        ("remote", "that the phone can run alone, received far, which runs elsewhere, and nothing to do otherwise"),
    ],
)
def test_what_the_app_would_refuse_is_refused(tmp_path, capsys, golden, received):
    bundle = GOLDENS / "bundles" / golden
    out = tmp_path / "zips"
    assert refusal(capsys, BUNDLE, bundle, "--out", out) == f"{bundle}: expected a bundle {received}"
    assert not out.exists(), "of all that were asked for none is written"


def test_a_bundle_that_may_ask_a_server_is_packed_without_its_server_half(tmp_path):
    bundle = halves(tmp_path / "made")
    assert call(pack, [bundle.path, "--out", tmp_path / "zips"]) == 0
    (file,) = (tmp_path / "zips").iterdir()
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
    assert "manifest.json" in names and not any("server" in name for name in names)


def test_a_bundle_that_fails_its_self_test_is_refused(tmp_path, capsys):
    own = shutil.copytree(GOLDENS / "bundles" / "rules_int8", tmp_path / "own")
    index = own / "golden" / "index.json"
    manifest = own / "manifest.json"
    before = index.read_bytes()
    changed = before.replace(b'"reason": "rule"', b'"reason": "late"', 1)
    assert changed != before
    index.write_bytes(changed)
    sums = [hashlib.sha256(content).hexdigest() for content in (before, changed)]
    manifest.write_text(manifest.read_text().replace(*sums))
    told = refusal(capsys, own, "--out", tmp_path / "zips")
    assert told.startswith(f"{own}: expected a bundle that passes its self-test, received: golden ")


def test_nothing_foreign_is_replaced(tmp_path, capsys):
    file = tmp_path / f"{NAME}.zip"
    file.write_text("a letter")
    told = refusal(capsys, BUNDLE, "--out", tmp_path)
    assert told == f"{file} exists: expected a new file; give --force to replace it"
    assert "expected" in refusal(capsys, BUNDLE, "--out", tmp_path, "--force") and file.read_text() == "a letter"
    two = f"expected bundles of different names, received two of {NAME}"
    assert refusal(capsys, BUNDLE, BUNDLE, "--out", tmp_path / "new") == two
    none = tmp_path / "none"
    assert refusal(capsys, none) == f"{none}: expected a bundle (a folder or a .zip), received nothing there"
    call(pack, [BUNDLE, "--out", tmp_path / "zips"])
    packed = tmp_path / "zips" / f"{NAME}.zip"
    assert "that is not read" in refusal(capsys, packed, "--out", tmp_path / "zips", "--force")


def of_make(*arguments):
    """The commands of `make apk`, one behind the other; none of them is run."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    command = ["make", "-n", "apk", *arguments]  # as by hand, also where `make test` runs this
    told = subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, check=True)
    return told.stdout.splitlines()


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
def test_make_packs_the_bundles_that_it_is_given_for_the_app(tmp_path, capsys, monkeypatch):
    none = tmp_path / "none"
    *_, cleared, packed, compiled, built = of_make(f"BUNDLES={BUNDLE} {none}")
    python, tool, *words = shlex.split(packed)
    asked = pack.build_parser().parse_args(words)
    assert (python, tool, asked.bundles) == (".venv/bin/python", "tools/pack.py", [str(BUNDLE), str(none)])
    assets = Path(asked.out).parent
    assert shlex.split(cleared)[:3] == ["rm", "-rf", str(assets)], "those of before are gone"
    assert f"-Dfrugal.assets={ROOT / assets}" in shlex.split(compiled) and " package " in compiled
    assert "<frugal.assets>" in (ROOT / "android_demo" / "app" / "pom.xml").read_text(), "which the app is made of"
    assert built == "sh android_demo/apk/build.sh"
    monkeypatch.chdir(tmp_path)
    assert refusal(capsys, *words) == f"{none}: expected a bundle (a folder or a .zip), received nothing there"
    assert not assets.exists(), "of all that were asked for none is packed"
    assert call(pack, [word for word in words if word != str(none)]) == 0
    assert [file.name for file in (assets / "bundles").iterdir()] == [f"{NAME}.zip"]


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
def test_make_without_bundles_packs_none_and_takes_those_of_the_app():
    commands = of_make("BUNDLES=")
    assert not any(re.search("pack.py|frugal.assets|venv.sh", command) for command in commands), commands
