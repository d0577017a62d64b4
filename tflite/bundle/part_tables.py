"""Reads a TFLite file as a tree of tables without trusting a byte of it; nothing of TensorFlow is needed.

A flatbuffer's tables are reached through offsets. Each one is followed only after table, vtable, vector or string was
seen to lie inside the file, aligned, and of a kind that `TABLES` knows; a field that stands in no table here is
refused, because nobody would have looked behind its offset. What a file says twice by two offsets is read twice, and
counts twice: the work is bounded by the file's size.
"""

from __future__ import annotations

import struct
from typing import Any

IDENTIFIER = b"TFL3"
MOST_BYTES = (1 << 31) - 1
# Table -> its fields in their order, as name:kind. A kind is b (one byte, unsigned), i (int32), I (uint32), f
# (float32), s (string, UTF-8), B (a vector of bytes), *i, *f, *l (vectors of int32, float32, int64), the name of a
# table, * and a name (a vector of tables), u (a table of a union, read by who knows which), e (a vector that has to be
# empty) or - (absent).
_TABLES = """
Model version:I operator_codes:*OperatorCode subgraphs:*SubGraph description:s buffers:*Buffer metadata_buffer:*i
    metadata:*Metadata signature_defs:*SignatureDef
OperatorCode deprecated_builtin_code:b custom_code:- version:i builtin_code:i
SubGraph tensors:*Tensor inputs:*i outputs:*i operators:*Operator name:s debug_metadata_index:i
Tensor shape:*i type:b buffer:I name:s quantization:Quantization is_variable:- sparsity:- shape_signature:*i has_rank:b
    variant_tensors:-
Quantization min:*f max:*f scale:*f zero_point:*l details_type:- details:- quantized_dimension:i
Operator opcode_index:I inputs:*i outputs:*i builtin_options_type:b builtin_options:u custom_options:e
    custom_options_format:- mutating_variable_inputs:e intermediates:e large_custom_options_offset:-
    large_custom_options_size:- builtin_options_2_type:- builtin_options_2:- debug_metadata_index:i
Buffer data:B offset:- size:-
Metadata name:s buffer:I
SignatureDef inputs:*TensorMap outputs:*TensorMap signature_key:s deprecated_tag:- subgraph_index:I
TensorMap name:s tensor_index:I
"""
_WIDTHS = {"s": 1, "B": 1, "e": 1, "i": 4, "f": 4, "l": 8}  # of a vector's elements
_OFFSET = struct.Struct("<I")
_SCALARS = {"i": struct.Struct("<i"), "I": _OFFSET, "f": struct.Struct("<f")}


def _parse(text):
    tables, current = {}, ""
    for word in text.split():
        name, _, kind = word.partition(":")
        current = current if kind else name
        tables[current] = (*tables[current], (name, kind)) if kind else ()
    return tables


TABLES: dict[str, tuple[tuple[str, str], ...]] = _parse(_TABLES)


class Damaged(Exception):
    """A file is no part; the text says what was expected and received, and where."""

    def __init__(self, where: str, expected: str, received: object):
        super().__init__(f"expected {expected} as {where}, received {received}")


def expect(holds: bool, where: str, expected: str, received: object) -> None:
    """Raises Damaged unless something holds."""
    if not holds:
        raise Damaged(where, expected, received)


