"""The tasks by name.

Importing this module is cheap, for the sake of `--help`: TensorFlow is imported where data is first touched.
"""

from keras_models.datasets import clevr, pair_tasks, scene_tasks
from keras_models.datasets.many_tasks import ManyTasks
from keras_models.datasets.pair_questions import QUESTIONS
from keras_models.datasets.several import coarse_and_fine, data_sets
from keras_models.datasets.task import Task

__all__ = ["TASKS", "Task", "get"]

_DIGITS = tuple(str(digit) for digit in range(10))
_GARMENTS = tuple("T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot".split(","))
_CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_CIFAR10_MEAN, _CIFAR10_DEVIATION = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)  # of the training pixels / 255
_CIFAR100 = (
    "apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can "
    "castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin "
    "elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard "
    "lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear "
    "pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark "
    "shrew skunk skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone "
    "television tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm"
).split()
_CIFAR100_MEAN, _CIFAR100_DEVIATION = (0.5071, 0.4867, 0.4408), (0.2675, 0.2565, 0.2761)
_SVHN_MEAN, _SVHN_DEVIATION = (0.4377, 0.4438, 0.4728), (0.1980, 0.2010, 0.1970)


def _normalised(mean, deviation):
    """Scale and offset of pixels that are centred and divided, both shares of the brightest one."""
    return {
        "scale": tuple(1 / (255 * one) for one in deviation),
        "offset": tuple(-centre / one for centre, one in zip(mean, deviation, strict=True)),
    }


_EMBEDDED = (("train", 8_000), ("validation", 5_000), ("test", 2_000), ("held_out", 3_000))
_ORIGINAL = (("train", 54_000), ("validation", 16_000), ("test", 10_000), ("held_out", 8_000))
# 0 stays 0, so that the black background of a composite is exactly zero, in int8 too.
_COMPOSITE = {"input_shape": (50, 50, 1), "scale": (1 / 255,), "offset": (0.0,), "shift": 2}
_MAX_MIN = {
    "group_feature": "difficulty",
    "group_names": ("easy", "medium", "hard"),
    "question": "What is the largest digit less the smallest? Of a single one: which digit is it?",
    **_COMPOSITE,
}
_MULTI_SCALE = {
    "group_feature": "type",
    "group_names": ("small", "large_centered", "large", "two"),
    "question": "What is it, large or small? Of two: what is the one in front?",
    **_COMPOSITE,
}
_TRANSFORMED = {
    "group_feature": "scale",
    "group_names": ("small", "medium", "large"),
    **_COMPOSITE,
} | {"input_shape": (100, 100, 1), "shift": 0}  # an object may touch the edge
_ONCE = (("train", 54_000), ("validation", 3_000), ("test", 10_000), ("held_out", 3_000))

_FIFTH = {  # for policies, of 50,000 pictures that could be trained on
    "sizes": (("train", 40_000), ("validation", 7_500), ("test", 10_000), ("held_out", 2_500)),
    "within": (("validation", "train", 40_000), ("held_out", "train", 47_500)),
}
_PHOTOGRAPHS = {
    "input_shape": (32, 32, 3),
    "labels": _CIFAR10,
    "shift": 4,
    "mirror": True,
    "title": "Photographs of ten kinds",
    "question": "Which of ten animals and vehicles is on the photograph?",
} | _normalised(_CIFAR10_MEAN, _CIFAR10_DEVIATION)


def _two_digits():
    """Two digits on a large canvas, to be compared or added; 0 stays 0."""
    questions = {
        "compare": (
            ("lower_right", "upper_left"),
            "Which of two digits is larger",
            "Is the upper one as large?",
        ),
        "add": (tuple(map(str, range(19))), "The sum of two digits", "What is the sum of the two digits?"),
    }
    for question, (labels, title, asked) in questions.items():
        for name, coarse, test in (("mnist", "", 5_000), ("digits", ", coarse ones", 2_000)):
            yield Task(
                f"{question}_{name}",
                f"two_digits/{question}_{name}",
                input_shape=(80, 80, 1),
                labels=labels,
                sizes=(("train", 20_000), ("validation", 2_000), ("test", test), ("held_out", 2_000)),
                scale=(1 / 255,),
                offset=(0.0,),
                group_feature="difference",
                group_names=("none", "small", "large"),
                marks=("centres",),
                title=title + coarse,
                question=asked,
            )


def _pairs(suffix, side, sizes):
    """The four tasks on pairs of digits. suffix: of their names. side: of a digit, in pixels."""
    return [
        Task(
            f"mnist_sharing_{name}{suffix}",
            f"mnist_sharing/{name}{suffix}",
            input_shape=(side, 2 * side, 1),
            labels=_DIGITS,
            sizes=tuple(zip(("train", "validation", "test", "held_out"), sizes, strict=True)),
            scale=(1 / 255,),
            offset=(0.0,),
            group_feature="inverted",
            group_names=("none", "left", "right"),
            title=f"Pairs of digits: {name}",
            question=question.text,
        )
        for name, question in QUESTIONS.items()
    ]


