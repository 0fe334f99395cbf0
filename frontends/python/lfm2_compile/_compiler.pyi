from collections.abc import Callable
from typing import TypedDict

from typing_extensions import Buffer

class Made(TypedDict):
    output: bytes
    header: bytes
    weights: bytes
    report: str
    notes: list[str]
    warnings: list[str]

Words = list[tuple[str, bytes]]
Progress = Callable[[str, float], None] | None

def version() -> str: ...
def compile(model: bytes, output: bytes, words: Words, progress: Progress) -> Made: ...
def compile_module(name: str, texts: dict[str, bytes], tensors: list[tuple[str, str, list[int], Buffer]],
                   output: bytes, words: Words, progress: Progress) -> Made: ...
