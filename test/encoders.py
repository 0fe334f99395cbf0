"""Goldens of bidirectional models (e2e/make_encoder_goldens.py), and what the reference executor and compiled programs
make of their texts: what test/e2e and test/conformance share."""

import json
import os

import numpy

import small_models
from programs import ids, prompt, run

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "e2e", "goldens", "encoders")
NAMES = sorted(name[:-4] for name in os.listdir(FOLDER) if name.endswith(".npz"))
# The same models from the other container.
TWINS = {"embed-f32.gguf": "embed-f32-hf", "mean-odd-f32.gguf": "mean-odd-f32-hf",
         "colbert-f32.gguf": "colbert-f32-hf", "mlm-f32.gguf": "mlm-f32-hf",
         "moe-embed-f32.gguf": "moe-embed-f32-hf", "moe-mean-odd-f32.gguf": "moe-mean-odd-f32-hf"}
# Random texts, of which there must be many for the error of a vector a text to mean something.
ROWS = [prompt(5 + 3 * i, seed=100 + i) for i in range(24)]


class Golden:
    """`texts` are (text, name of the prompt); `rows` their tokens; the rest is None where a model does not give it."""

    def __init__(self, name):
        kept = numpy.load(os.path.join(FOLDER, name + ".npz"))
        assert json.loads(str(kept["arguments"])) == small_models.read_list()[name], \
            f"{name} is made with other arguments now: run make_encoder_goldens.py {name}"
        self.texts = json.loads(str(kept["texts"]))
        self.rows = [row.tolist() for row in numpy.split(kept["tokens"], numpy.cumsum(kept["counts"])[:-1])]
        self.columns, self.logit_columns = kept["columns"], kept["logit_columns"]
        self.hidden = kept["hidden"]
        self.vectors, self.kept, self.logits = (kept.get(key) for key in ("vectors", "kept", "logits"))
        self.per_token = self.vectors is not None and len(self.vectors) == len(kept["tokens"])

    def all_vectors(self):
        """Of each text its vectors, of length 1: [vectors, width]."""
        vectors = self.vectors / numpy.linalg.norm(self.vectors, axis=1, keepdims=True)
        return numpy.split(vectors, self._ends() if self.per_token else range(1, len(self.rows)))

    def kept_vectors(self):
        """The same of those that a search has."""
        if not self.per_token:
            return self.all_vectors()
        return [part[kept] for part, kept in zip(self.all_vectors(), numpy.split(self.kept, self._ends()))]

    def _ends(self):
        return numpy.cumsum([len(row) for row in self.rows])[:-1]


def reference(build, model, rows, *outputs, arguments=()):
    """What lfm2-run gives of `outputs` ("hidden", "vectors", "logits") of all texts, one behind the other: float32,
    flat. `arguments` are further ones of lfm2-run."""
    found = {output: [] for output in outputs}
    for tokens in rows:
        files = {output: build.path(f"encoder.{output}") for output in outputs}
        done = run([build.tool("lfm2-run"), build.model(model), "--tokens", ids(tokens), *arguments,
                    *(word for output, path in files.items() for word in (f"--{output}", path))])
        assert done.returncode == 0, f"lfm2-run {model}: {done.stderr}"
        for output, path in files.items():
            found[output].append(numpy.fromfile(path, dtype="<f4"))
    return {output: numpy.concatenate(parts) for output, parts in found.items()}


def hidden_of(build, program, tokens, *arguments, emulator=()):
    """The hidden states of a compiled program, which `emulator` runs: [tokens, channels]."""
    path = build.path("program.hidden")
    done = run([*emulator, program, "--tokens", ids(tokens), "--hidden", path, *arguments])
    assert done.returncode == 0, done.stderr
    return numpy.fromfile(path, dtype="<f4").reshape(len(tokens), -1)


def vectors_of(build, program, texts, *arguments, emulator=()):
    """Of each text its vectors, [vectors, width]; all in one go."""
    lines, raw = build.path("texts"), build.path("vectors.f32")
    with open(lines, "w", encoding="utf-8") as file:
        file.writelines(text + "\n" for text in texts)
    done = run([*emulator, program, "--embed-file", lines, "--raw", raw, *arguments])
    assert done.returncode == 0, done.stderr
    counts = [int(line) for line in done.stdout.split()] or [1] * len(texts)
    assert len(counts) == len(texts)
    return numpy.split(numpy.fromfile(raw, dtype="<f4").reshape(sum(counts), -1), numpy.cumsum(counts)[:-1])
