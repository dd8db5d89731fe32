"""Tensors of the Open Inference Protocol, in JSON or as bytes behind it: strings each behind their length, numbers one
after the other, both little-endian."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.api.errors import of_fields

LENGTH_BYTES = 4


@dataclass(slots=True, frozen=True)
class Tensor:
    """Of strings, or of numbers of 32 bits, row by row."""

    name: str
    shape: list[int]
    data: Sequence[str] | Sequence[float]

    def as_json(self) -> dict[str, Any]:
        datatype = "BYTES" if self.data and isinstance(self.data[0], str) else "FP32"
        return {"name": self.name, "shape": self.shape, "datatype": datatype}

    def as_bytes(self) -> bytes:
        if self.data and isinstance(self.data[0], str):
            texts = [str(text).encode("utf-8", "replace") for text in self.data]
            return b"".join([len(text).to_bytes(LENGTH_BYTES, "little") + text for text in texts])
        return struct.pack(f"<{len(self.data)}f", *self.data)


def strings(binary: bytes) -> list[str]:
    """The elements of a tensor of strings. Raises Problem."""
    found: list[str] = []
    at = 0
    while at < len(binary):
        begin = at + LENGTH_BYTES
        at = begin + int.from_bytes(binary[at:begin], "little")
        if begin > len(binary) or at > len(binary):
            raise of_fields([("inputs.0", f"Element {len(found) + 1} is longer than the bytes that follow")])
        try:
            found.append(binary[begin:at].decode("utf-8"))
        except UnicodeDecodeError as error:
            raise of_fields([("inputs.0", f"Element {len(found) + 1} is no valid UTF-8")]) from error
    return found


def body_of(head: dict[str, Any], tensors: Sequence[tuple[Tensor, bool]]) -> tuple[bytes, int | None]:
    """An answer with these outputs, each as bytes or not; and how long its JSON is, where bytes follow."""
    outputs: list[dict[str, Any]] = []
    parts: list[bytes] = []
    for tensor, as_bytes in tensors:
        if as_bytes:
            parts.append(tensor.as_bytes())
            outputs.append({**tensor.as_json(), "parameters": {"binary_data_size": len(parts[-1])}})
        else:
            outputs.append({**tensor.as_json(), "data": list(tensor.data)})
    content = json.dumps({**head, "outputs": outputs}, ensure_ascii=False).encode("utf-8", "replace")
    return content + b"".join(parts), len(content) if parts else None
