"""Run folders: equal settings resume, others are refused, files are whole or not there."""

import json
import os

import pytest

from keras_models import files
from tools.pipeline import runs

CONFIG = {"preset": "tiny", "family": "resnet", "task": "cifar10", "arguments": {"filters": (4, 4)}, "seed": 0}
CONFIG |= {"stages": {"classifier": {"epochs": 2}}}


def test_a_new_run_writes_its_settings(tmp_path):
    run = runs.start(tmp_path / "a" / "b", CONFIG)
    assert run.folder == tmp_path / "a" / "b"
    assert run.config == json.loads((run.folder / "config.json").read_text())
    assert run.config["arguments"] == {"filters": [4, 4]}  # as JSON has it, so that a resumed run is built alike
    assert runs.read(run.folder) == run


def test_equal_settings_resume(tmp_path):
    first = runs.start(tmp_path / "run", CONFIG)
    (first.folder / "history.csv").write_text("epoch\n")
    assert runs.start(tmp_path / "run", dict(CONFIG)) == first
    assert (first.folder / "history.csv").read_text() == "epoch\n"


def test_other_settings_are_refused_by_name(tmp_path):
    runs.start(tmp_path, CONFIG)
    with pytest.raises(runs.RunError, match=r"holds a run with other settings \(cost, seed\): expected the same"):
        runs.start(tmp_path, CONFIG | {"seed": 1, "cost": "macs"})
    assert runs.read(tmp_path).config["seed"] == 0


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(runs.RunError, match="is not empty and is not a run: expected a new folder"):
        runs.start(tmp_path, CONFIG)
    assert [file.name for file in tmp_path.iterdir()] == ["letter.txt"]


def test_reading_what_is_no_run(tmp_path):
    with pytest.raises(runs.RunError, match="is not a run: expected a folder with config.json"):
        runs.read(tmp_path)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(runs.RunError, match="config.json: expected JSON, received"):
        runs.read(tmp_path)


def test_a_run_that_has_not_ended_has_no_model(tmp_path):
    with pytest.raises(runs.RunError, match="has no model.keras: expected a finished run"):
        runs.load_model(runs.start(tmp_path, CONFIG))


class Network:
    """Saves a line, and may be interrupted half-way through it."""

    def __init__(self, text, interrupted=False):
        self.text, self.interrupted = text, interrupted

    def save(self, file):
        file.write_text(self.text[:2] if self.interrupted else self.text)
        if self.interrupted:
            raise KeyboardInterrupt


def test_an_interrupted_save_leaves_the_file_as_it_was(tmp_path):
    run = runs.start(tmp_path, CONFIG)
    with pytest.raises(KeyboardInterrupt):
        run.save(Network("first", interrupted=True), run.model_file)
    assert not run.model_file.exists()
    run.save(Network("first"), run.model_file)
    with pytest.raises(KeyboardInterrupt):
        run.save(Network("second", interrupted=True), run.model_file)
    assert run.model_file.read_text() == "first"


def test_a_stream_of_bytes_is_kept_when_it_ends_well(tmp_path):
    file = tmp_path / "kept.bin"
    with files.whole(file) as stream:
        stream.write(b"first")
    with pytest.raises(KeyboardInterrupt), files.whole(file) as stream:
        stream.write(b"half")
        raise KeyboardInterrupt
    assert file.read_bytes() == b"first"


def test_json_is_written_whole(tmp_path):
    run = runs.start(tmp_path, CONFIG)
    run.write("controllers.json", {"points": [1]})
    with pytest.raises(TypeError):
        run.write("controllers.json", {"points": object()})
    assert json.loads((tmp_path / "controllers.json").read_text()) == {"points": [1]}


@pytest.mark.parametrize("content", [b"", b"no zip file"])
def test_a_network_that_cannot_be_read_is_one_sentence(tmp_path, content):
    run = runs.start(tmp_path / "run", {"family": "epnet"})
    run.model_file.write_bytes(content)
    with pytest.raises(runs.RunError, match=r"model.keras: expected a network that tools/train.py saved; it cannot"):
        runs.load_model(run)


def test_how_a_run_was_trained_in_words():
    config = {
        "preset": "epnet_digits",
        "stages": {"classifiers": {"epochs": 5}, "controllers": {"epochs": 2}},
        "seed": 1,
    }
    assert runs.trained_as(config) == "preset `epnet_digits`, 5 epochs, seed 1"
    taught = runs.trained_as(config | {"start": "runs/a", "teachers": ["runs/a", "runs/b"]})
    assert taught == "preset `epnet_digits`, 5 epochs, seed 1, from the weights of runs/a, taught by runs/a and runs/b"


