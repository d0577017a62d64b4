"""Options that several commands share."""

import argparse
import dataclasses
import json

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tflite.bundle.places import PlaceError
from tflite.errors import BundleError
from tools import options
from tools.console import UserError


def test_settings_are_numbers_or_lists():
    assert options.settings(["threshold=.5", "task=0,1,0"]) == {"threshold": 0.5, "task": [0.0, 1.0, 0.0]}
    assert options.settings([]) == {}


def test_a_pages_command_has_all_numbers_and_what_is_not_as_usual():
    parser = argparse.ArgumentParser(prog="tools/some.py")
    parser.add_argument("run")
    for name, usual in (("--shares", [0.5]), ("--epochs", 3), ("--folder", "runs"), ("--split", "test"), ("--out", "")):
        kind = type(usual[0] if isinstance(usual, list) else usual)
        parser.add_argument(name, default=usual, type=kind, nargs="+" if isinstance(usual, list) else None)
    parser.add_argument("--quick", action="store_true")
    usual = parser.parse_args(["my run", "--out", "x.md", "--folder", "elsewhere"])
    assert options.words(parser, usual, "run", "folder") == "python tools/some.py 'my run' --epochs 3"
    other = parser.parse_args(["r", "--shares", "1", "1e9", "--epochs", "0", "--split", "test[:9]", "--quick"])
    said = "python tools/some.py r --shares 1 1e+09 --epochs 0 --split 'test[:9]' --quick"
    assert options.words(parser, other, "run") == said


def test_an_option_that_is_given_again_is_told_again():
    parser = argparse.ArgumentParser(prog="tools/some.py")
    parser.add_argument("--row", action="append")
    told = options.words(parser, parser.parse_args(["--row", "a", "--row", "b c"]), "run")
    assert told == "python tools/some.py --row a --row 'b c'"


@pytest.mark.parametrize("item", ["threshold", "=3", "threshold=", "threshold=-", "task=1,,2"])
def test_what_is_no_setting_is_refused(item):
    with pytest.raises(UserError, match=f"NAME=NUMBER,NUMBER,... or NAME=WORD, received '{item}'"):
        options.settings([item])


def test_a_word_is_the_name_of_a_value():
    assert options.settings(["task=third", "start=0.5,1", "sure=2"]) == {"task": "third", "start": [0.5, 1], "sure": 2}


def test_points_are_chosen_by_name_or_all(bundle):
    assert options.chosen_points(bundle.manifest, "all") == ["fast", "exact"]
    assert options.chosen_points(bundle.manifest, "exact") == ["exact"]
    with pytest.raises(UserError, match=r"operating point \(fast, exact\) or all, received 'best'"):
        options.chosen_points(bundle.manifest, "best")


def test_settings_of_a_training_are_json_or_text():
    items = ["controllers.epochs=5", "network.filters=[4, 8]", "controllers.exits=3,6", "controllers.kappa=null"]
    assert options.stage_settings(items) == {
        "controllers": {"epochs": 5, "exits": "3,6", "kappa": None},
        "network": {"filters": [4, 8]},
    }
    assert options.stage_settings([]) == {}


@pytest.mark.parametrize("item", ["controllers", "controllers=5", "controllers.epochs", "controllers.epochs=", ".a=1"])
def test_what_is_no_setting_of_a_training_is_refused(item):
    with pytest.raises(UserError, match=f"expected --set STAGE.NAME=VALUE, received '{item}'"):
        options.stage_settings([item])


@dataclasses.dataclass(frozen=True)
class Asked:
    """Two fields that can be typed, and one that cannot."""

    of_images: int = options.option(3, "how many (default: %(default)s)", metavar="N")
    share: float | None = options.option(None, "of them", type=float)
    hidden: bool = True


def test_fields_of_frozen_options_are_options_of_a_command():
    parser = argparse.ArgumentParser()
    options.add_options(parser, Asked)
    assert vars(parser.parse_args([])) == {"of_images": 3, "share": None} and Asked() == Asked(3, None, True)
    assert vars(parser.parse_args(["--of-images", "4", "--share", ".5"])) == {"of_images": 4, "share": 0.5}
    assert "--of-images N" in parser.format_help() and "how many (default: 3)" in parser.format_help()
    one = argparse.ArgumentParser()
    options.add_options(one, Asked, "share")
    assert vars(one.parse_args([])) == {"share": None}


def test_an_option_below_its_least_is_told_as_it_is_typed():
    options.check_least(Asked(), of_images=3)
    with pytest.raises(UserError, match="expected --of-images of at least 4, received 3"):
        options.check_least(Asked(), of_images=4)


