"""Archives: what other systems make is taken, what an archive should not do is refused, with the reason."""

import io
import os
import tracemalloc
import zipfile
from dataclasses import replace

import pytest

from tests.goldens.archives import FOLDER, LINK, LITTER, PIPE, Item, archive, deflated, items_of
from tests.tflite.bundles import two_exits
from tflite.bundle import Bundle
from tflite.errors import BundleError

FIRST = "parts/first.tflite"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return two_exits(tmp_path_factory.mktemp("bundle"))


def load(tmp_path, data):
    (tmp_path / "bundle.zip").write_bytes(data)
    return Bundle.load(tmp_path / "bundle.zip")


def refusal(tmp_path, data):
    with pytest.raises(BundleError) as caught:
        load(tmp_path, data)
    return str(caught.value).replace(str(tmp_path / "bundle.zip"), "ZIP")


def first_of(items):
    """The place of the first part among entries."""
    (place,) = (i for i, item in enumerate(items) if item.name.endswith(FIRST.encode()))
    return place


@pytest.mark.parametrize("prefix", [b"", b"./", b"bundle/", b"./bundle/", "Bündel 1/".encode()])
@pytest.mark.parametrize("method", [0, 8])
def test_archives_of_other_systems_are_taken(folder, tmp_path, prefix, method):
    top = prefix.removeprefix(b"./")
    names = {top} if top else {b"./"}
    litter = [item for item in LITTER if item.name not in (b"bundle/", b"./")]
    litter += [Item(name, b"", 0, attributes=FOLDER) for name in names]
    data = archive([*litter, *items_of(folder, method, prefix)], comment=b"by hand")
    assert load(tmp_path, data).manifest == Bundle.load(folder).manifest
    assert load(tmp_path, data).read(FIRST) == (folder / FIRST).read_bytes()


def test_entries_with_a_descriptor_behind_them_are_taken(folder, tmp_path):
    class Pipe(io.RawIOBase):
        """Cannot be sought in, so that sizes stand behind the entries, as macOS writes them."""

        def __init__(self):
            self.data = b""

        def writable(self):
            return True

        def write(self, data):
            self.data += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as stream:
        for item in items_of(folder):
            stream.writestr(item.name.decode(), item.content)
    assert load(tmp_path, pipe.data).manifest.name == "hand_made"


@pytest.mark.parametrize(
    "stray, words",
    [
        (Item(b"/etc/passwd", b"x"), "'/etc/passwd' is no relative path of plain names"),
        (Item(b"parts/../../x", b"x"), "no relative path"),
        (Item(b"parts\\x", b"x"), "no relative path"),
        (Item(b"C:x", b"x"), "no relative path"),
        (Item(b"a\0b", b"x"), "no relative path"),
        (Item(b"\xff", b"x"), "a name is not UTF-8"),
        (Item(b"manifest.json", b"{}"), "the name 'manifest.json' stands twice"),
        (Item(b"./manifest.json", b"{}"), "the name 'manifest.json' stands twice"),
        (Item(b"manifest.json/", b""), "the name 'manifest.json' stands twice"),
        (Item(b"__MACOSX/x", b"x", flags=1), "'__MACOSX/x' is encrypted"),
        (Item(b"x", b"x", flags=1 << 6), "'x' is encrypted"),
        (Item(b"x", b"x", method=12), "'x' is packed by method 12"),
        (Item(b"x", b"x", method=14), "'x' is packed by method 14"),
        (Item(b"x", b"x", method=93), "'x' is packed by method 93"),
        (Item(b"x", b"/etc/passwd", attributes=LINK), "'x' is a link"),
        (Item(b"x", b"", attributes=PIPE), "'x' is a link or another thing that is no file"),
        (Item(b"x/", b"x"), "'x' is a folder with a content"),
        (Item(b"x", b"x", size=0xFFFFFFFF), "'x' is a zip64 entry"),
    ],
    ids=lambda value: str(getattr(value, "name", value)),
)
def test_an_entry_that_no_archive_should_have_is_refused(folder, tmp_path, stray, words):
    problem = refusal(tmp_path, archive([*items_of(folder), stray]))
    assert problem.startswith("ZIP: expected a folder or a .zip, but reading failed: ")
    assert words in problem


