"""The registry of papers, and who may know the studies."""

import ast
import re
from pathlib import Path

import pytest

from keras_models import presets
from tools.studies import PAPERS, Reproduction

ROOT = Path(__file__).resolve().parents[3]
COMMANDS = {
    "advise.py",
    "attention.py",
    "frontier.py",
    "overthinking.py",
    "reproduce.py",
    "simulate_governor.py",
    "compare_compression.py",
    "compare_detectors.py",
    "compare_elastic.py",
    "compare_experts.py",
    "compare_fine_tuning.py",
    "compare_masks.py",
    "compare_policies.py",
    "compare_recipes.py",
    "compare_sharing.py",
    "compare_skipping.py",
    "compare_uploads.py",
    "compare_zero_shot.py",
    "render.py",
    "serve_load.py",
}


def imported(path):
    """Full names of the modules that a file imports, wherever the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_nothing_but_their_commands_imports_studies():
    files = [path for room in ("keras_models", "tflite", "tools") for path in (ROOT / room).rglob("*.py")]
    users = {path for path in files if any(name.startswith("tools.studies") for name in imported(path))}
    outside = {path.relative_to(ROOT / "tools").as_posix() for path in users if path.parent.name != "studies"}
    assert outside == COMMANDS


@pytest.mark.parametrize("family", PAPERS)
def test_a_paper_offers_what_the_command_takes(family):
    paper = Reproduction(family).paper
    assert isinstance(paper.TITLE, str) and isinstance(paper.FIRST_STAGE, bool) and callable(paper.fitting)
    assert paper.ITEMS and all(re.fullmatch(r"(table|figure) \d+(\.\d+)?", item) for item in paper.ITEMS)
    assert all(item.write or item.paint for item in paper.ITEMS.values()), "every item is written down or drawn"
    for task, preset in paper.DATASETS.items():
        assert presets.get(preset)["task"] == task
        assert presets.get(preset)["family"] == presets.get(paper.QUICK)["family"]
