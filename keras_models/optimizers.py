"""The learning rate schedule, and optimizers beyond Keras's own."""

from __future__ import annotations

import math

import keras
from keras import ops


@keras.saving.register_keras_serializable("frugal")
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """Linear rise to `peak` over the first part of the steps, then a half cosine down to nothing.

    (Smith and Topin 2019, "Super-convergence", with cosine annealing.)
    """

    def __init__(self, peak, steps, rise=0.2):
        if steps < 1:
            raise ValueError(f"expected at least one step, received {steps}")
        self.peak, self.steps, self.rise = peak, steps, rise

    def __call__(self, step):
        done = ops.cast(step, "float32") / self.steps
        up = done / self.rise
        down = 0.5 * (1.0 + ops.cos(math.pi * ops.minimum(1.0, (done - self.rise) / (1.0 - self.rise))))
        return self.peak * ops.where(done < self.rise, ops.maximum(up, 1.0 / self.steps), down)

    def get_config(self):
        return {"peak": self.peak, "steps": self.steps, "rise": self.rise}


@keras.saving.register_keras_serializable("frugal")
class Muon(keras.optimizers.SGD):
    """SGD with momentum, whose steps for convolutions turn all directions of the kernel by about as much.

    The momentum of a kernel, as a matrix `[height * width * channels, filters]`, is replaced by the nearest matrix with
    orthogonal rows or columns (Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks"): without
    that, few directions get nearly all of a step. The step is `learning_rate` times as long as the kernel, which keeps
    its length: behind a batch normalisation the direction is all that counts. Everything else is trained by SGD.

    Five steps of Newton and Schulz make it, matrix products alone, so a small batch pays for them with time.
    """

    def update_step(self, gradient, variable, learning_rate):
        """One variable's step. Keras calls it."""
        if len(variable.shape) != 4:
            super().update_step(gradient, variable, learning_rate)
            return
        direction = gradient
        if self.momentum:
            velocity = self.momentums[self._get_variable_index(variable)]
            self.assign(velocity, self.momentum * velocity + gradient)
            direction = self.momentum * velocity + gradient if self.nesterov else velocity
        direction = _unit(_orthogonal(ops.reshape(direction, (-1, variable.shape[-1]))))
        length = _length(variable)
        moved = variable - learning_rate * length * ops.reshape(direction, variable.shape)
        self.assign(variable, length * _unit(moved))


class _Rated:
    """An optimizer in which every variable has a share of the learning rate; weight decay has all of it.

    Args:
        rates: shares, in the order of the variables that it is built with.
        options: of Keras's optimizer.
    """

    def __init__(self, rates, **options):
        super().__init__(**options)
        self.rates = list(rates)

    def update_step(self, gradient, variable, learning_rate):
        """One variable's step. Keras calls it."""
        super().update_step(gradient, variable, learning_rate * self.rates[self._get_variable_index(variable)])

    def get_config(self):
        return super().get_config() | {"rates": self.rates}


@keras.saving.register_keras_serializable("frugal")
class RatedSGD(_Rated, keras.optimizers.SGD):
    """SGD with rates of the variables' own (`_Rated`)."""


@keras.saving.register_keras_serializable("frugal")
class RatedAdamW(_Rated, keras.optimizers.AdamW):
    """AdamW with rates of the variables' own (`_Rated`)."""