SPOILT = {
    "crc": (lambda item: replace(item, crc=1), "the checksum (CRC-32) of the entry is another one"),
    "longer": (
        lambda item: replace(item, packed=deflated(item.content + bytes(1 << 16))),
        "the entry unpacks to another size than",
    ),
    "shorter": (lambda item: replace(item, packed=deflated(item.content[1:])), "unpacks to another size than"),
    "size": (lambda item: replace(item, size=len(item.content) + 1), "is it truncated?"),
    "cut": (lambda item: replace(item, packed=deflated(item.content)[:-1]), "does not end where the entry does"),
    "more": (lambda item: replace(item, packed=deflated(item.content) + b"x"), "does not end where the entry does"),
    "noise": (lambda item: replace(item, packed=b"\7" * len(item.content)), "the entry is no deflate stream"),
    "stored": (lambda item: replace(item, method=0, packed=item.content[1:]), "unpacks to another size than"),
    "room": (
        lambda item: replace(item, packed=b"\0\0\0\xff\xff" * 1000 + deflated(item.content)),
        "takes more room than",
    ),
    "name": (lambda item: replace(item, local_name=b"x"), "the entry is another one than the directory says"),
    "place": (lambda item: replace(item, offset=1), "there is no entry where the directory says"),
    "behind": (lambda item: replace(item, offset=1 << 30), "there is no entry where the directory says"),
    "gone": (lambda item: replace(item, name=b"x", local_name=b"x"), "received none of this name in the .zip"),
}


@pytest.mark.parametrize("how", SPOILT)
@pytest.mark.parametrize("file", [FIRST, "manifest.json"])
def test_an_entry_that_is_not_what_it_says_is_refused(folder, tmp_path, how, file):
    change, words = SPOILT[how]
    items = items_of(folder)
    (place,) = (i for i, item in enumerate(items) if item.name.decode() == file)
    items[place] = change(items[place])
    problem = refusal(tmp_path, archive(items))
    assert problem.startswith(file)
    # The manifest states no size of its own: a wrong one shows when it is unpacked.
    assert words in problem or (how, file) == ("size", "manifest.json") and "another size" in problem


def test_an_entry_that_lies_about_its_size_takes_no_memory(folder, tmp_path):
    items = items_of(folder)
    place = first_of(items)
    items[place] = replace(items[place], packed=deflated(bytes(1 << 20)))
    data = archive(items)
    tracemalloc.start()
    assert "the entry unpacks to another size than" in refusal(tmp_path, data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"before": b"#!"}, "its directory does not end where it says"),
        ({"shift": 1}, "its directory does not end where it says"),
        ({"between": b"x"}, "its directory does not end where it says"),
        ({"count": 1}, "its directory holds more than its entries"),
        ({"count": 99}, "its directory holds fewer entries than it says"),
        ({"count": 0xFFFF}, "in several pieces or a zip64"),
    ],
    ids=str,
)
def test_a_directory_that_is_not_what_it_says_is_refused(folder, tmp_path, fields, words):
    assert words in refusal(tmp_path, archive(items_of(folder), **fields))


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\5\6" + bytes(17), b"no archive at all, but long enough for one"])
def test_what_is_no_archive_is_refused(tmp_path, data):
    assert "it has no end of a .zip" in refusal(tmp_path, data)


def test_an_archive_without_entries_has_no_manifest(tmp_path):
    assert refusal(tmp_path, archive([])).startswith("manifest.json: expected a file, received none of this name")


def test_too_many_entries_are_refused(folder, tmp_path):
    many = [Item(b"%d" % i, b"", 0) for i in range(10_001)]
    assert "more than 10000 entries" in refusal(tmp_path, archive(many))


def test_two_top_folders_are_two_bundles(folder, tmp_path):
    items = [*items_of(folder, 8, b"a/"), Item(b"b/notes.txt", b"x")]
    assert refusal(tmp_path, archive(items)).startswith("manifest.json: expected a file, received none")


def test_a_pipe_is_no_archive(tmp_path):
    os.mkfifo(tmp_path / "bundle.zip")
    with pytest.raises(BundleError, match="received something that is neither"):
        Bundle.load(tmp_path / "bundle.zip")
