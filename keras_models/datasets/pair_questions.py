"""What MNIST-sharing asks of a pair of digits (FishNet: X. Dai, WPI 2022, section 5.4.1); nothing heavy is imported."""

from collections.abc import Callable
from typing import NamedTuple


class Question(NamedTuple):
    """What is asked of a pair: its answer from the two digits, whether one of them is inverted, and the question."""

    answer: Callable[[int, int], int]
    inverted: bool
    text: str


QUESTIONS = {
    "addition": Question(lambda a, b: (a + b) % 10, False, "What is the last digit of the sum of the two digits?"),
    "difference": Question(lambda a, b: abs(a - b), True, "What is the difference of the two digits?"),
    "larger": Question(max, False, "Which is the larger one of the two digits?"),
    "smaller": Question(min, True, "Which is the smaller one of the two digits?"),
}