class Stage:
    def __init__(self, name):
        self.name = name


def test_the_last_stage_leaves_the_finished_network(tmp_path):
    epochs = {name: {"epochs": 2} for name in ("classifiers", "controllers", "classifier")}
    run = runs.Run(tmp_path, {"family": "epnet", "stages": epochs})
    stages = [Stage("classifiers"), Stage("controllers")]
    assert [run.stage_file(stages, i).name for i in (0, 1)] == ["classifiers.keras", "model.keras"]
    assert runs.first_stage_file(run).name == "classifiers.keras"
    assert runs.first_stage_file(runs.Run(tmp_path, {"family": "resnet", "stages": epochs})) == run.model_file, (
        "its only stage"
    )
    with pytest.raises(runs.RunError, match="has no classifiers.keras: expected a run whose first stage has ended"):
        runs.need_first_stage(run)


@pytest.mark.parametrize(
    ("content", "received"), [("[]", "list"), ("null", "NoneType"), ('"text"', "str"), ("3", "int")]
)
def test_a_config_that_is_no_list_of_settings_is_one_sentence(tmp_path, content, received):
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(runs.RunError) as refused:
        runs.start(tmp_path, CONFIG)
    told = f"{tmp_path / 'config.json'}: expected settings by name in JSON, received {received}; it is damaged: "
    assert str(refused.value).startswith(told)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"{'preset': 1}"])
def test_a_config_that_is_no_json_is_one_sentence(tmp_path, content):
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(runs.RunError, match=r"config.json: expected JSON, received "):
        runs.read(tmp_path)


def test_what_may_stand_beside_a_new_run_does_not_stop_it(tmp_path):
    """A lock of its own, and what another worker is writing at this moment."""
    (tmp_path / ".lock").touch()
    (tmp_path / ".draft.host.17.config.json").touch()
    with pytest.raises(runs.RunError, match="is not empty and is not a run"):
        runs.start(tmp_path, CONFIG)
    assert runs.start(tmp_path, CONFIG, beside=(".lock",)).config["preset"] == "tiny"


@pytest.mark.parametrize("name", ["logs", "backup", "observed"])
def test_a_file_in_the_place_of_a_folder_of_the_run_is_refused_at_once(tmp_path, name):
    runs.start(tmp_path, CONFIG)
    (tmp_path / name).touch()
    with pytest.raises(ValueError, match=f"expected a folder to write into, .* received the file .*{name}"):
        runs.start(tmp_path, CONFIG)


def test_a_setting_of_a_later_version_is_at_its_default(tmp_path):
    runs.start(tmp_path, CONFIG)
    own = CONFIG["stages"]["classifier"]
    assert runs.start(tmp_path, CONFIG | {"stages": {"classifier": own | {"cutout": 0, "augmentation": None}}})
    with pytest.raises(runs.RunError, match=r"other settings \(stages\)"):
        runs.start(tmp_path, CONFIG | {"stages": {"classifier": own | {"cutout": 1}}})


def test_a_setting_that_is_new_or_gone_is_another_one(tmp_path):
    runs.start(tmp_path, CONFIG)
    for other in (CONFIG | {"arguments": {}}, {name: CONFIG[name] for name in ("preset", "seed")}):
        with pytest.raises(runs.RunError, match=r"other settings \(.*arguments"):
            runs.start(tmp_path, other)
    assert runs.start(tmp_path, CONFIG | {"cost": None}).folder == tmp_path, "None is as if it were not there"


def test_a_run_that_has_one_stage_has_one_file(tmp_path):
    stages = {"classifiers": {"epochs": 2}, "controllers": {"epochs": 0}}
    run = runs.Run(tmp_path, {"family": "epnet", "stages": stages})
    assert runs.first_stage_file(run) == run.model_file, "what is not trained leaves no file"
    assert run.stage_file([Stage("classifiers")], 0) == run.model_file


def test_of_two_that_begin_in_one_folder_at_once_none_trains_what_the_other_has_told(tmp_path):
    first = runs.start(tmp_path / "run", CONFIG)
    first.write("config.json", CONFIG | {"seed": 1})  # by the second, which has seen an empty folder too
    with pytest.raises(runs.RunError, match=r"holds a run with other settings \(seed\)"), runs.begun(first):
        pytest.fail("it trains")
    with runs.begun(runs.read(tmp_path / "run")):
        pass


def test_a_path_that_is_no_text_is_refused_before_the_work(tmp_path):
    with pytest.raises(runs.RunError, match=r"^expected a path in UTF-8, .* received '.*\\udcff'; give another --out$"):
        runs.start(tmp_path / os.fsdecode(b"\xff"), CONFIG)
    assert not list(tmp_path.iterdir())
