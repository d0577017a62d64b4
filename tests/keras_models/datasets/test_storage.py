"""Where data sets are read and prepared."""

import contextlib
import logging
from pathlib import Path

import numpy as np
import pytest

from keras_models import files
from keras_models.datasets import storage


@pytest.fixture
def read_only(only_folders):
    """A folder without write permission, writable again afterwards so that it can be removed."""
    folder = only_folders / "mirror"
    folder.mkdir()
    yield folder
    folder.chmod(0o755)


def test_folders_in_order_of_preference(only_folders, monkeypatch):
    monkeypatch.setenv("TFDS_DATA_DIR", "/mirror")
    monkeypatch.setenv("FRUGAL_DATA_DIR", "/own")
    home = only_folders / "home" / "tensorflow_datasets"
    assert [str(folder) for folder in storage.folders("/mine")] == ["/mine", "/mirror", "/own", str(home)]
    assert [str(folder) for folder in storage.folders("/own")] == ["/own", "/mirror", str(home)]


def test_home_is_the_default(only_folders):
    assert storage.folders() == [only_folders / "home" / "tensorflow_datasets"]


def test_a_folder_is_made_when_it_can_be(only_folders):
    assert storage.is_writable(only_folders / "a" / "b")
    assert (only_folders / "a" / "b").is_dir()


def test_a_folder_below_a_file_is_not_writable(only_folders):
    (only_folders / "file").write_text("")
    assert not storage.is_writable(only_folders / "file" / "folder")


def test_a_folder_without_write_permission_is_not_writable(read_only):
    read_only.chmod(0o555)
    assert not storage.is_writable(read_only)


def test_the_source_is_read_from_a_read_only_mirror_and_the_composites_go_elsewhere(
    tiny_builders, read_only, only_folders, monkeypatch
):
    storage.prepare("mnist", read_only)
    read_only.chmod(0o555)
    before = sorted(read_only.rglob("*"))
    monkeypatch.setenv("TFDS_DATA_DIR", str(read_only))
    monkeypatch.setenv("FRUGAL_DATA_DIR", str(only_folders / "own"))
    builder = storage.prepare("max_min_mnist/mnist")
    assert str(builder.data_dir).startswith(str(only_folders / "own"))
    assert not (only_folders / "own" / "mnist").exists()
    assert sorted(read_only.rglob("*")) == before


def test_what_is_prepared_is_found_again_wherever_it_lies(tiny_builders, only_folders, monkeypatch, caplog, capsys):
    caplog.set_level(logging.INFO, logger="keras_models")
    storage.prepare("max_min_mnist/digits", only_folders / "first")
    assert [record.message for record in caplog.records if record.name.startswith("keras_models")] == [
        f"Preparing the data set max_min_mnist/digits in {only_folders / 'first'} (once)."
    ]
    assert capsys.readouterr().out == ""
    caplog.clear()
    monkeypatch.setenv("TFDS_DATA_DIR", str(only_folders / "first"))
    again = storage.prepare("max_min_mnist/digits", only_folders / "second")
    assert str(again.data_dir).startswith(str(only_folders / "first"))
    assert not [record for record in caplog.records if record.name.startswith("keras_models")]


def test_nowhere_to_write_is_one_sentence(tiny_builders, only_folders, monkeypatch):
    monkeypatch.setattr(storage, "is_writable", lambda folder: False)
    with pytest.raises(OSError, match="mnist is on disk nowhere and a writable folder is needed .* tried .*home"):
        storage.prepare("mnist")


@pytest.mark.parametrize("kind", ["disk", "download"])
def test_a_failed_preparation_is_one_sentence(tiny_builders, only_folders, monkeypatch, kind):
    import tensorflow_datasets as tfds
    from tensorflow_datasets.core.download import DownloadError

    def fail(self):
        raise {"disk": OSError, "download": DownloadError}[kind]("out of reach")

    monkeypatch.setattr(tfds.core.DatasetBuilder, "download_and_prepare", fail)
    with pytest.raises(
        OSError, match="mnist could not be prepared in .*max_min_digits; received .*Error: out of reach"
    ):
        storage.prepare("mnist", only_folders)


