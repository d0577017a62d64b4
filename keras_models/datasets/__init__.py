"""Data sets of the tasks that the adaptive networks are trained on, and one front door to them: `get`.

    task = datasets.get("max_min_digits")
    images, labels, groups = task.load("validation")

This import is light: TensorFlow is loaded when data is. Import `keras_models.datasets.builders` to have the composite
data sets known to tfds.load by their own names.
"""

from keras_models.datasets.annotated import DetectionTask
from keras_models.datasets.many_tasks import ManyTasks
from keras_models.datasets.task import network_input
from keras_models.datasets.tasks import TASKS, Task, get

__all__ = ["TASKS", "DetectionTask", "ManyTasks", "Task", "get", "network_input"]
