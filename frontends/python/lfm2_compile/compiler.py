"""From a model to a program, in this process: compile()."""

import json
import os
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .errors import CompileWarning
from .module import describe
from .report import Report


@dataclass(frozen=True)
class Program:
    """What compile() left on disk.

    path:     the program: OUT.so, OUT.a, an executable, or another kind of `emit`.
    weights:  the file beside it with the weights; None where they are in it, or there are none.
    header:   the C header of a library, or None.
    report:   what was made; None of emit="asm", "llvm" and "mlir".
    notes:    what lfm2-compile prints when it succeeds, a line each.
    """
    path: str
    weights: str | None
    header: str | None
    report: Report | None
    notes: tuple[str, ...] = ()
    # Keeps the folder of a program that was given no name.
    _folder: Any = field(default=None, repr=False, compare=False)

    def load(self, **options: Any) -> Any:
        """The model, ready to run: lfm2_compile.load(path). For emit="shared"."""
        from . import load
        return load(self.path, **options)


# An output's name needs it where the compiler does not add it.
_ENDINGS = {"obj": ".o", "asm": ".s", "llvm": ".ll", "mlir": ".mlir", "gguf": ".gguf"}


def compile(model: Any, output: "str | os.PathLike[str] | None" = None, *,
            target: str | None = None, cpu: str | None = None, emit: str = "shared",
            quantize: "str | os.PathLike[str] | None" = None, quantize_effort: str | None = None,
            kv: str | None = None, context: int | None = None, chunk: int | None = None,
            weights: str | None = None, activations: str | None = None,
            lora: "str | os.PathLike[str] | Sequence[str | os.PathLike[str]]" = (),
            pre: str | None = None, chat_template: "str | os.PathLike[str] | None" = None,
            schema: "str | os.PathLike[str] | None" = None, grammar: "str | os.PathLike[str] | None" = None,
            calibrate: "str | os.PathLike[str] | None" = None,
            importance: "str | os.PathLike[str] | None" = None,
            save_importance: "str | os.PathLike[str] | None" = None,
            tuning: "str | os.PathLike[str] | None" = None, allow_nonfinite: bool = False,
            tokenizer: Any = None,
            progress: Callable[[str, float], None] | None = None) -> Program:
    """Compiles an LFM2 model to native code.

    model:     the path of a GGUF file, of a Hugging Face folder, or of a folder that has one below it; or
               a PyTorch module of transformers, whose weights are read where they are in memory: it must
               not be trained meanwhile. Weights that are not on the CPU, or not contiguous, are copied.
    tokenizer: of a module: its tokenizer (of transformers or of tokenizers), or the path of the folder
               that has one. Without it the program takes ids of tokens.
    output:    the file to write, as -o of lfm2-compile has it. Without it the program is written to a
               temporary folder, which is removed with the Program that is returned (a model that was
               loaded from it goes on).
    emit:      "shared" (default; what load() takes), "exe", "static", "obj", "asm", "llvm", "mlir", "gguf".
    progress:  called with the name of a stage and the part of it that is done, from 0 to 1, on this
               thread; an exception that it raises ends the compilation.

    The other options are those of lfm2-compile, with the same words: `lfm2-compile --help` lists them.
    `lora` is one adapter (PATH or PATH:SCALE) or several; `context` and `chunk` count tokens.

    Other threads run meanwhile; compilations of one process wait for each other. Ctrl-C ends the
    compilation at the next stage or the next MiB of weights. All outputs are written, or none.
    Raises CompileError; warns by CompileWarning.
    """
    live = None
    if not isinstance(model, (str, os.PathLike)):
        live = describe(model, tokenizer)
    elif tokenizer is not None:
        raise TypeError("expected tokenizer= with a PyTorch module, found it with a path, whose folder has its own; "
                        "leave it out")
    from . import _compiler
    words: dict[str, Any] = {
        "target": target, "cpu": cpu, "emit": emit, "quantize": quantize, "quantize-effort": quantize_effort,
        "kv": kv, "context": context, "chunk": chunk, "weights": weights, "activations": activations,
        "pre": pre, "chat-template": chat_template, "schema": schema, "grammar": grammar,
        "calibrate": calibrate, "importance": importance, "save-importance": save_importance,
        "tuning": tuning}
    pairs = [(name, _bytes(word, name)) for name, word in words.items() if word is not None]
    pairs += [("lora", _bytes(word, "lora")) for word in ([lora] if isinstance(lora, (str, os.PathLike)) else lora)]
    if allow_nonfinite:
        pairs.append(("allow-nonfinite", b"true"))
    folder = None
    if output is None:
        folder = tempfile.TemporaryDirectory(prefix="lfm2-")
        output = os.path.join(folder.name, "model" + _ENDINGS.get(emit, ""))
    place = _bytes(output, "output")
    if live:
        made = _compiler.compile_module(live.name, live.texts, live.tensors, place, pairs, progress)
    else:
        made = _compiler.compile(_bytes(model, "model"), place, pairs, progress)
    for line in made["warnings"]:
        warnings.warn(line, CompileWarning, stacklevel=2)
    return Program(path=os.fsdecode(made["output"]), weights=os.fsdecode(made["weights"]) or None,
                   header=os.fsdecode(made["header"]) or None,
                   report=Report.from_json(json.loads(made["report"])) if made["report"] else None,
                   notes=tuple(made["notes"]), _folder=folder)


def _bytes(word: Any, name: str) -> bytes:
    """A path, a word or a number as the compiler gets it."""
    if isinstance(word, int) and not isinstance(word, bool):
        word = str(word)
    if not isinstance(word, (str, os.PathLike)):
        raise TypeError(f"expected {name} as a text or a path, found {type(word).__name__}")
    made = os.fsencode(word)
    if b"\0" in made:
        raise ValueError(f"expected {name} without a zero byte, found {word!r}")
    return made
