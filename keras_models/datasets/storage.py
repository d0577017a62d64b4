"""Where tensorflow-datasets data sets are read from and prepared.

A data set is read from the first of these folders that holds it, and otherwise prepared in the first that can be
written to: the caller's folder, $TFDS_DATA_DIR, $FRUGAL_DATA_DIR, ~/tensorflow_datasets. So $TFDS_DATA_DIR may be a
read-only mirror.
"""

import contextlib
import logging
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from keras_models import files
from keras_models.rendering.renderer import CannotRender

OWN = (  # data sets of this package
    "clevr_sharing",
    "correlated_regions",
    "max_min_mnist",
    "mnist_sharing",
    "multi_scale_fashion",
    "scenes",
    "transformed_objects",
    "two_digits",
)
RETRIES = 6  # of a download that fails: 13 seconds in all where there is no network, not 200

log = logging.getLogger(__name__)


def folders(data_dir=None):
    """Returns the folders to look in, best first; `data_dir` is the caller's own choice, or None."""
    candidates = [data_dir, os.environ.get("TFDS_DATA_DIR"), os.environ.get("FRUGAL_DATA_DIR"), "~/tensorflow_datasets"]
    return list(dict.fromkeys(Path(folder).expanduser() for folder in candidates if folder))


def is_writable(folder):
    """Says whether a file can be made in `folder`, which is created if it does not exist.

    A folder without any write permission bit counts as read-only even for a superuser, whom the system would let in.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not folder.stat().st_mode & 0o222:
            return False
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def builder_of(name, data_dir=None):
    """Builder of a data set: the one that is prepared in one of the folders, or one that knows what it would hold."""
    candidates = folders(data_dir)
    return _prepared(name, candidates) or _builder(name, candidates[0])


def _builder(name, folder):
    """Builder of `name` whose data lies, or is to lie, in `folder`."""
    import tensorflow_datasets as tfds

    from keras_models.datasets import builders  # noqa: F401  the import registers this package's data sets

    return tfds.builder(name, data_dir=folder)


def prepare(name, data_dir=None):
    """Finds a data set on disk, or prepares it (which may download it).

    Of processes that share a folder one prepares, the others wait for it.

    Args:
        name: as tfds.load takes it, for instance "mnist" or "max_min_mnist/digits".
        data_dir: folder to prefer, or None.

    Returns:
        A tfds builder whose data is ready to be read.

    Raises:
        OSError: the data set is in none of the folders, and none can be written to or the download failed; or what is
            there is damaged.
    """
    candidates = folders(data_dir)
    found = _prepared(name, candidates)
    if found is not None:
        return found
    folder = next(filter(is_writable, candidates), None)
    if folder is None:
        places = ", ".join(str(folder) for folder in candidates)
        raise OSError(f"{name} is on disk nowhere and a writable folder is needed to prepare it; tried {places}")
    with files.locked(folder / f".{name.replace('/', '.')}.lock"):
        found = _prepared(name, [folder])  # by another process, meanwhile
        if found is not None:
            return found
        log.info("Preparing the data set %s in %s (once).", name, folder)
        return _download_and_prepare(_builder(name, folder), name, folder)


def _prepared(name, candidates):
    """The builder of a data set in the first of some folders that holds it; None where there is none."""
    for folder in candidates:
        try:
            builder = _builder(name, folder) if folder.is_dir() else None
        except Exception as error:  # its description is damaged
            if files.damage(error) is None or not (folder / name).exists():
                raise
            _forget(name, folder / name, error)
            continue
        if builder is not None and builder.is_prepared():
            return builder
    return None


def _forget(name, place, error):
    """Removes a damaged data set of this package, which is drawn anew from its numbers.

    Raises:
        OSError: it is somebody else's, or its folder cannot be written to.
    """
    reason = re.sub(r"\{\{.*?\}\} *", "", (str(error).splitlines() or [type(error).__name__])[0])  # of TensorFlow's
    if name.partition("/")[0] not in OWN or not is_writable(place.parent):
        raise OSError(f"{name} is damaged: remove {place}, and it is prepared again; received {reason}") from error
    log.warning("%s is damaged, it is made again (%s)", place, reason)
    shutil.rmtree(place)


def _download_and_prepare(builder, name, folder):
    """Has `builder` prepare its data; a failure of the network or the disk becomes one sentence."""
    import tensorflow_datasets as tfds
    from tensorflow_datasets.core.download import DownloadError, downloader

    if not sys.stderr.isatty():
        tfds.disable_progress_bar()  # in a log every step of a bar is a line
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # it tells every failed try
    downloader.MAX_RETRIES = RETRIES
    try:
        with contextlib.redirect_stdout(sys.stderr):  # tensorflow-datasets prints; a tool's output is the tool's own
            builder.download_and_prepare()
    except CannotRender:
        raise
    except (OSError, DownloadError) as error:
        raise OSError(
            f"{name} could not be prepared in {folder}: put it there or in $TFDS_DATA_DIR, connect to the network, or "
            f"take a task that needs none, such as max_min_digits; received {type(error).__name__}: {error}"
        ) from error
    return builder


def load(name, split, data_dir=None):
    """Reads a split of a data set that is found or prepared (`prepare`, `read`); a damaged one is made again.

    Raises:
        OSError: as `prepare`, or a data set that others made is damaged.
    """
    builder = prepare(name, data_dir)
    try:
        return read(builder, split)
    except Exception as error:
        if files.damage(error) is None:
            raise
        _forget(name, Path(builder.data_dir), error)
    return read(prepare(name, data_dir), split)


def read(builder, split):
    """Reads a whole split (a tfds slice such as "train[:10%]" too) into a dict from feature to NumPy array."""
    import tensorflow_datasets as tfds

    return tfds.as_numpy(builder.as_dataset(split=split, batch_size=-1))


def examples(builder, split):
    """The examples of a split (a tfds slice too) one after the other, in their stored order: dicts of NumPy arrays."""
    import tensorflow_datasets as tfds

    return tfds.as_numpy(builder.as_dataset(split=split, shuffle_files=False))
