"""A checkpoint of fine-tuning that is damaged is removed, a good one stays."""

import pytest
import tensorflow as tf

from tflite.conversion import finetune


def halve(file):
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


@pytest.mark.parametrize("pattern", ["*.data-*", "*.index", "checkpoint"])
@pytest.mark.parametrize(
    "damage", [halve, lambda file: file.write_bytes(b""), lambda file: file.write_bytes(b"\xff" * 99)]
)
def test_a_damaged_checkpoint_is_removed(tmp_path, caplog, pattern, damage):
    folder = tmp_path / "chief"
    finetune._forget_damaged(folder)
    manager = tf.train.CheckpointManager(tf.train.Checkpoint(v=tf.Variable([1.0] * 99)), str(folder), max_to_keep=1)
    manager.save()
    finetune._forget_damaged(folder)
    assert folder.exists() and not caplog.records
    [file] = folder.glob(pattern)
    damage(file)
    finetune._forget_damaged(folder)
    assert not folder.exists()
    [said] = [record.message for record in caplog.records if record.name == finetune.__name__]
    assert said.startswith(f"{folder} is damaged, this training begins again (")
