"""What may be written where, and what is replaced: whole files, names."""

import errno
import os
import re
from pathlib import Path

import pytest

from tests.tools import learned
from tflite.bundle import places
from tflite.bundle.places import PlaceError, check_file, check_folder, plain_name, whole
from tools.pipeline import runs


def tree(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("where", [".", "..", "input", "input/.."])
def test_force_replaces_neither_what_is_read_nor_where_one_stands(tmp_path, monkeypatch, where):
    learned.write(tmp_path / "a")
    source = learned.write(tmp_path / "a" / "input")
    monkeypatch.chdir(tmp_path / "a" if where != ".." else source)
    with pytest.raises(PlaceError, match="which is, holds or lies in what is used itself"):
        places.check_new(where, True, source)


def test_force_replaces_nothing_in_the_home_folders_way(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(learned.write(tmp_path / "home")))
    with pytest.raises(PlaceError, match="which is, holds or lies in what is used itself"):
        places.check_new(tmp_path / "home", True)


def test_a_file_is_whole_or_as_it_was_and_a_full_disk_names_it(tmp_path):
    file = tmp_path / "page"
    for content, error in ((b"first", None), (b"half", KeyboardInterrupt()), (b"half", OSError(errno.ENOSPC, "full"))):
        try:
            with whole(file) as stream:
                stream.write(content)
                if error:
                    raise error
        except KeyboardInterrupt:
            pass
        except OSError as told:
            assert (told.filename, told.errno) == (str(file), errno.ENOSPC)
        assert file.read_bytes() == b"first" and tree(tmp_path) == ["page"]


def test_numpy_tells_a_full_disk_without_a_number_and_the_file_is_named_all_the_same(tmp_path):
    with pytest.raises(OSError, match="20 requested and 3 written.*x.npy"), whole(tmp_path / "x.npy"):
        raise OSError("20 requested and 3 written")


def test_a_link_stays_a_link_and_a_device_is_written_to(tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    for file in (tmp_path / "link", "/dev/null"):
        with whole(file) as stream:
            stream.write(b"new")
    assert (tmp_path / "real").read_text() == "new" and (tmp_path / "link").is_symlink()
    assert Path("/dev/null").is_char_device()
    check_file("/dev/null")


@pytest.mark.parametrize("check", [check_file, check_folder, lambda place: places.check_new(place, True)])
@pytest.mark.parametrize("place", ["file/x", "file/x/y", 255 * "n" + "x", f"new/{300 * 'n'}", "/proc/self/x"])
def test_a_place_where_nothing_can_be_written_is_one_sentence(tmp_path, check, place):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(PlaceError, match=r"^expected a place where .* can be written, received .*; give another one$"):
        check(tmp_path / place)


def test_a_file_for_a_folder_and_a_folder_for_a_file_are_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(PlaceError, match="expected a folder to write into, or none yet, received the file"):
        check_folder(tmp_path / "file")
    with pytest.raises(PlaceError, match="expected a file to write, received the folder"):
        check_file(tmp_path)
    assert check_folder(tmp_path / "a" / "b") == tmp_path / "a" / "b"


@pytest.mark.parametrize("path", ["a\0b", "a\ud800b/c"])
@pytest.mark.parametrize("check", [check_file, check_folder, lambda path: places.check_new(path, True)])
def test_a_path_that_no_file_system_takes_is_one_sentence(tmp_path, check, path):
    with pytest.raises(PlaceError, match=re.escape(f"a file system takes, received {str(tmp_path / path)!r}; give")):
        check(tmp_path / path)


@pytest.mark.parametrize("ending", ["/", "/.", "/.."])
def test_a_file_is_not_written_as_a_folder_is(tmp_path, ending):
    with pytest.raises(PlaceError, match="which is how a folder is written"):
        check_file(f"{tmp_path}/x{ending}")


def test_force_replaces_a_run_with_empty_folders_of_its_own_and_no_others(tmp_path):
    run = runs.start(tmp_path / "r", {"stages": {"classifiers": {"epochs": 1}}})
    for name in ("logs/classifiers", "backup/classifiers", "observed"):
        (run.folder / name).mkdir(parents=True)
    places.check_new(run.folder, True, kind="run", own=runs.own_files)
    (run.folder / "mine").mkdir()
    with pytest.raises(PlaceError, match="where mine is"):
        places.check_new(run.folder, True, kind="run", own=runs.own_files)


def test_a_page_and_its_picture_write_over_nothing_but_themselves(tmp_path):
    page, picture = tmp_path / "x.md", tmp_path / "x.png"
    check_file(page, picture=True)
    picture.write_text("mine")
    with pytest.raises(PlaceError, match="expected no x.png beside .*x.md but that page's own"):
        check_file(page, picture=True)
    check_file(page)
    page.write_text("![what](x.png)")
    check_file(page, picture=True)
    with pytest.raises(PlaceError, match="expected a page such as x.md"):
        check_file(picture, picture=True)


@pytest.mark.parametrize("name", ["manifest.json", "parts/stage_1.tflite", "MODEL_CARD.md"])
def test_no_page_is_written_over_a_bundle(tmp_path, name):
    folder = learned.write(tmp_path / "b")
    with pytest.raises(PlaceError, match="nor part of a bundle or run"):
        check_file(folder / name, own=(places.bundle_files,))
    check_file(folder / "page.html", own=(places.bundle_files,))
    with pytest.raises(PlaceError, match="expected a file to write that is not read"):
        check_file(tmp_path / "b.zip", [tmp_path / "b.zip"])


@pytest.mark.parametrize("name", ["a b", "Grüße", "🎉", "-x", 250 * "n", "a\nb", os.fsdecode(b"\xff"), ""])
def test_a_plain_name_is_one_that_a_manifest_takes(name):
    made = plain_name(name, "-int8")
    assert re.fullmatch(r"[A-Za-z0-9_.-]{1,100}", made) and made.endswith("-int8")


def test_accents_are_left_out_and_other_signs_are_lines():
    assert plain_name("Größe 1 (neu)", "_x") == "Gro_e_1__neu__x"
    assert plain_name(300 * "a", "-int8") == 95 * "a" + "-int8"