TASKS = {
    task.name: task
    for task in (
        Task(
            "max_min_digits",
            "max_min_mnist/digits",
            labels=_DIGITS,
            sizes=_EMBEDDED,
            title="Largest minus smallest, coarse digits",
            **_MAX_MIN,
        ),
        Task(
            "max_min_mnist",
            "max_min_mnist/mnist",
            labels=_DIGITS,
            sizes=_ORIGINAL,
            title="Largest minus smallest digit",
            **_MAX_MIN,
        ),
        Task(
            "max_min_mnist_64",
            "max_min_mnist/mnist_64",
            labels=_DIGITS,
            sizes=(("train", 40_000), ("validation", 16_000), ("test", 18_000), ("held_out", 4_000)),
            title="Largest minus smallest digit, large",
            **_MAX_MIN | {"input_shape": (64, 64, 1)},
        ),
        Task(
            "multi_scale_digits",
            "multi_scale_fashion/digits",
            labels=_DIGITS,
            sizes=_EMBEDDED,
            title="Digits, large and small",
            **_MULTI_SCALE,
        ),
        Task(
            "multi_scale_fashion",
            "multi_scale_fashion/fashion_mnist",
            labels=_GARMENTS,
            sizes=_ORIGINAL,
            title="Garments, large and small",
            **_MULTI_SCALE,
        ),
        Task(
            "transformed_digits",
            "transformed_objects/digits",
            labels=_DIGITS,
            sizes=_EMBEDDED,
            title="A coarse digit somewhere among waves",
            question="Which digit is somewhere on the picture?",
            **_TRANSFORMED,
        ),
        Task(
            "transformed_mnist",
            "transformed_objects/mnist",
            labels=_DIGITS,
            sizes=_ONCE,
            title="A digit somewhere among waves",
            question="Which digit is somewhere on the picture?",
            **_TRANSFORMED,
        ),
        Task(
            "transformed_fashion",
            "transformed_objects/fashion_mnist",
            labels=_GARMENTS,
            sizes=_ONCE,
            title="A garment somewhere",
            question="Which garment is somewhere on the picture?",
            **_TRANSFORMED,
        ),
        Task(
            "cifar10",
            "cifar10",
            **_PHOTOGRAPHS,
            sizes=(("train", 45_000), ("validation", 2_500), ("test", 10_000), ("held_out", 2_500)),
            within=(("validation", "train", 45_000), ("held_out", "train", 47_500)),
        ),
        Task(
            "cifar10_fifth",
            "cifar10",
            **_PHOTOGRAPHS,
            **_FIFTH,
        ),
        Task(
            "cifar100",
            "cifar100",
            input_shape=(32, 32, 3),
            labels=tuple(_CIFAR100),
            **_FIFTH,
            shift=4,
            mirror=True,
            title="Photographs of a hundred kinds",
            question="Which of a hundred things, animals and people is on the photograph?",
            **_normalised(_CIFAR100_MEAN, _CIFAR100_DEVIATION),
        ),
        Task(
            "svhn",
            "svhn_cropped",
            input_shape=(32, 32, 3),
            labels=_DIGITS,
            sizes=(("train", 58_606), ("validation", 27_000), ("test", 51_032), ("held_out", 12_651)),
            within=(("validation", "train", 58_606), ("held_out", "train", 68_606)),
            # Easier pictures, which the thesis adds alike to those that policies are fitted on and to the test set.
            joined=(("validation", "extra", 0, 17_000), ("held_out", "extra", 17_000, 8_000))
            + (("test", "extra", 25_000, 25_000),),
            shift=2,
            title="House numbers",
            question="Which digit is in the middle?",
            **_normalised(_SVHN_MEAN, _SVHN_DEVIATION),
        ),
        *_pairs("", 28, (2_000, 2_000, 10_000, 2_000)),
        *_pairs("_digits", 16, (2_000, 1_000, 1_000, 1_000)),
    )
}

TASKS |= {
    name: ManyTasks(
        name,
        tuple((question, TASKS[f"mnist_sharing_{question}{suffix}"]) for question in QUESTIONS),
        title=title,
        question="What is the sum, the difference, the larger or the smaller one of two digits?",
    )
    for name, suffix, title in (
        ("mnist_sharing", "", "Pairs of digits, four questions"),
        ("mnist_sharing_digits", "_digits", "Pairs of coarse digits, four questions"),
    )
}
TASKS |= {task.name: task for task in (*clevr.tasks(), *scene_tasks.things(), *scene_tasks.SCENES.values())}
TASKS |= {task.name: task for task in pair_tasks.pairs()}

TASKS |= {task.name: task for task in _two_digits()}
TASKS["correlated_regions"] = Task(
    "correlated_regions",
    "correlated_regions/four",
    input_shape=(91, 91, 10),
    labels=("abnormal", "normal"),
    sizes=(("train", 8_000), ("validation", 2_000), ("test", 8_000), ("held_out", 2_000)),
    scale=(1 / 128,) * 10,
    offset=(0.0,) * 10,
    marks=("centres",),
    title="A look-alike of brain scans: drawn, not measured",
    question="Are four regions in step?",
)

_SEVERAL = (
    coarse_and_fine(TASKS["cifar10"]),
    coarse_and_fine(TASKS["cifar100"]),
    data_sets(TASKS["cifar10"], _DIGITS, _GARMENTS),
)
TASKS |= {task.name: task for several in _SEVERAL for task in (*several.tasks, several)}


def get(name, progress=None):
    """Returns the `Task` called `name`, or of the pictures that it names (`pictures.name`).

    An unknown name is a ValueError that lists the known ones.

    progress: shows how far pictures have been decoded, which is done once (`PictureStore.prepare`); None shows nothing.
    """
    from keras_models.datasets import pictures  # which reads this module

    task = TASKS.get(name) or pictures.find(name, progress or pictures.silently)
    if task is None:
        raise ValueError(f"expected a task among {', '.join(TASKS)}, received {name!r}")
    return task