@keras.saving.register_keras_serializable("frugal")
class LookaheadSGD(RatedSGD):
    """SGD whose weights are drawn every five steps to slow ones, which follow them ever more slowly.

    Zhang, Lucas, Hinton and Ba, "Lookahead optimizer: k steps forward, 1 step back", NeurIPS 2019, with the schedule of
    Jordan 2024 (airbench): at step t of T the slow weights keep 0.95^5 (t / T)^3 of what they are, so that the training
    ends with an average of its last stretch.

    Args:
        rates: shares, in the order of the variables that it is built with.
        steps: T, of the whole training.
        options: of Keras's optimizer.
    """

    EVERY, KEPT = 5, 0.95**5

    def __init__(self, rates, steps, **options):
        super().__init__(rates, **options)
        self.steps = int(steps)

    def build(self, variables):
        """Make the slow weights, which begin where the others are when they first meet."""
        super().build(variables)
        self.slow = [self.add_variable_from_reference(variable, name="slow") for variable in variables]

    def apply(self, grads, trainable_variables=None):
        """One step of all variables. Keras calls it."""
        iteration = super().apply(grads, trainable_variables)
        done = ops.cast(self.iterations, "float32")
        meets = ops.logical_or(self.iterations % self.EVERY == 0, self.iterations == self.steps)
        kept = self.KEPT * ops.power(done / self.steps, 3) * ops.cast(self.iterations > self.EVERY, "float32")
        for slow, variable in zip(self.slow, self._trainable_variables, strict=True):
            mean = kept * slow + (1 - kept) * variable
            self.assign(slow, ops.where(meets, mean, slow))
            self.assign(variable, ops.where(meets, mean, variable))
        return iteration

    def get_config(self):
        return super().get_config() | {"steps": self.steps}


def _length(tensor):
    return ops.norm(ops.reshape(tensor, (-1,)))


def _unit(tensor):
    return tensor / (_length(tensor) + 1e-12)


def _orthogonal(matrix):
    """Nearly the matrix with its singular values all at 1: they come between 0.68 and 1.14."""
    tall = matrix.shape[0] > matrix.shape[1]
    x = _unit(ops.transpose(matrix) if tall else matrix)
    for _ in range(5):
        square = x @ ops.transpose(x)
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * (square @ square)) @ x  # coefficients of Jordan et al.
    return ops.transpose(x) if tall else x


def milestone_schedule(rate, steps: int, milestones) -> keras.optimizers.schedules.PiecewiseConstantDecay:
    """`rate`, and a tenth of the rate before from each milestone on, a share of the steps."""
    boundaries = [round(share * steps) - 1 for share in milestones]  # the last step before
    values = [rate / 10**k for k in range(len(boundaries) + 1)]
    return keras.optimizers.schedules.PiecewiseConstantDecay(boundaries, values)


def momentum_sgd(settings, steps: int, rates=None) -> keras.optimizers.Optimizer:
    """SGD with Nesterov momentum, or `Muon`, by one cycle or by milestones, from a stage's settings.

    Args:
        settings: with `peak_learning_rate`, `weight_decay` (None: none) and `optimizer` ("sgd" or "muon"); perhaps
            with `milestones`, rising shares of the steps, behind each of which the rate is a tenth of what it was, and
            with `lookahead`, for `LookaheadSGD`, which needs rates.
        steps: of the whole stage.
        rates: shares of the learning rate that the variables have, for SGD alone (`RatedSGD`); None: all of it.
    """
    peak, milestones = settings["peak_learning_rate"], settings.get("milestones")
    schedule = milestone_schedule(peak, steps, milestones) if milestones else OneCycle(peak, steps)
    options = {"learning_rate": schedule, "momentum": 0.9, "nesterov": True, "weight_decay": settings["weight_decay"]}
    if settings.get("lookahead"):
        return LookaheadSGD(rates, steps, **options)
    if rates is not None:
        return RatedSGD(rates, **options)
    return (Muon if settings["optimizer"] == "muon" else keras.optimizers.SGD)(**options)


def adam(settings, steps: int) -> keras.optimizers.Optimizer:
    """AdamW by one cycle of the learning rate, from `peak_learning_rate` and `weight_decay` (None: none).

    steps: of the whole stage.
    """
    schedule = OneCycle(settings["peak_learning_rate"], steps)
    return keras.optimizers.AdamW(schedule, weight_decay=settings["weight_decay"] or 0.0)
