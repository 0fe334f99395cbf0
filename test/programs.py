"""The tools of a build, called as a user would call them, and what they make:
what test/e2e and test/conformance share."""

import hashlib
import os
import re
import shutil
import subprocess
import sys

import numpy

import small_models

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Build:
    """The tools of one build, and what they have made so far."""

    def __init__(self, folder, work):
        self.folder = os.path.abspath(folder)
        self.work = str(work)
        self.models = os.path.join(self.folder, "test", "models")
        self.programs = os.path.join(self.folder, "test", "programs", hash_of(self.tool("lfm2-compile")))
        self.reference_logits = {}

    def tool(self, name):
        return os.path.join(self.folder, "bin", name)

    def model(self, name):
        """The path of a small checkpoint, made when it is missing."""
        path = os.path.join(self.models, name)
        if not os.path.exists(path):
            subprocess.run([sys.executable, small_models.__file__, self.models, name], check=True)
        return path

    def python(self, *words, timeout=300):
        """A process of Python that has the package of this build, as run() runs it."""
        return run([sys.executable, *words], timeout,
                   env={**os.environ, "PYTHONPATH": os.path.join(self.folder, "python")})

    def path(self, name):
        return os.path.join(self.work, name)

    def compile(self, model, *arguments):
        """The executable of the model (a small one's name, or a path), compiled
        once per compiler, model and set of arguments."""
        source = model if os.path.isabs(model) else self.model(model)
        key = hashlib.sha256("\0".join([stamp_of(source), *arguments]).encode()).hexdigest()[:24]
        out = os.path.join(self.programs, key)
        if not os.path.exists(out):
            os.makedirs(self.programs, exist_ok=True)
            made = f"{out}.{os.getpid()}"
            done = run([self.tool("lfm2-compile"), source, "-o", made, *arguments])
            assert done.returncode == 0, f"lfm2-compile {model}: {done.stderr[:2000]}"
            os.rename(made, out)
        return out

    def compile_as_if(self, model, cpu, facts, *tile_options):
        """The executable of a module that is tiled for a target with `facts` ("bf16dot":
        "true") and lowered for `cpu`, which may lack what they promise: another way to
        the same numbers then, which any machine can run."""
        name = self.path(f"as-if-{len(os.listdir(self.work))}")
        source = model if os.path.isabs(model) else self.model(model)

        def call(tool, *words):
            done = run([self.tool(tool), *words])
            assert done.returncode == 0, done.stderr[:2000]

        def edit(path, change):
            with open(path, encoding="utf-8") as file:
                text = change(file.read())
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            return text

        def with_facts(text):
            for fact, value in facts.items():
                text, found = re.subn(rf"\b{fact} = \w+", f"{fact} = {value}", text, count=1)
                assert found, f"no fact {fact} to change"
            return text

        call("lfm2-compile", source, f"--cpu={cpu}", "--stop-after=fuse", "-o", f"{name}.fuse.mlir")
        with open(f"{name}.fuse.mlir", encoding="utf-8") as file:
            own = re.search(r"exec.target = #exec.target<[^>]*>", file.read()).group()
        edit(f"{name}.fuse.mlir", with_facts)
        call("lfm2-opt", f"{name}.fuse.mlir", "--exec-schedule-phases",
             "--exec-cut-phases=entries=1,128", f"--exec-tile-phases={' '.join(tile_options)}",
             "--canonicalize", "--cse", "--exec-plan-memory", "-o", f"{name}.plan.mlir")
        text = edit(f"{name}.plan.mlir", lambda text: re.sub(r"exec.target = #exec.target<[^>]*>", own, text)
                    .replace('exec.done = "fuse"', 'exec.done = "plan"'))
        call("lfm2-compile", f"{name}.plan.mlir", f"--cpu={cpu}", "-o", name)
        return name, text

    def logits(self, program, tokens, *arguments, emulator=()):
        """[positions, vocabulary] of a compiled program, which `emulator` runs."""
        file = self.path("logits.f32")
        done = run([*emulator, program, "--tokens", ids(tokens), "--logits", file, "-n", "0", *arguments])
        assert done.returncode == 0, done.stderr
        return read_logits(file, len(tokens))

    def reference(self, model, tokens, *arguments):
        """[positions, vocabulary] of the reference executor, exact arithmetic on
        the dequantised weights; kept for the session."""
        key = (model, tuple(tokens), *arguments)
        if key not in self.reference_logits:
            file = self.path("reference.f32")
            source = model if os.path.isabs(model) else self.model(model)
            done = run([self.tool("lfm2-run"), source, "--tokens", ids(tokens),
                        "--logits", file, *arguments])
            assert done.returncode == 0, f"lfm2-run {model}: {done.stderr}"
            self.reference_logits[key] = read_logits(file, len(tokens))
        return self.reference_logits[key]


def hash_of(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def stamp_of(path):
    """What changes when the checkpoint does: names, sizes and times of its files."""
    names = [os.path.join(path, name) for name in sorted(os.listdir(path))] \
        if os.path.isdir(path) else [path]
    return " ".join(f"{name} {os.stat(name).st_size} {os.stat(name).st_mtime_ns}" for name in names)


def run(command, timeout=300, **settings):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          timeout=timeout, stdin=settings.pop("stdin", subprocess.DEVNULL),
                          errors="surrogateescape", **settings)


def ids(tokens):
    return ",".join(str(token) for token in tokens)


def read_logits(path, positions):
    values = numpy.fromfile(path, dtype="<f4")
    assert values.size % positions == 0, f"{values.size} values for {positions} positions"
    assert numpy.isfinite(values).all()
    return values.reshape(positions, -1)


def relative_error(found, expected):
    """Root mean square of the difference over that of what was expected."""
    assert found.shape == expected.shape, f"{found.shape} against {expected.shape}"
    difference = found.astype(numpy.float64) - expected
    return float(numpy.sqrt((difference ** 2).mean() / (expected.astype(numpy.float64) ** 2).mean()))


def prompt(count, vocabulary=256, seed=7):
    """`count` ids that repeat now and then, as text does."""
    generator = numpy.random.default_rng(seed)
    return [int(token) for token in generator.integers(0, vocabulary, count)]


def remove_old_programs(build):
    """Throws away what other compilers than that of the folder `build` made."""
    programs, compiler = os.path.join(build, "test", "programs"), os.path.join(build, "bin", "lfm2-compile")
    if not os.path.isdir(programs):
        return
    kept = hash_of(compiler) if os.path.exists(compiler) else ""
    for name in os.listdir(programs):
        if name != kept:
            shutil.rmtree(os.path.join(programs, name), ignore_errors=True)