def empty(file):
    file.write_bytes(b"")


def halve(file):
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def scribble(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 255
    file.write_bytes(bytes(content))


@pytest.mark.parametrize("damage", [empty, halve, scribble])
def test_a_damaged_data_set_of_this_package_is_made_again(tiny_builders, only_folders, caplog, damage):
    name = "max_min_mnist/digits"
    before = storage.load(name, "train", only_folders)
    [record] = only_folders.rglob("*train.tfrecord*")
    damage(record)
    again = storage.load(name, "train", only_folders)
    np.testing.assert_array_equal(again["image"], before["image"])
    assert len(storage.load(name, "train", only_folders)["label"]) == 24
    [said] = [record.message for record in caplog.records if record.name == storage.__name__]
    assert said.startswith(f"{record.parent} is damaged, it is made again (") and "{{" not in said


@pytest.mark.parametrize("gone", ["*train.tfrecord*", "dataset_info.json", "features.json"])
def test_a_data_set_with_a_file_that_is_gone_is_made_again(tiny_builders, only_folders, gone):
    name = "max_min_mnist/digits"
    before = storage.load(name, "train", only_folders)
    [file] = only_folders.rglob(gone)
    file.unlink()
    np.testing.assert_array_equal(storage.load(name, "train", only_folders)["image"], before["image"])


def test_what_is_made_of_a_damaged_data_set_of_others_names_that(tiny_builders, only_folders):
    storage.load("mnist", "train", only_folders)
    [record] = only_folders.rglob("*train.tfrecord*")
    halve(record)
    with pytest.raises(OSError, match="received OSError: mnist is damaged: remove .*, and it is prepared again"):
        storage.load("max_min_mnist/mnist", "train", only_folders)


def test_a_description_that_is_damaged_counts_as_well(tiny_builders, only_folders, monkeypatch, caplog):
    name = "max_min_mnist/digits"
    built, place = storage._builder, Path(storage.prepare(name, only_folders).data_dir)
    halve(place / "dataset_info.json")
    monkeypatch.setattr(storage, "_builder", lambda *given: built(*given))
    with pytest.raises(OSError, match="mnist is damaged: remove .*mnist, and it is prepared again; received broken"):
        storage._forget("mnist", only_folders / "mnist", ValueError("broken"))
    place.parent.rename(only_folders / name)  # where a data set that has a name of its own lies
    monkeypatch.setattr(storage, "_builder", lambda *given: failing(built, *given))
    assert storage.prepare(name, only_folders).is_prepared()
    assert "is damaged, it is made again (no description)" in caplog.text


def failing(built, name, folder):
    """A builder that cannot read what describes its data, as long as that lies there."""
    if (folder / name).exists():
        raise ValueError("no description")
    return built(name, folder)


def test_a_damaged_data_set_of_others_is_one_sentence(tiny_builders, only_folders):
    storage.load("mnist", "train", only_folders)
    [record] = only_folders.rglob("*train.tfrecord*")
    halve(record)
    with pytest.raises(OSError, match="^mnist is damaged: remove .*, and it is prepared again; received "):
        storage.load("mnist", "train", only_folders)
    assert record.exists()


def test_who_waits_for_another_process_takes_what_that_prepared(tiny_builders, only_folders, monkeypatch):
    @contextlib.contextmanager
    def held(file):
        assert file == only_folders / ".max_min_mnist.digits.lock"
        storage._builder("max_min_mnist/digits", only_folders).download_and_prepare()
        yield

    monkeypatch.setattr(files, "locked", held)
    monkeypatch.setattr(storage, "_download_and_prepare", lambda *_: pytest.fail("it is there"))
    assert storage.prepare("max_min_mnist/digits", only_folders).is_prepared()
