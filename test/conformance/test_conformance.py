"""Every format and kind of model on every CPU variant, against the reference
executor with the same error bars everywhere; and the bundled model's greedy ids,
which are the same everywhere."""

import os

import numpy
import pytest

import error_bars
from programs import ROOT, ids, prompt, relative_error, run
from targets import MACHINES, on_machines

TOKENS = prompt(96)  # What the bars of quantised models were measured with.
PORTABLE_ON = ["cortex-a53", "cortex-a76", "max"]

# All formats, dense, MoE and odd shapes, and few models: compiling is what takes time.
F32 = ["odd-f32.gguf", "moe-odd-f32.gguf"]
HALF = ["odd-taps7-f16.gguf", "odd-bf16.gguf"]
ROUNDED = ["odd-bf16.gguf", "tiny-q8_0.gguf", "tiny-q4_0.gguf", "tiny-q4_k_m.gguf", "tiny-q5_k_m.gguf", "moe-q4_k_m.gguf",
             "tiny-grids.gguf", "tiny-many.gguf"]

WORDNET = os.path.join(ROOT, "test", "models", "wordnet-lfm2")


def compiled(build, model, machine):
    return build.compile(model, *machine.options)


def error_of(build, model, machine, options=(), arguments=()):
    program = build.compile(model, *machine.options, *options)
    return relative_error(build.logits(program, TOKENS, emulator=machine.emulator),
                          build.reference(model, TOKENS, *arguments))


@on_machines(F32)
def test_f32_is_exact(build, machine, model):
    assert error_of(build, model, machine) <= error_bars.F32


@on_machines(HALF)
def test_16_bits_are_exact_but_for_the_cache(build, machine, model):
    splits = machine.splits_bf16 and "bf16" in model
    error = error_of(build, model, machine, [error_bars.EXACT], ["--cache", "f16"])
    assert error <= (error_bars.SPLIT if splits else error_bars.HALF)


@on_machines(ROUNDED)
def test_rounded_errs_no_more_than_peers(build, machine, model):
    assert error_of(build, model, machine) <= error_bars.ROUNDED[model]


@on_machines(["odd-bf16.gguf", "tiny-q4_0.gguf", "moe-q4_k_m.gguf"])
def test_steps_of_one_token_and_of_several_give_the_same_bits(build, machine, model):
    """So what is guessed, read again or read with others is what it is alone."""
    tokens = TOKENS[:20]
    alone = build.compile(model, *machine.options_for_texts, "--chunk=1")
    assert (build.logits(alone, tokens, emulator=machine.emulator)
            == build.logits(compiled(build, model, machine), tokens, emulator=machine.emulator)).all()


def greedy(program, emulator, tokens, count, *arguments):
    done = run([*emulator, program, "--tokens", ids(tokens), "-n", count, "--temp", "0",
                "--ignore-eos", "--print-tokens", *arguments])
    assert done.returncode == 0, done.stderr
    return [int(word) for word in done.stdout.strip().split(",")]


@pytest.fixture(scope="module")
def golden():
    kept = numpy.load(os.path.join(ROOT, "test", "e2e", "goldens", "wordnet-adverb.npz"))
    return kept["tokens"].tolist(), kept["greedy"].tolist()


def test_bundled_model_gives_the_same_ids(build, machine, golden):
    tokens, expected = golden
    if machine.slow:
        expected = expected[:3]
    program = build.compile(WORDNET, *machine.options, error_bars.EXACT)
    for threads in [3] if machine.slow or machine.device else [3, 1]:
        assert greedy(program, machine.emulator, tokens, len(expected), "--threads", threads) == expected


@pytest.mark.parametrize("machine", [m for m in MACHINES if m.refuses], indirect=True, ids=str)
def test_a_lesser_cpu_refuses_by_name(build, machine):
    program = build.compile("tiny-q4_0.gguf", f"--target={machine.target}", f"--cpu={machine.refuses}")
    done = run([*machine.emulator, program, "--tokens", "1,2", "-n", "1"])
    assert done.returncode == 1, f"status {done.returncode}: {done.stderr}"
    assert f"compiled for the CPU '{machine.refuses}', and this one lacks" in done.stderr


@pytest.mark.parametrize("qemu", PORTABLE_ON)
def test_portable_takes_what_there_is(build, golden, qemu):
    machine = next(m for m in MACHINES if m.target == "aarch64-linux")
    if machine.missing:
        pytest.skip(machine.missing)
    tokens, expected = golden
    program = build.compile(WORDNET, "--target=aarch64-linux", "--cpu=portable", error_bars.EXACT)
    emulator = [*machine.emulator[:-1], qemu]
    assert greedy(program, emulator, tokens, 3) == expected[:3]


def test_verify(build, machine):
    """Hashes are the same on every machine."""
    done = run([*machine.emulator, compiled(build, "odd-f32.gguf", machine), "--verify"])
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("verified ")
