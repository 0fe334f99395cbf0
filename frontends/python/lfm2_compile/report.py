"""What a compilation made, as lfm2-compile --report writes it.

Fields have the names of the JSON; README.md of the project says what is in them.
A field that is added to the JSON is in `Report.json` before it is one here.
"""

import dataclasses
import types
import typing
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Stage:
    """A stage of the compiler: its wall time."""
    stage: str
    ms: float
    cpu: str | None = None  # Where code is made for several.


@dataclass(frozen=True)
class Entry:
    """The code of one step of so many tokens."""
    tokens: int
    scratch_bytes: int
    near_bytes: int = 0
    dispatches: int | None = None


@dataclass(frozen=True)
class Cpu:
    """A CPU or device that there is code for, the best first."""
    name: str
    features: list[str]
    dot: str
    vector_bits: int
    lanes: int
    entries: list[Entry]


@dataclass(frozen=True)
class Layer:
    kind: str  # "conv" or "attention"
    ffn: int  # Width of its feed-forward network, or of one expert.
    kv_heads: int | None = None
    experts: int | None = None
    experts_used: int | None = None


@dataclass(frozen=True)
class Output:
    """A row of `width` floats for each of the tokens, or of the texts."""
    name: str
    for_each_of: str
    width: int
    pooling: str | None = None


@dataclass(frozen=True)
class Adapter:
    """A LoRA adapter that was merged."""
    name: str
    kind: str
    scale: float
    weights: int


@dataclass(frozen=True)
class Quantized:
    """A tensor that was given another format. Errors are root mean squares,
    relative to those of the tensor; the weighted one goes by importance."""
    tensor: str
    format: str
    bytes: int
    error: float
    weighted_error: float | None = None


@dataclass(frozen=True)
class Report:
    """Of a program all fields are there; of emit="gguf" those of the model's name,
    weights, stages and errors."""
    model: str
    quantize: str  # "keep", a preset, or the path of a recipe.
    weights_bytes: int  # As packed.
    stages: list[Stage]
    total_ms: float
    compiler_peak_rss_bytes: int  # Of this process.
    quantized: list[Quantized] = field(default_factory=list)
    architecture: str | None = None
    target: str | None = None
    cpus: list[Cpu] = field(default_factory=list)
    causal: bool | None = None
    hidden: int | None = None
    vocab: int | None = None
    layers: list[Layer] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    adapters: list[Adapter] = field(default_factory=list)
    activations: str | None = None
    kv: str | None = None  # None where no cache outlives a step.
    context_max: int | None = None  # In tokens, as are the next.
    context_of_model: int | None = None
    program_bytes: int | None = None  # Of code, without weights.
    archive_bytes: int | None = None  # Of weights, tokenizer and description.
    decode_bytes: int | None = None  # Of weights that one token reads.
    scratch_bytes: int | None = None
    state_fixed_bytes: int | None = None
    state_bytes_per_token: int | None = None
    weight_bytes_by_format: dict[str, int] = field(default_factory=dict)
    weight_bytes_by_group: dict[str, dict[str, int]] = field(default_factory=dict)
    compiler: str | None = None
    identity: str | None = None  # Ties a program to its weights.
    weights_hash: str | None = None
    json: dict[str, Any] = field(default_factory=dict, repr=False)  # All there is.

    @staticmethod
    def from_json(value: dict[str, Any]) -> "Report":
        return dataclasses.replace(_build(Report, {**value, "json": {}}), json=value)


def _build(kind: Any, value: Any) -> Any:
    """`value` out of JSON, as an object of the type `kind`."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is types.UnionType:
        return None if value is None else _build(arguments[0], value)
    if origin is list:
        return [_build(arguments[0], item) for item in value]
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return kind(**{name: _build(hint, value[name]) for name, hint in hints.items() if name in value})
    return float(value) if kind is float else value
