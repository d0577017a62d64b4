"""The tasks of CLEVR-sharing by name: each of the sixteen, and the four groups that a network answers together.

    clevr_t1 .. clevr_t16, clevr_g1 .. clevr_g4                         sizes as in the source
    clevr_t1_more .. clevr_t7_more, clevr_g1_more, clevr_g2_more        twice the pictures to train on
    clevr_t8_less .. clevr_t16_less, clevr_g3_less, clevr_g4_less       fewer to test on; of task 1 too

Tasks 1 to 7 are asked about the same pictures, the others about pictures of their own. Importing this module is cheap.
"""

from keras_models.datasets.clevr_tasks import GROUPS, OWN_PICTURES, QUESTIONS
from keras_models.datasets.many_tasks import ManyTasks
from keras_models.datasets.task import Task

_SPLITS = ("train", "validation", "test", "held_out")
SHARED = (2_000, 1_000, 2_000, 1_000)  # of the pictures that several tasks are asked about
MORE = (4_000, 1_000, 2_000, 1_000)
OWN = (1_000, 250, 2_000, 250)
LESS = (1_000, 100, 500, 100)
_SHAPE = (60, 80, 3)
_MEAN, _DEVIATION = 0.485, 0.14  # of the pixels / 255
_TITLES = {
    1: "Objects on a grey ground: more of one kind, or of another?",
    2: "Objects on a grey ground: which kinds, clockwise?",
    3: "Objects on a grey ground: how many of some kinds?",
    4: "Objects on a grey ground: comparisons and kinds, of few colours",
}


def tasks():
    """Every `Task` and `ManyTasks` of CLEVR-sharing, in order."""
    shared = tuple(number for number in QUESTIONS if number not in OWN_PICTURES)
    single = [_task(number, "", SHARED) for number in shared] + [_task(number, "", OWN) for number in OWN_PICTURES]
    single += [_task(number, "_more", MORE) for number in shared]
    single += [_task(number, "_less", LESS) for number in (1, *OWN_PICTURES)]
    single.append(_task(1, "_half", OWN))  # for group 4, whose tasks have a thousand pictures each to train on
    groups = [_group(1, "", SHARED), _group(2, "", SHARED), _group(3, "", OWN), _group(4, "", OWN)]
    groups += [_group(1, "_more", MORE), _group(2, "_more", MORE), _group(3, "_less", LESS), _group(4, "_less", LESS)]
    return (*single, *groups)


def _task(number, ending, sizes):
    """A task. ending: of its name; sizes: pictures of each split."""
    asked = QUESTIONS[number]
    own = number in OWN_PICTURES
    return Task(
        f"clevr_t{number}{ending}",
        f"clevr_sharing/t{number}{ending}" if own else "clevr_sharing/uniform",
        input_shape=_SHAPE,
        labels=asked.labels,
        sizes=tuple(zip(_SPLITS, sizes, strict=True)),
        scale=(1 / (255 * _DEVIATION),) * 3,
        offset=(-_MEAN / _DEVIATION,) * 3,
        label_feature=f"t{asked.alike or number}",
        title=f"Task {number} on four objects on a grey ground",
        question=asked.text,
    )


def _group(number, ending, sizes):
    """The tasks of a group; of pictures that others share it takes as many as of those that are a task's own."""
    endings = {1: ending or "_half"} if number == 4 else {}
    members = tuple((f"t{task}", _task(task, endings.get(task, ending), sizes)) for task in GROUPS[number])
    question = f"Which of the tasks {', '.join(map(str, GROUPS[number]))} is asked, and what is its answer?"
    return ManyTasks(f"clevr_g{number}{ending}", members, title=_TITLES[number], question=question)
