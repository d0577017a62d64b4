"""Where a chain of stop-or-continue decisions ends: distribution over exits, expected reward, and its estimators.

EPNet (Dai, Kong and Guo, CIKM 2020), section 4.3. Exits are numbered from 0; the last one of N is forced, so there are
N - 1 decisions. `stop_logits` u are `[batch, N - 1]`, the probability of stopping is sigmoid(u).
"""

from __future__ import annotations

import math

from keras import ops


def log_exit_distribution(stop_logits):
    """Log-probability of leaving through each exit, `[batch, N]`, from stop logits `[batch, N - 1]`.

    log q_i = log sigmoid(u_i) + sum_{k<i} log sigmoid(-u_k): equations 3 and 4 of the paper, in log space so that the
    survival of the tenth exit does not underflow.
    """
    go_on = ops.cumsum(ops.log_sigmoid(-stop_logits), axis=-1)
    nothing = ops.zeros_like(stop_logits[:, :1])
    survival = ops.concatenate([nothing, go_on], axis=-1)
    stop = ops.concatenate([ops.log_sigmoid(stop_logits), nothing], axis=-1)
    return survival + stop


def exit_rewards(correct, costs, kappa):
    """Reward of each exit, `[batch, N]`: R_i = 1[right] - kappa * c_i (equation 1, per sample and as a fraction).

    correct: `[batch, N]`, 1 where the exit's answer is right. costs: `[N]`, in units of an average convolution.
    kappa: price of such a unit, as a fraction of a right answer; a number or `[batch, 1]`.
    """
    return correct - kappa * ops.expand_dims(costs, 0)


def price_weights(kappa, exponent, low, high):
    """Weight of each price in a loss over all prices, as `kappa` is shaped: kappa^-exponent, 1 in the mean.

    What a decision can gain grows with the price, so an unweighted loss is mostly about high ones; an exponent of 1
    makes all prices count alike. The mean is that over prices drawn log-uniformly from `low` to `high`:
    (low^-e - high^-e) / (e log(high / low)).
    """
    if not exponent or low == high:
        return ops.ones_like(kappa)
    mean = (low**-exponent - high**-exponent) / (exponent * math.log(high / low))
    return kappa**-exponent / mean


def expected_reward(stop_logits, rewards):
    """Mean reward of the stochastic policy per sample, `[batch]`: J = sum_i q_i R_i, exactly.

    Its gradient with respect to u_i is S_i p_i (1 - p_i) (R_i - V_{i+1}): equation 4 without sampling.
    """
    return ops.sum(ops.exp(log_exit_distribution(stop_logits)) * rewards, axis=-1)


def advantages(stop_logits, rewards):
    """What stopping earns more than going on, `[batch, N - 1]`: A_i = R_i - V_{i+1}; a constant to differentiation.

    V_i = p_i R_i + (1 - p_i) V_{i+1} is the expected reward from exit i on, and V_N = R_N.
    """
    p = ops.stop_gradient(ops.sigmoid(stop_logits))
    ahead, result = rewards[:, -1], []
    for i in reversed(range(p.shape[-1])):
        result.insert(0, rewards[:, i] - ahead)
        ahead = p[:, i] * rewards[:, i] + (1.0 - p[:, i]) * ahead
    return ops.stack(result, axis=1)


def decision_loss(stop_logits, rewards, floor=0.1):
    """Cost-sensitive logistic loss of the decisions, `[batch]`: sum_i s_i |A_i| log(1 + exp(-sign(A_i) u_i)).

    Its gradient, s_i |A_i| (p_i - 1[A_i > 0]), points where that of `expected_reward` does, but does not vanish with
    p (1 - p): a decision that is confident and wrong is unlearned. s_i = (S_i + floor) / (1 + floor), where S_i is the
    probability to get to exit i, lets exits learn that nobody reaches yet.
    """
    gain = advantages(stop_logits, rewards)
    survival = ops.exp(ops.cumsum(ops.log_sigmoid(-stop_logits), axis=-1))
    survival = ops.concatenate([ops.ones_like(survival[:, :1]), survival[:, :-1]], axis=-1)
    weight = ops.stop_gradient((survival + floor) / (1.0 + floor) * ops.abs(gain))
    return -ops.sum(weight * ops.log_sigmoid(ops.where(gain > 0, stop_logits, -stop_logits)), axis=-1)


def reinforce_objective(stop_logits, rewards, exits, baseline):
    """A function whose gradient is the REINFORCE estimate of that of `expected_reward`, `[batch]` (equation 2).

    exits: `[batch]` integers, drawn from the policy. baseline: subtracted from the reward; neither is differentiated.
    """
    drawn = ops.one_hot(exits, rewards.shape[-1], dtype=rewards.dtype)
    advantage = ops.stop_gradient(ops.sum(drawn * rewards, axis=-1) - baseline)
    return ops.sum(drawn * log_exit_distribution(stop_logits), axis=-1) * advantage


def first_exit(stop_probabilities, threshold=0.5):
    """First exit whose stop probability reaches the threshold, else the last one: `[batch]` integers.

    stop_probabilities: `[batch, N - 1]`. The deterministic rule that a device runs.
    """
    forced = ops.ones_like(stop_probabilities[:, :1], dtype="bool")
    return ops.argmax(ops.concatenate([stop_probabilities >= threshold, forced], axis=-1), axis=-1)
