"""Loading and writing bundles: whatever is not as the manifest says is refused, with the file named."""

import json
import os
import shutil
import zipfile

import numpy as np
import pytest

from tests.tflite.bundles import two_exits
from tflite.bundle import Bundle, file_entry, write_manifest
from tflite.errors import BundleError
from tflite.runtime.chain import Chain

IMAGE = np.array([[0, 2]], np.uint8)
FIRST = "parts/first.tflite"


@pytest.fixture
def folder(tmp_path):
    return two_exits(tmp_path / "bundle")


def refusal(path):
    with pytest.raises(BundleError) as caught:
        Bundle.load(path)
    assert "\n" not in str(caught.value)
    return caught.value


def pack(folder, path, prefix=""):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, prefix + file.relative_to(folder).as_posix())
    return path


def test_a_missing_bundle(tmp_path):
    error = refusal(tmp_path / "none")
    assert error.file == str(tmp_path / "none")
    assert "received nothing there" in str(error)


def test_a_folder_without_a_manifest(tmp_path):
    assert str(refusal(tmp_path)) == "manifest.json: expected a file, received none there"


def test_a_truncated_part(folder):
    size = (folder / FIRST).stat().st_size
    os.truncate(folder / FIRST, size - 1)
    error = refusal(folder)
    assert (error.file, error.field) == (FIRST, "parts.first.file")
    assert f"expected {size} bytes, received {size - 1}" in str(error)


def test_a_changed_part(folder):
    data = bytearray((folder / FIRST).read_bytes())
    data[-1] ^= 1
    (folder / FIRST).write_bytes(data)
    error = refusal(folder)
    assert (error.file, error.field) == (FIRST, "parts.first.file")
    assert "expected the SHA-256" in str(error)


def test_a_missing_part(folder):
    (folder / FIRST).unlink()
    assert str(refusal(folder)) == f"{FIRST}: parts.first.file: expected a file, received none there"


def test_a_truncated_manifest(folder):
    data = (folder / "manifest.json").read_bytes()
    (folder / "manifest.json").write_bytes(data[: len(data) // 2])
    assert refusal(folder).file == "manifest.json"


@pytest.mark.parametrize("link", [FIRST, "parts", "manifest.json"])
def test_a_link_out_of_the_folder(folder, tmp_path, link):
    outside = tmp_path / "outside"
    shutil.move(folder / link, outside)
    (folder / link).symlink_to(outside)
    error = refusal(folder)
    assert error.file == (link if link != "parts" else FIRST)
    assert "expected a file inside the bundle, received a link" in str(error)


def test_a_link_inside_the_folder_is_fine(folder):
    shutil.move(folder / FIRST, folder / "real.tflite")
    (folder / FIRST).symlink_to("../real.tflite")
    assert Bundle.load(folder).manifest.name == "hand_made"


def test_a_link_that_goes_in_circles(folder):
    (folder / FIRST).unlink()
    (folder / FIRST).symlink_to("first.tflite")
    assert refusal(folder).file == FIRST


def test_a_folder_where_a_file_should_be(folder):
    (folder / FIRST).unlink()
    (folder / FIRST).mkdir()
    assert "expected a file" in str(refusal(folder))


@pytest.mark.parametrize("file", [FIRST, "manifest.json"])
def test_a_pipe_where_a_file_should_be_is_not_opened(folder, file):
    (folder / file).unlink()
    os.mkfifo(folder / file)
    assert str(refusal(folder)).endswith("expected a file, received none there")


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000, None, 3.5, "bundle/manifest.json/x"])
def test_what_is_no_path_is_no_bundle(path):
    assert "expected a" in refusal(path).problem


def test_a_device_is_no_bundle():
    assert "received something that is neither" in str(refusal("/dev/null"))


def test_sizes_are_bounded_before_anything_is_read(folder, tmp_path):
    data = json.loads((folder / "manifest.json").read_text())
    data["parts"]["first"]["bytes"] = 2**31
    (folder / "manifest.json").write_text(json.dumps(data))
    assert "expected at most 2147483647 bytes, received 2147483648" in str(refusal(folder))
    data["parts"]["first"]["bytes"] = 2**31 - 1
    (folder / "manifest.json").write_text(json.dumps(data))
    error = refusal(pack(folder, tmp_path / "bundle.zip"))
    assert error.problem.startswith("expected at most 1073741824 bytes of files in a .zip, received 21474")
    data["goldens"] = {"index": {"file": "i", "sha256": "0" * 64, "bytes": (8 << 20) + 1}}
    data["goldens"]["arrays"] = data["goldens"]["index"] | {"file": "j"}
    (folder / "manifest.json").write_text(json.dumps(data))
    assert refusal(folder).field == "goldens.index.file"


def test_memory_that_does_not_suffice_is_a_refusal(folder, monkeypatch):
    def exhausted(*_):
        raise MemoryError

    monkeypatch.setattr("tflite.bundle.files.check_manifest", exhausted)
    assert "expected a bundle that fits into memory" in str(refusal(folder))


@pytest.mark.parametrize("prefix", ["", "bundle/"])
def test_a_zip_is_the_same_bundle(folder, tmp_path, prefix):
    path = pack(folder, tmp_path / "bundle.zip", prefix)
    assert Bundle.load(path).manifest == Bundle.load(folder).manifest
    one, other = Chain.load(path).run(IMAGE), Chain.load(folder).run(IMAGE)
    assert (one.path, one.answer.tolist()) == (other.path, other.answer.tolist())


def test_a_damaged_zip(folder, tmp_path):
    path = pack(folder, tmp_path / "bundle.zip")
    data = bytearray(path.read_bytes())
    (tmp_path / "short.zip").write_bytes(data[:200])
    assert "expected a folder or a .zip" in str(refusal(tmp_path / "short.zip"))
    place = data.index(b"PK\x03\x04", 100) + 60
    data[place : place + 8] = bytes(8)
    (tmp_path / "damaged.zip").write_bytes(data)
    assert refusal(tmp_path / "damaged.zip").file


def test_a_zip_without_a_part(folder, tmp_path):
    (folder / FIRST).unlink()
    assert refusal(pack(folder, tmp_path / "bundle.zip")).file == FIRST


def test_a_zip_with_a_changed_or_longer_part(folder, tmp_path):
    data = bytearray((folder / FIRST).read_bytes())
    data[-1] ^= 1
    (folder / FIRST).write_bytes(data)
    assert "SHA-256" in str(refusal(pack(folder, tmp_path / "changed.zip")))
    (folder / FIRST).write_bytes(data + bytes(1000))
    assert f"expected {len(data)} bytes" in str(refusal(pack(folder, tmp_path / "longer.zip")))


def test_writing_refuses_what_loading_would(folder):
    manifest = Bundle.load(folder).manifest
    before = (folder / "manifest.json").read_bytes()
    (folder / FIRST).write_bytes(b"other")
    with pytest.raises(BundleError, match="bytes"):
        write_manifest(folder, manifest)
    assert (folder / "manifest.json").read_bytes() == before
    assert not (folder / "manifest.json.new").exists()


def test_a_file_entry_is_what_loading_compares(folder):
    entry = file_entry(folder, FIRST)
    part = json.loads((folder / "manifest.json").read_text())["parts"]["first"]
    assert (entry.file, entry.sha256, entry.bytes) == (part["file"], part["sha256"], part["bytes"])
