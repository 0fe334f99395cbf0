"""Caches of f16, f32, q8_0 and q4_0: what programs compute with them is what the reference
does that rounds alike, whatever the steps and the threads; and what users are told."""

import json

import pytest

import error_bars
from conftest import prompt, relative_error, run
from library import Context, compile_library
from refusal import refused

# Bytes of a head of 64 channels, and the bar beside the reference that rounds alike: it is the
# sums that differ in their last bits, and a number that lies between two goes to either.
FORMS = {"f32": (256, 1e-5), "f16": (128, 1e-4), "q8_0": (68, 1e-4), "q4_0": (36, 2e-3)}
TOKENS = prompt(96)
CPUS = ["native", "x86-64-v2"]


def compiled(build, model, form, *options):
    return build.compile(model, f"--kv={form}", *options)


def says(build, model, form):
    done = run([compiled(build, model, form), "--info"])
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("cpu", CPUS)
@pytest.mark.parametrize("form", ["q8_0", "q4_0"])
@pytest.mark.parametrize("model", ["tiny-f32.gguf", "odd-head-f32.gguf"])
def test_it_computes_as_the_reference_that_rounds_alike(build, model, form, cpu):
    program = compiled(build, model, form, f"--cpu={cpu}", "--chunk=16")
    found = build.logits(program, TOKENS)
    assert relative_error(found, build.reference(model, TOKENS, "--cache", form)) <= FORMS[form][1]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("model", ["tiny-q4_k_m.gguf"])
def test_neither_steps_nor_threads_change_a_bit(build, model, form):
    program = compiled(build, model, form)
    expected = build.logits(program, TOKENS[:40])
    assert (build.logits(program, TOKENS[:40], "--threads", "3") == expected).all()
    assert (build.logits(compiled(build, model, form, "--chunk=1"), TOKENS[:40]) == expected).all()


def test_bytes_are_stated_and_errors_rise(build):
    model = "tiny-f32.gguf"
    exact, errors = build.reference(model, TOKENS), []
    for form, (head_bytes, _) in FORMS.items():
        info = says(build, model, form)
        assert info["kv"] == form
        # Keys and values of two heads, in two layers.
        assert info["state_bytes_per_token"] == 2 * 2 * 2 * head_bytes
        errors.append(relative_error(build.logits(compiled(build, model, form), TOKENS), exact))
    assert errors == sorted(errors), errors


def test_what_nobody_asks_for_is_as_it_was(build):
    assert says(build, "tiny-q4_0.gguf", "f16")["kv"] == "f16"
    for model, form in (("tiny-q4_0.gguf", "f16"), ("tiny-f32.gguf", "f32"), ("all-conv-f32.gguf", None)):
        assert json.loads(run([build.compile(model), "--info"]).stdout)["kv"] == form


def test_a_module_remembers(build):
    module, program = build.path("kv.mlir"), build.path("kv")
    done = run([build.tool("lfm2-compile"), build.model("tiny-f32.gguf"), "--kv=q8_0", "--emit=mlir", "-o", module])
    assert done.returncode == 0, done.stderr
    assert run([build.tool("lfm2-compile"), module, "-o", program]).returncode == 0
    assert json.loads(run([program, "--info"]).stdout)["kv"] == "q8_0"


def test_refusals(build):
    compiler = build.tool("lfm2-compile")
    refused([compiler, build.model("tiny-f32.gguf"), "--kv=q5_0"],
            ["unknown --kv=q5_0; expected one of f16, f32, q8_0, q4_0"], status=2)
    refused([compiler, build.model("embed-f32.gguf"), "--kv=q8_0"],
            ["--kv=q8_0 says what the cache of a conversation holds, and a bidirectional model has none"], status=2)


def test_a_state_of_another_form_is_refused_by_name(build, tmp_path):
    libraries = {}
    for form in ("q8_0", "q4_0"):
        (tmp_path / form).mkdir()
        libraries[form] = compile_library(build, build.model("tiny-f32.gguf"), tmp_path / form, f"--kv={form}")
    context, other = (Context(libraries[form]) for form in ("q8_0", "q4_0"))
    context.eval(TOKENS[:20])
    with pytest.raises(AssertionError, match="the saved state is of a KV cache of q8_0, and this program's is of q4_0"):
        other.restore(context.save())
    context.close()
    other.close()
    for library in libraries.values():
        library.close()