def test_what_was_found_is_written_as_a_page_or_as_json(tmp_path, capsys):
    asked = (str(tmp_path / "x.md"), False)
    options.tell(*asked, {"a": 1}, "a is 1", "# a")
    assert capsys.readouterr().out == "a is 1\n" and (tmp_path / "x.md").read_text() == "# a"
    options.tell(*asked, {"a": 1}, "a is 1")
    assert (tmp_path / "x.md").read_text() == '{\n "a": 1\n}\n'


def test_a_page_that_cannot_be_written_is_told_before_the_work(tmp_path):
    for file in (tmp_path / "a.json", str(tmp_path / "a")):
        with pytest.raises(UserError, match=r"expected --out FILE.md, beside which .* received "):
            options.check_page(file)
    (tmp_path / "b.json").mkdir()
    options.check_page(tmp_path / "a.md")
    with pytest.raises(PlaceError, match="b.json"):
        options.check_page(tmp_path / "b.md")


def test_a_count_below_one_is_refused():
    given = argparse.Namespace(policy_epochs=0, images=None)
    options.check_least(given, images=1)
    with pytest.raises(UserError, match="expected --drop of at least 0, received nan"):
        options.check_least(argparse.Namespace(drop=float("nan")), drop=0)
    with pytest.raises(UserError, match="expected --policy-epochs of at least 1, received 0"):
        options.check_least(given, images=1, policy_epochs=1)


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@hypothesis.settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from(["kappa", "threshold", "task_1"]), st.lists(NUMBERS, min_size=1, max_size=4)))
def test_settings_are_read_as_they_were_written(wanted):
    items = [f"{name}={','.join(map(repr, values))}" for name, values in wanted.items()]
    expected = {name: values if len(values) > 1 else values[0] for name, values in wanted.items()}
    assert options.settings(items) == expected


@hypothesis.settings(max_examples=40, deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | NUMBERS, lambda one: st.lists(one, max_size=3)))
def test_settings_of_a_training_may_be_any_json(value):
    assert options.stage_settings([f"network.x={json.dumps(value)}"]) == {"network": {"x": value}}


@pytest.mark.parametrize(
    ("text", "value"), [(".5", 0.5), ("1e-3", 0.001), ("3,6", "3,6"), ("True", "True"), ("a=b", "a=b"), ('"3"', "3")]
)
def test_what_is_no_json_is_a_number_or_text(text, value):
    assert options.stage_settings([f"controllers.x={text}"])["controllers"]["x"] == value


def test_the_last_of_two_settings_of_a_name_counts():
    assert options.settings(["kappa=1", "kappa=2"]) == {"kappa": 2.0}
    assert options.stage_settings(["a.b=1", "a.c=2", "a.b=3"]) == {"a": {"b": 3, "c": 2}}


@hypothesis.settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(min_value=1e-300, max_value=1e300), min_size=1, max_size=5))
def test_numbers_above_zero_are_read(values):
    assert options.numbers("--kappas", ",".join(map(repr, values))) == tuple(values)
    assert options.numbers("--kappas", None) is None


@pytest.mark.parametrize(("limit", "split"), [(None, "test"), (1024, "test"), (None, None)])
def test_the_usual_images_of_a_command_are_told_in_its_help(limit, split):
    parser = argparse.ArgumentParser()
    options.add_data_options(parser, limit=limit, split=split)
    usual = parser.parse_args([])
    assert (usual.dataset, usual.split, usual.limit) == (None, None, limit)
    told = " ".join(parser.format_help().split())
    assert f'such as "validation" or "test[:10%]" (default: {split or "that of the operating points"})' in told
    assert f"(default: {limit or 'all'})" in told
    assert parser.parse_args(["--limit", "5", "--split", "test[:10%]"]).limit == 5


def test_a_run_in_the_place_of_a_bundle_is_told(tmp_path):
    run = tmp_path / "my run"
    run.mkdir()
    (run / "config.json").write_text('{"stages": {"classifiers": {}}}')
    with pytest.raises(UserError) as caught:
        options.load_bundle(run)
    advice = f"make one of it with python tools/convert.py '{run}'"
    assert str(caught.value) == f"expected a bundle, received the run {run}: {advice}"
    (run / "config.json").unlink()
    with pytest.raises(BundleError, match="expected a file, received none there"):
        options.load_bundle(run)


def test_a_command_that_writes_json_and_prints_it_says_the_same_twice(tmp_path, capsys):
    """A number that JSON does not have is null in both."""
    options.tell(str(tmp_path / "new folder" / "x.json"), True, {"a": float("nan"), "b": "é"}, "for people")
    printed = capsys.readouterr().out
    assert json.loads(printed) == json.loads((tmp_path / "new folder/x.json").read_text()) == {"a": None, "b": "é"}
