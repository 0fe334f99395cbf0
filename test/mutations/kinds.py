"""The kinds of input that are damaged, and how each is tried.

A kind makes its sound inputs once (`prepare`), damages one (`make`) and gives the commands that meet it.
Marks and saved states, which no file holds, are damaged in test/unit/Runtime/StateTest.cpp.
"""

import os
import random
import shutil

from mutations import mutate
from programs import run

TARGET = "--target=x86_64-linux"
# One entry of one token: the least that is a program.
SMALL = [TARGET, "--cpu=x86-64-v3", "--chunk=1", "--context=64"]
STAGES = ["import", "quantize", "fuse", "tile", "plan"]


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


class Kind:
    """`build` is a test.programs.Build; `work` a folder of this kind's own."""

    def __init__(self, build, work):
        self.build, self.work = build, work
        os.makedirs(work, exist_ok=True)
        self.prepare()

    def prepare(self):
        pass

    def make(self, seed, folder):
        """Writes a damaged input into `folder`; gives the commands to run in turn."""
        raise NotImplementedError

    def compiler(self, number, path, folder):
        """The way to the plan is tried each time, the way to a program, which then runs, now and then."""
        tool, out = self.build.tool("lfm2-compile"), os.path.join(folder, "out")
        if number % 20:
            return [[tool, path, "--emit=mlir", "--stop-after=plan", "-o", out + ".mlir", *SMALL]]
        return [[tool, path, "-o", out, *SMALL],
                [out, "--tokens", "1,2,3", "-n", "2", "--threads", "1"],
                [out, "--tokenize", "some text <|im_end|>"]]


class GGUF(Kind):
    def prepare(self):
        self.sound = [read(self.build.model(name)) for name in
                      ["tiny-q4_0.gguf", "moe-q4_k_m.gguf", "untied-q8_0.gguf", "tiny-f16.gguf", "colbert-q8_0.gguf"]]

    def make(self, seed, folder):
        generator = random.Random(seed)
        path = os.path.join(folder, "model.gguf")
        write(path, mutate.damage(generator, generator.choice(self.sound), mutate.BYTES))
        return self.compiler(seed, path, folder)


class Folder(Kind):
    """A Hugging Face folder with one damaged file."""

    def prepare(self):
        self.sound = [self.build.model("tiny-f32-hf"), self.build.model("moe-f32-hf")]

    def files(self, path):
        return sorted(os.listdir(path))

    def make(self, seed, folder):
        generator = random.Random(seed)
        path = os.path.join(folder, "model")
        shutil.copytree(generator.choice(self.sound), path, ignore=shutil.ignore_patterns("values"))
        name = os.path.join(path, generator.choice(self.files(path)))
        mutators = mutate.BYTES if name.endswith(".safetensors") and generator.random() < 0.5 else mutate.TEXT
        write(name, mutate.damage(generator, read(name), mutators))
        return self.compiler(seed, path, folder)


class Quantized(Folder):
    """A folder that others quantised, with damaged weights or config.json."""

    def prepare(self):
        self.sound = [self.build.model(f"{name}-hf") for name in
                      ["groups-mlx-mix", "moe-groups-mlx-mix", "groups-gptq4-act", "groups-awq4", "groups-packed4-zero",
                       "groups-int8", "groups-fp8-block"]]

    def files(self, path):
        return ["config.json", "model.safetensors"]


class Modules(Folder):
    """A folder of sentence-transformers with one damaged file beside the model's own."""

    def prepare(self):
        self.sound = [self.build.model("mean-odd-f32-hf"), self.build.model("colbert-f32-hf")]

    def files(self, path):
        own = {"modules.json", "config_sentence_transformers.json", "sentence_bert_config.json"}
        return sorted(os.path.relpath(os.path.join(folder, name), path)
                      for folder, _, names in os.walk(path) for name in names if folder != path or name in own)


class Module(Kind):
    """A module of ours, stopped after any stage."""

    def prepare(self):
        self.sound = {}
        for model in ["tiny-q4_0.gguf", "moe-q4_k_m.gguf"]:
            for stage in STAGES:
                out = os.path.join(self.work, f"{model}.{stage}.mlir")
                command = [self.build.tool("lfm2-compile"), self.build.model(model), "--emit=mlir",
                           f"--stop-after={stage}", "-o", out, *SMALL]
                if stage == "import":
                    command = [word for word in command if not word.startswith("--c")]
                done = run(command)
                assert done.returncode == 0, done.stderr
                self.sound[out] = read(out)

    def make(self, seed, folder):
        generator = random.Random(seed)
        data = self.sound[generator.choice(sorted(self.sound))]
        path = os.path.join(folder, "module.mlir")
        write(path, mutate.damage(generator, data, mutate.TEXT))
        tool, out = self.build.tool("lfm2-compile"), os.path.join(folder, "out")
        cpu = SMALL[:2]
        if seed % 20:
            return [[tool, path, "--emit=mlir", "--stop-after=codegen", "-o", out + ".mlir", *cpu]]
        return [[tool, path, "-o", out, *cpu], [out, "--tokens", "1,2,3", "-n", "2", "--threads", "1"]]


class Archive(Kind):
    """A program whose archive is damaged: weights, tokenizer, description, footer."""

    def prepare(self):
        self.programs = []
        for model in ["tiny-q4_0.gguf", "tiny-f32-hf"]:
            out = os.path.join(self.work, model + ".out")
            done = run([self.build.tool("lfm2-compile"), self.build.model(model), "-o", out,
                        "--weights=file", *SMALL])
            assert done.returncode == 0, done.stderr
            self.programs.append((out, read(out + ".weights")))

    def make(self, seed, folder):
        generator = random.Random(seed)
        program, data = generator.choice(self.programs)
        # Half of the hits are on the end, where all that is not weights stands.
        tail = min(len(data), 16384 if generator.random() < 0.5 else 256)
        if generator.random() < 0.5:
            data = data[:-tail] + mutate.damage(generator, data[-tail:], mutate.BYTES)
        else:
            data = mutate.damage(generator, data, mutate.BYTES)
        path = os.path.join(folder, "weights")
        write(path, data)
        run = [program, "--weights", path, "--threads", "1"]
        return [[*run, "--info"], [*run, "--tokenize", "some text <|im_end|> ünï 1234"],
                [*run, "--tokens", "1,2,3", "-n", "2"], [*run, "--chat", "--prompt", "hello", "-n", "2"]]


KINDS = {"gguf": GGUF, "folder": Folder, "quantized": Quantized, "modules": Modules, "module": Module, "archive": Archive}
