"""tools/run.py: what is printed for an image."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.tools.calling import call
from tests.tools.serving.live import TOKEN, halves, serving
from tools import run


def test_results_in_lines(bundle_folder, capsys, pixels):
    assert call(run, [str(bundle_folder), "pixels:test:0-59"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 60
    first = next(line for line in lines if "◆□□" in line)
    assert "(right)" in first or "(wrong: " in first
    assert "100 multiply-adds" in first and first.endswith("exit_1 (rule)")
    assert any("■■◆" in line and "1 k multiply-adds" in line and line.endswith("answer (final)") for line in lines)


def test_results_as_json_with_another_point_and_settings(bundle_folder, capsys):
    # At kappa 0 and threshold 1 nobody leaves early but at a pixel of 255.
    arguments = [str(bundle_folder), "pixels:test:0-4", "--json", "--operating-point", "fast"]
    assert call(run, [*arguments, "--set", "kappa=0", "--set", "threshold=1"]) == 0
    results = json.loads(capsys.readouterr().out)
    assert [result["exit"] for result in results] == ["answer"] * 5
    assert [result["operating_point"] for result in results] == ["fast"] * 5
    assert [result["label"] for result in results] == [result["truth"] for result in results]
    assert {result["macs"] for result in results} == {1000}


def test_a_budget_of_multiply_adds_is_kept(bundle_folder, capsys):
    assert call(run, [str(bundle_folder), "pixels:test:0-59", "--macs", "150", "--json"]) == 0
    results = json.loads(capsys.readouterr().out)
    assert {result["macs"] for result in results} == {100}
    assert {result["reason"] for result in results} == {"rule", "macs"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["pixels:test:0", "--set", "kappa=3"], "error: parameter kappa: expected 0 to 0.1, received 3\n"),
        (
            ["pixels:test:0", "--operating-point", "x"],
            "error: operating point: expected one of ['fast', 'exact'], received 'x'",
        ),
        (["pixels:test:0", "--latency-ms", "-1"], "error: budget latency_ms: expected a positive finite number"),
        (["other:test:0"], "error: expected a task among "),
        (["pixels:train:0"], "error: expected the split test, received 'train'"),
    ],
)
def test_bad_input_is_one_sentence(bundle_folder, capsys, arguments, sentence):
    assert call(run, [str(bundle_folder), *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith(sentence) and printed.err.count("\n") == 1 and printed.out == ""


def test_a_picture_of_another_size_is_one_sentence(bundle_folder, tmp_path, capsys):
    from PIL import Image

    Image.new("L", (9, 9)).save(tmp_path / "x.png")
    assert call(run, [str(bundle_folder), str(tmp_path / "x.png")]) == 2
    assert "expected 1 x 2 pixels" in capsys.readouterr().err


@pytest.fixture
def pictures(tmp_path):
    """A folder with a picture that fits, and what cannot be read or does not fit."""
    from PIL import Image

    Image.fromarray(np.array([[10, 250]], np.uint8)).save(tmp_path / "b.png")
    Image.new("L", (9, 9)).save(tmp_path / "d.png")
    (tmp_path / "a.png").write_bytes(b"no picture")
    (tmp_path / "c.png").write_bytes((tmp_path / "b.png").read_bytes()[:40])
    os.mkfifo(tmp_path / "e.png")
    (tmp_path / "f.png").symlink_to("nowhere")
    (tmp_path / "g.png").mkdir()
    return tmp_path


def test_bad_pictures_are_named_and_the_others_answered(bundle_folder, pictures, capsys):
    assert call(run, [str(bundle_folder), str(pictures), "pixels:test:99", "none", "--json"]) == 1
    printed = capsys.readouterr()
    results = json.loads(printed.out)
    assert [Path(result["image"]).name for result in results] == [
        *(f"{x}.png" for x in "abcdef"),
        "pixels:test:99",
        "none",
    ]
    assert [set(result) == {"image", "error"} for result in results] == [True, False, *[True] * 6]
    assert results[1]["label"] == "right"
    assert [result["error"].split(",")[0] for result in results if "error" in result][-2:] == [
        "expected rows below 60 in pixels:test",
        "expected an image file",
    ]
    assert printed.err.count("\n") == 7 and str(pictures / "d.png") in printed.err


def test_without_json_bad_pictures_are_told_on_stderr(bundle_folder, pictures, capsys):
    assert call(run, [str(bundle_folder), str(pictures / "a.png"), str(pictures / "b.png")]) == 1
    printed = capsys.readouterr()
    assert printed.out.count("\n") == 1 and printed.err.startswith("error: expected an image file, but cannot identify")
    assert call(run, [str(bundle_folder), str(pictures / "a.png"), "--json"]) == 2
    assert [set(result) for result in json.loads(capsys.readouterr().out)] == [{"image", "error"}]


def test_a_name_of_a_picture_stays_in_its_line(bundle_folder, tmp_path, capsys):
    from PIL import Image

    good, bad = tmp_path / "a\nb\x1b.png", tmp_path / "c\nd.png"
    Image.fromarray(np.array([[10, 250]], np.uint8)).save(good)
    bad.write_bytes(b"no picture")
    assert call(run, [bundle_folder, good, bad]) == 1
    printed = capsys.readouterr()
    assert printed.out.count("\n") == 1 and printed.out.startswith(f"{tmp_path}/a\\nb\\x1b.png: right ")
    assert printed.err.count("\n") == 1 and f"{tmp_path}/c\\nd.png" in printed.err


def test_rows_by_the_hundred_are_found_and_numbers_without_end_are_none(bundle_folder, capsys):
    rows = ",".join(200 * ["7"])
    assert call(run, [bundle_folder, f"pixels:test:{rows}"]) == 0
    assert capsys.readouterr().out.count("\n") == 200
    assert call(run, [bundle_folder, f"pixels:test:{5000 * '9'}"]) == 2
    assert "expected an image file, a folder of them or TASK:SPLIT:ROWS" in capsys.readouterr().err


@pytest.mark.parametrize("name", [".", "b", "..", "b.zip"])
def test_a_bundle_that_is_refused_is_named(tmp_path, capsys, monkeypatch, name):
    import zipfile

    (tmp_path / "b" / "c").mkdir(parents=True)
    zipfile.ZipFile(tmp_path / "b.zip", "w").close()
    monkeypatch.chdir(tmp_path / {".": "b", "..": "b/c"}.get(name, ""))
    assert call(run, [name, "pixels:test:0"]) == 2
    told = capsys.readouterr().err
    named = {".": tmp_path / "b", "..": tmp_path / "b" / "c" / ".."}.get(name, name)
    assert told.startswith("error: manifest.json: expected a file, received none") and told.endswith(f" ({named})\n")


def test_what_holds_for_all_images_is_refused_once(bundle_folder, pictures, capsys):
    assert call(run, [str(bundle_folder), str(pictures), "--set", "kappa=3", "--json"]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err == "error: parameter kappa: expected 0 to 0.1, received 3\n"


def test_a_server_is_asked_for_its_half(tmp_path, capsys, monkeypatch):
    bundle = halves(tmp_path / "made")
    Image.fromarray(np.array([[200, 10]], np.uint8)).save(tmp_path / "one.png")
    line = [bundle.path, tmp_path / "one.png", "--json"]
    monkeypatch.setenv("FRUGAL_SERVE_TOKEN", TOKEN)
    with serving(bundle) as address:
        assert call(run, [*line, "--server", address]) == 0
    assert call(run, line) == 0
    there, here = capsys.readouterr().out.replace("][", "]\n[").split("\n]\n")[:2]
    assert '"far"' in there and '"here"' in here
    assert call(run, [*line, "--server", "http://parts.example"]) == 2
    assert "address: expected https" in capsys.readouterr().err
