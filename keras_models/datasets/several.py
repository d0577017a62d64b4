"""Several tasks for one network: coarse and fine labels of the same pictures, and data sets of other sizes in one form.

The first is scenario M3 of Ahn, Kim and Oh, "Deep Elastic Networks", ICCV 2019; the second a smaller one like its M1.
"""

from __future__ import annotations

import dataclasses

from keras_models.datasets.many_tasks import ManyTasks
from keras_models.datasets.recast import Recast
from keras_models.datasets.task import Task

ANIMALS = ("bird", "cat", "deer", "dog", "frog", "horse")
VEHICLES = ("airplane", "automobile", "ship", "truck")
SUPERCLASSES = {  # of CIFAR-100, as its authors have them
    "aquatic_mammals": "beaver dolphin otter seal whale",
    "fish": "aquarium_fish flatfish ray shark trout",
    "flowers": "orchid poppy rose sunflower tulip",
    "food_containers": "bottle bowl can cup plate",
    "fruit_and_vegetables": "apple mushroom orange pear sweet_pepper",
    "household_electrical_devices": "clock keyboard lamp telephone television",
    "household_furniture": "bed chair couch table wardrobe",
    "insects": "bee beetle butterfly caterpillar cockroach",
    "large_carnivores": "bear leopard lion tiger wolf",
    "large_man-made_outdoor_things": "bridge castle house road skyscraper",
    "large_natural_outdoor_scenes": "cloud forest mountain plain sea",
    "large_omnivores_and_herbivores": "camel cattle chimpanzee elephant kangaroo",
    "medium_mammals": "fox porcupine possum raccoon skunk",
    "non-insect_invertebrates": "crab lobster snail spider worm",
    "people": "baby boy girl man woman",
    "reptiles": "crocodile dinosaur lizard snake turtle",
    "small_mammals": "hamster mouse rabbit shrew squirrel",
    "trees": "maple_tree oak_tree palm_tree pine_tree willow_tree",
    "vehicles_1": "bicycle bus motorcycle pickup_truck train",
    "vehicles_2": "lawn_mower rocket streetcar tank tractor",
}
COARSE = {
    "cifar10": {"animal": ANIMALS, "vehicle": VEHICLES},
    "cifar100": {name: tuple(fine.split()) for name, fine in SUPERCLASSES.items()},
}
_GREY = {  # of 60,000 grey pictures that could be trained on, as many as there are photographs
    "sizes": (("train", 45_000), ("validation", 2_500), ("test", 10_000), ("held_out", 2_500)),
    "within": (("validation", "train", 45_000), ("held_out", "train", 47_500)),
    "frame": (28, 28, 1),
    "shift": 2,
    "mirror": False,
}


def coarse_and_fine(task: Task) -> ManyTasks:
    """What kind of thing it is and which one, asked of the same photographs. task: of CIFAR-10 or CIFAR-100."""
    kinds = COARSE[task.name]
    own = {field.name: getattr(task, field.name) for field in dataclasses.fields(Task)}
    own |= {"name": f"{task.name}_coarse", "labels": tuple(kinds), "question": "Which kind of thing is it?"}
    coarse = Recast(**own, groups=tuple(kinds.values()), fine=task.labels)
    title = f"{task.title}, coarse and fine"
    question = "What kind of thing is on the photograph, or which one?"
    return ManyTasks(f"{task.name}_coarse_fine", (("coarse", coarse), ("fine", task)), title, question)


def data_sets(photographs: Task, digits, garments) -> ManyTasks:
    """MNIST, CIFAR-10 and Fashion-MNIST in the form of the photographs. digits, garments: names of their labels."""
    form = {name: getattr(photographs, name) for name in ("input_shape", "scale", "offset")}
    grey = form | _GREY | {"title": "Grey pictures in the form of photographs"}
    asked = "Which digit is it?", "Which garment is it?"
    members = (
        ("digit", Recast("mnist_framed", "mnist", labels=digits, question=asked[0], **grey)),
        ("photograph", photographs),
        ("garment", Recast("fashion_mnist_framed", "fashion_mnist", labels=garments, question=asked[1], **grey)),
    )
    title, question = "Digits, photographs and garments", "Which digit, thing or garment is on the picture?"
    return ManyTasks("mnist_cifar10_fashion", members, title, question)
