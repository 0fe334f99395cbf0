"""Formats that no file has (test/formats/MadeUpFormats.cpp): a description and a
registration give them reader, reference, packer and code."""

import os

import pytest

from conftest import prompt, read_logits, relative_error, ids, run
from gguf_edit import read

TOKENS = prompt(48)
Q4_0 = 2


def tool(build, name):
    return os.path.join(build.folder, "test", "formats", f"{name}-with-formats")


@pytest.mark.parametrize("number", [201, 202, 203])
def test_a_description_is_all_that_a_format_needs(build, number):
    file = read(build.model("tiny-q4_0.gguf"))
    for tensor in file.tensors:
        if tensor.type == Q4_0:
            tensor.type = number
    model, program, logits = (build.path(f"made-up-{number}{end}") for end in (".gguf", "", ".logits"))
    file.write(model)
    done = run([tool(build, "compile"), model, "-o", program])
    assert done.returncode == 0, done.stderr
    found, exact = [], []
    for command, into in [([program, "-n", "0"], found), ([tool(build, "run"), model], exact)]:
        done = run([*command, "--tokens", ids(TOKENS), "--logits", logits])
        assert done.returncode == 0, done.stderr
        into.append(read_logits(logits, len(TOKENS)))
    assert relative_error(found[0], exact[0]) <= 0.06
    # The compiler itself has no such format.
    done = run([build.tool("lfm2-compile"), model, "-o", program])
    assert done.returncode == 1 and f"(number {number}), which is not supported" in done.stderr
