"""What a conversion is asked for."""

from dataclasses import dataclass

from keras_models.policies import names
from tools.console import UserError
from tools.options import check_least, option
from tools.pipeline import part_prices

MODES = ("float32", "float16", "dynamic", "int8")
USUAL = "(default: %(default)s)"


@dataclass(frozen=True)
class ConversionOptions:
    """Options of a conversion, as `tools/convert.py --help` describes them; a number of 0 leaves a step out.

    refit: whether what decides may be fitted again on the quantized chain.
    """

    quantize: str = option("int8", f"weights and activations {USUAL}", choices=MODES)
    int16: str = option(
        "",
        "parts with activations of 16 bits over weights of 8 (16x8) in an int8 chain, by name or pattern, or all: "
        "'trunk_1,gate_*'. It pays where decisions must stay those of float and weights be as small as in int8: on the "
        "digits' EPNet a trunk of 16 bits moves 3%% of the images to other exits, one of int8 12%%. It costs time, for "
        "CPUs have plain kernels only: 46 times as long as int8 there, so name few or small parts. A head or gate that "
        "is kept in float32 becomes integer and smaller, and less exact: its weights have 8 bits "
        "(default: none)",
        metavar="PART[,PART...]",
    )
    policy: str = option(names.OWN, names.HELP, metavar="POLICY")
    exits: str = option(
        "auto",
        "exits to keep: all, those that pay for themselves (auto, the default), or numbers such as 3,6,9",
        metavar="{all,auto,LIST}",
    )
    cost: str = option(
        "macs", f"what policy and operating points save: {part_prices.HELP}", choices=part_prices.CHOICES
    )
    minimise: str = option(
        "mean",
        "the cost that operating points, and the exits that are kept, make small: the mean image's (default), or "
        "that of the median image, which lets half of the images leave early at the price of the mean",
        choices=("mean", "p50"),
    )
    layout: str = option("parts", "a file a part (default), or one for all", choices=("parts", "single"))
    calibration_images: int = option(256, USUAL, metavar="N")
    qat: int = option(
        0,
        "quantization-aware training of the whole chain before int8, so many passes over the training images "
        "(default: none; an interrupted one goes on)",
        metavar="EPOCHS",
    )
    prune: float = option(0.0, "share of weights to make zero, such as 0.5", metavar="SPARSITY")
    prune_epochs: int = option(4, USUAL, metavar="EPOCHS")
    cluster: int = option(0, "different weights in a channel, such as 16 (no --qat)", metavar="N")
    cluster_epochs: int = option(1, USUAL, metavar="EPOCHS")
    refit: bool = True
    seed: int = option(0, f"of the choice of images, and of training {USUAL}")

    def validate(self) -> None:
        """Fail fast on options that contradict each other: raises UserError."""
        if self.calibration_images < 2:
            raise UserError(f"expected at least 2 calibration images, received {self.calibration_images}")
        if self.int16 and self.quantize != "int8":
            raise UserError(f"--int16 expects --quantize int8, received {self.quantize}")
        if self.int16 and self.qat:
            raise UserError("expected --int16 or --qat, received both: training rounds all activations to 8 bits")
        if self.qat and self.quantize != "int8":
            raise UserError(f"--qat expects --quantize int8, received {self.quantize}")
        if (self.prune or self.cluster) and self.quantize not in ("int8", "float32"):
            raise UserError(f"--prune and --cluster expect --quantize int8 or float32, received {self.quantize}")
        if self.qat and self.cluster:
            raise UserError("expected --qat or --cluster, received both: training would pull the clusters apart")
        if not 0 <= self.prune < 1:
            raise UserError(f"expected --prune from 0 to below 1, received {self.prune:g}")
        if self.cluster and self.cluster < 2:
            raise UserError(f"expected --cluster of at least 2, received {self.cluster}")
        check_least(self, qat=0, prune_epochs=1, cluster_epochs=1, seed=0)
