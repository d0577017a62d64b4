"""tools/train.py in a process of its own that knows the task `stripes`: what test_strategies.py starts.

Arguments: the number of logical CPU devices, and those of tools/train.py; after "--then" another training. With a
strategy there can be one in a process: the collective operations of a second one would be taken for the first one's.
"""

import itertools
import sys

from keras_models.datasets import TASKS
from tests.tools.stripes import SIZES, Stripes
from tools import console, train


def main(devices, *arguments):
    TASKS["stripes"] = Stripes("stripes", "stripes", (12, 12, 1), ("column", "row"), SIZES, (1 / 255,), (0.0,), shift=1)
    if int(devices) > 1:
        import tensorflow as tf

        (cpu,) = tf.config.list_physical_devices("CPU")
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * int(devices))
    for then, call in itertools.groupby(arguments, lambda argument: argument == "--then"):
        status = 0 if then else console.main(train.build_parser, train.command, list(call))
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
