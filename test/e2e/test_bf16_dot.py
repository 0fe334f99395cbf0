"""The way BF16 weights go on CPUs with a dot product of bf16 pairs, on any CPU:
the module is tiled for one that has it and lowered for one that has not, where
the pairs are f32 arithmetic."""

import pytest

from conftest import prompt, relative_error, run

CPU = "--cpu=haswell"


def compile_with_pairs(build, source):
    """The executable of a module whose facts say, while it is tiled, that there
    is a bf16 dot product."""
    name = build.path("pairs")

    def lfm2_compile(model, *arguments):
        done = run([build.tool("lfm2-compile"), model, CPU, *arguments])
        assert done.returncode == 0, done.stderr

    def edit(path, *changes):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return text

    lfm2_compile(source, "--stop-after=fuse", "-o", f"{name}.fuse.mlir")
    edit(f"{name}.fuse.mlir", ("bf16dot = false", "bf16dot = true"))
    done = run([build.tool("lfm2-opt"), f"{name}.fuse.mlir", "--exec-tile-phases=entries=1,8,128",
                "--canonicalize", "--cse", "--exec-plan-memory", "-o", f"{name}.plan.mlir"])
    assert done.returncode == 0, done.stderr
    text = edit(f"{name}.plan.mlir", ("bf16dot = true", "bf16dot = false"),
                ('exec.phase = "fuse"', 'exec.phase = "plan"'))
    assert "exec.dot2" in text
    lfm2_compile(f"{name}.plan.mlir", "-o", name)
    return name


@pytest.mark.parametrize("model", ["tiny-bf16.gguf", "odd-bf16.gguf", "moe-bf16.gguf"])
def test_pairs_are_as_good_as_floats(build, model):
    source, tokens = build.model(model), prompt(24)
    plain = build.logits(build.compile(model, CPU), tokens)
    pairs = build.logits(compile_with_pairs(build, source), tokens)
    # Activations have 16 bits of significand, so products differ by 2^-18; most of
    # what is seen comes of values that the 16-bit cache rounds to the other side.
    error = relative_error(pairs, plain)
    assert 0 < error <= 5e-4
