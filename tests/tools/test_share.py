"""tools/share.py: what parts have in common, stored once and restored."""

import json
from pathlib import Path

from tests.tools.calling import call
from tools import share

BUNDLE = Path(__file__).resolve().parents[1] / "goldens" / "families" / "fishnet"


def test_sizes_are_told_and_parts_come_back(tmp_path, capsys):
    file, folder = tmp_path / "fishnet.shared", tmp_path / "again"
    assert call(share, [BUNDLE, "--out", file]) == 0
    told = capsys.readouterr().out
    parts = sorted((BUNDLE / "parts").iterdir())
    size = sum(part.stat().st_size for part in parts)
    assert f"{len(parts)} parts of {size:,} bytes, shared {file.stat().st_size:,}" in told
    assert call(share, [file, "--restore", folder]) == 0
    assert [part.read_bytes() for part in parts] == [(folder / "parts" / part.name).read_bytes() for part in parts]
    capsys.readouterr()
    assert call(share, [BUNDLE, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["bytes"] == size and all(row["different"] <= row["rows"] for row in found["rows"])


def test_what_cannot_be_shared_or_restored_is_refused(tmp_path, capsys):
    assert call(share, [BUNDLE / "manifest.json", "--restore", tmp_path / "again"]) == 2
    assert "expected frugal-shared-rows" in capsys.readouterr().err
    assert not (tmp_path / "again").exists()
    assert call(share, [tmp_path / "absent", "--restore", tmp_path / "again"]) == 2
    assert "expected a shared form" in capsys.readouterr().err
    assert call(share, [BUNDLE, "--out", BUNDLE / "manifest.json"]) == 2, "no file of a bundle is replaced"
