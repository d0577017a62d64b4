"""Opens, allocates and runs TFLite files from standard input, for tests that a crash of the library must not reach.

`python -m tests.tflite.bundle.open_parts` reads frames of a length (4 bytes, little-endian) and that many bytes, and
answers each with one line: what TFLite said, or nothing.
"""

import struct
import sys

import numpy as np
from ai_edge_litert.interpreter import Interpreter


def attempt(content):
    """Runs every signature on zeros; gives the error of TFLite, if any."""
    try:
        interpreter = Interpreter(model_content=content, num_threads=1)
        for key in interpreter.get_signature_list():
            runner = interpreter.get_signature_runner(key)
            details = runner.get_input_details()
            runner(**{name: np.zeros(detail["shape"], detail["dtype"]) for name, detail in details.items()})
    except (ValueError, RuntimeError) as error:
        return " ".join(str(error).split())
    return ""


def main():
    while header := sys.stdin.buffer.read(4):
        content = sys.stdin.buffer.read(struct.unpack("<I", header)[0])
        sys.stdout.write(attempt(content) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