class Reader:
    """Reads tables of one file.

    Args:
        content: the file.

    Raises:
        Damaged: here and in every method, where a byte is not what it should be.
    """

    def __init__(self, content: bytes):
        self.size = len(content)
        if self.size > MOST_BYTES or self.size < 8:
            raise Damaged("model", f"8 to {MOST_BYTES} bytes", self.size)
        if content[4:8] != IDENTIFIER:
            raise Damaged("model", "a TFLite file (TFL3 at byte 4)", f"the bytes {bytes(content[4:8]).hex()}")
        self._content, self._left = content, self.size
        self._layouts = {}

    def root(self) -> dict[str, Any]:
        """Reads the whole file: a table is a dict from field to value, without the absent ones."""
        return self.table(self._number(0), "Model", "model")

    def table(self, position: int, kind: str | tuple, where: str) -> dict[str, Any]:
        """Reads a table and everything behind it.

        Args:
            position: where it begins.
            kind: a name of `TABLES`, or (field name, kind) pairs such as those of one.
            where: its path, for the error.
        """
        self._spend(1, where)
        layout = self._layout(position, kind, where)
        return {name: self._field(position + offset, code, f"{where}.{name}") for name, code, offset in layout}

    def numbers(self, begin: int, count: int, width: int) -> tuple[int, ...]:
        """Reads whole numbers of 4 or 8 bytes in data that were checked to lie inside."""
        return struct.unpack_from(f"<{count}{'q' if width == 8 else 'i'}", self._content, begin)

    def _spend(self, count, where):
        self._left -= count
        if self._left < 0:
            raise Damaged(where, f"at most {self.size} tables and elements, as many as bytes", "more")

    def _number(self, position):
        return _OFFSET.unpack_from(self._content, position)[0]

    def _layout(self, position, kind, where):
        """The present fields of a table as (name, kind, offset)."""
        if position % 4 or position > self.size - 4:
            raise Damaged(where, f"a table inside of {self.size} bytes, at a multiple of 4", f"one at byte {position}")
        vtable = position - _SCALARS["i"].unpack_from(self._content, position)[0]
        if (vtable, kind) not in self._layouts:
            self._layouts[vtable, kind] = self._read_layout(vtable, kind, where)
        size, layout = self._layouts[vtable, kind]
        if position + size > self.size:
            raise Damaged(where, f"a table inside of {self.size} bytes", f"one up to byte {position + size}")
        return layout

    def _read_layout(self, vtable, kind, where):
        """Size of a table, and its present fields; a vtable ends at the last field that any table of it has."""
        if vtable % 2 or not 0 <= vtable <= self.size - 4:
            raise Damaged(where, f"a vtable inside of {self.size} bytes, at a multiple of 2", f"one at byte {vtable}")
        fields, layout = TABLES[kind] if isinstance(kind, str) else kind, []
        length, size = struct.unpack_from("<HH", self._content, vtable)
        longest = 4 + 2 * len(fields)
        if length < 4 or length % 2 or length > longest or vtable + length > self.size or size < 4:
            raise Damaged(where, f"a vtable of 4 to {longest} bytes", f"one of {length} for a table of {size}")
        offsets = struct.unpack_from(f"<{(length - 4) // 2}H", self._content, vtable + 4)
        for (name, code), offset in zip(fields, offsets, strict=False):
            width = 1 if code == "b" else 4
            if offset and code == "-":
                raise Damaged(f"{where}.{name}", "nothing", "a value")
            if offset and (offset < 4 or offset + width > size or offset % width):
                raise Damaged(f"{where}.{name}", f"a field inside of its table of {size} bytes", f"one at {offset}")
            if offset:
                layout.append((name, code, offset))
        return size, layout

    def _field(self, position, code, where):
        if code == "b":
            return self._content[position]
        if code in _SCALARS:
            return _SCALARS[code].unpack_from(self._content, position)[0]
        target = self._target(position, where)
        if code == "u":
            return target
        if code in TABLES:
            return self.table(target, code, where)
        return self._vector(target, code, where)

    def _target(self, position, where):
        """Where an offset leads to, which is never back to itself."""
        offset = self._number(position)
        if not offset:
            raise Damaged(where, "an offset above 0", offset)
        return position + offset

    def _vector(self, position, code, where):
        """A string as text, bytes as (position, count), numbers as a tuple, tables as a list."""
        if position % 4 or position > self.size - 4:
            raise Damaged(where, f"a vector inside of {self.size} bytes, at a multiple of 4", f"one at byte {position}")
        count, begin, element = self._number(position), position + 4, code.lstrip("*")
        if begin + count * _WIDTHS.get(element, 4) + (code == "s") > self.size:
            raise Damaged(where, f"a vector inside of {self.size} bytes", f"one of {count} elements at byte {position}")
        if code == "B":
            return begin, count
        if code == "e":
            if count:
                raise Damaged(where, "nothing", f"{count} elements")
            return ()
        self._spend(count, where)
        if code == "s":
            return self._text(begin, count, where)
        if element in TABLES:
            places = ((begin + 4 * i, f"{where}[{i}]") for i in range(count))
            return [self.table(self._target(place, which), element, which) for place, which in places]
        if element == "l" and begin % 8:
            raise Damaged(where, "numbers at a multiple of 8", f"some at byte {begin}")
        return struct.unpack_from(f"<{count}{'q' if element == 'l' else element}", self._content, begin)

    def _text(self, begin, count, where):
        try:
            if self._content[begin + count] == 0:
                return bytes(self._content[begin : begin + count]).decode()
        except UnicodeDecodeError:
            pass
        raise Damaged(where, "a string in UTF-8 that ends in a zero", "another")
