"""What a conversion is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from tools.console import UserError

MODES = ("float32", "float16", "dynamic", "int8")


@dataclass(frozen=True)
class ConversionOptions:
    """Options of a conversion.

    Attributes:
        quantize: weights and activations, one of `MODES`.
        policy: who decides, by name (`keras_models.policies.names`).
        exits: "all", "auto" (those that pay for themselves), or numbers such as "3,6,9".
        cost: what policy and operating points save, one of `part_prices.CHOICES`.
        minimise: the cost that is made small, one of `operating_points.MEASURES`.
        layout: "parts", a file each, or "single".
        calibration_images: how many.
        qat: epochs of quantization-aware training; 0 is none.
        prune: share of the weights to make zero; 0 is none.
        prune_epochs, cluster_epochs: of that training.
        cluster: different weights in a channel; 0 is no clustering.
        refit: whether what decides may be fitted again on the quantized chain.
        seed: of the choice of images, and of training.
    """

    quantize: str = "int8"
    policy: str = "own"
    exits: str = "auto"
    cost: str = "macs"
    minimise: str = "mean"
    layout: str = "parts"
    calibration_images: int = 256
    qat: int = 0
    prune: float = 0.0
    prune_epochs: int = 4
    cluster: int = 0
    cluster_epochs: int = 1
    refit: bool = True
    seed: int = 0

    def validate(self) -> None:
        """Fail fast on options that contradict each other.

        Raises:
            UserError: it says what was expected.
        """
        if self.calibration_images < 2:
            raise UserError(f"expected at least 2 calibration images, received {self.calibration_images}")
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
        for name, least in (("qat", 0), ("prune_epochs", 1), ("cluster_epochs", 1)):
            if getattr(self, name) < least:
                option = f"--{name.replace('_', '-')}"
                raise UserError(f"expected {option} of at least {least}, received {getattr(self, name)}")
