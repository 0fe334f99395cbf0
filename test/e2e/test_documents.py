"""Every command in a page for users is run, on small models by the names that the page has.

The pages are README.md and those that its table of pages names.
"""

import json
import os
import re
import shutil
import sys

import numpy
import pytest

import adapter_files
import pages
from conftest import ROOT, run
from fake_hub import Hub
from lfm2_command import environment_of, program, write

# Pages whose commands another test runs, since it also compares what they print.
RUN_BY = {"runtime/samples/README.md": "test_samples.py"}


def links(page):
    """Paths of files that a page names, from the root."""
    with open(os.path.join(ROOT, page), encoding="utf-8") as file:
        for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", file.read()):
            if "://" not in link:
                yield os.path.normpath(os.path.join(os.path.dirname(page), link))


def user_pages():
    """README.md and the pages of its section "Pages"."""
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        section = re.search(r"^## Pages\n(.*?)^## ", file.read(), re.MULTILINE | re.DOTALL).group(1)
    return ["README.md", *re.findall(r"\]\(([^)#]+\.md)\)", section)]


PAGES = user_pages()


class Things:
    """What pages name, made when a page does."""

    def __init__(self, build, wordnet, folder):
        self.build, self.wordnet, self.folder = build, wordnet, str(folder)
        self.gguf = os.path.join(self.folder, "wordnet.gguf")
        done = run([build.tool("lfm2-compile"), wordnet, "-o", self.gguf, "--emit=gguf", "--quantize=q8_0"])
        assert done.returncode == 0, done.stderr
        self.embedder = build.model("embed-f32-hf")

    def library(self, name, model):
        """NAME.so and NAME.weights."""
        path = os.path.join(self.folder, name)
        if not os.path.exists(path + ".so"):
            done = run([self.build.tool("lfm2-compile"), model, "-o", path, "--emit=shared"])
            assert done.returncode == 0, done.stderr
        return path

    def repositories(self):
        """Of the hub: those that lfm2's short names stand for, and the folders beside them."""
        with open(self.gguf, "rb") as file:
            weights = file.read()
        repos = {}
        with open(os.path.join(ROOT, "frontends/python/lfm2_compile/command/names.txt"), encoding="utf-8") as file:
            names = {line.split()[1] for line in file if line.strip() and not line.startswith("#")}
        for repo in names | {name.removesuffix("-GGUF") for name in names}:
            name = repo.partition("/")[2].removesuffix("-GGUF")
            if repo.endswith("-GGUF"):
                repos[repo] = {f"{name}-{kind}.gguf": weights for kind in ("Q4_0", "Q4_K_M", "Q8_0")}
            else:
                repos[repo] = files_of(self.embedder if re.search("Embedding|ColBERT", name) else self.wordnet)
        return repos

    def put(self, page, folder):
        """Into `folder` what the text of the page names."""
        for name in ("build", "test", "tools", "frontends", "runtime", ".venv"):
            os.symlink(self.build.folder if name == "build" else os.path.join(ROOT, name), folder / name)
        for name, text in TEXTS.items():
            write(str(folder / name), text)
        write_adapter(str(folder / "my-adapter"))
        for name in ("LFM2-350M", "LFM2-1.2B"):
            os.symlink(self.wordnet, folder / name)
        os.symlink(self.embedder, folder / "LFM2.5-Embedding-350M")
        shutil.copy(self.gguf, folder / "model.gguf")
        for name, model in (("model", self.wordnet), ("embedder", self.embedder)):
            if f"{name}.so" in page:
                for ending in (".so", ".weights"):
                    os.symlink(self.library(name, model) + ending, folder / (name + ending))


TEXTS = {
    "talk.json": json.dumps([{"role": "user", "content": "What is a river?"}]),
    "form.json": json.dumps({"type": "object", "properties": {"name": {"type": "string", "maxLength": 9}},
                             "required": ["name"], "additionalProperties": False}),
    "prompts.jsonl": "".join(json.dumps({"prompt": f"What is a {word}?", "max_tokens": 8}) + "\n"
                             for word in ("river", "lake")),
    "texts.txt": "A river\nA lake\n",
    "letter.txt": "What is a letter?",
    "text.txt": "A river is a large natural stream of water. A lake is a body of water. " * 60,
}


def files_of(folder):
    found = {}
    for base, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(base, name), "rb") as file:
                found[os.path.relpath(os.path.join(base, name), folder)] = file.read()
    return found


def write_adapter(folder):
    """As PEFT saves one, for the bundled model."""
    os.makedirs(folder)
    write(os.path.join(folder, "adapter_config.json"), json.dumps(
        {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "target_modules": ["w1"], "bias": "none"}))
    name = "base_model.model.model.layers.0.feed_forward.w1.lora_"
    adapter_files.write_tensors(os.path.join(folder, "adapter_model.safetensors"), {
        f"{name}A.weight": numpy.full((2, 256), 0.01), f"{name}B.weight": numpy.full((512, 2), 0.01)})


@pytest.fixture(scope="module")
def things(build, wordnet, tmp_path_factory):
    return Things(build, wordnet, tmp_path_factory.mktemp("things"))


@pytest.fixture(scope="module")
def hub(things):
    made = Hub()
    made.repos = things.repositories()
    yield made
    made.close()


@pytest.fixture(scope="module")
def environment(build, hub, tmp_path_factory):
    """A home with nothing in it, and the commands of the build."""
    home = tmp_path_factory.mktemp("home")
    commands = home / "commands"
    program(str(commands / "python3"), f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    return {**environment_of(str(home), hub.url), "PIP_NO_INDEX": "1",
            "PATH": os.pathsep.join([os.path.join(build.folder, "bin"), str(commands), os.environ["PATH"]]),
            "PYTHONPATH": os.path.join(build.folder, "python")}


@pytest.mark.parametrize("page", [page for page in PAGES if page not in RUN_BY])
def test_commands(page, things, environment, tmp_path):
    with open(os.path.join(ROOT, page), encoding="utf-8") as file:
        things.put(file.read(), tmp_path)
    with pages.Reader(tmp_path, environment) as reader:
        reader.read(os.path.join(ROOT, page))


@pytest.mark.parametrize("page", RUN_BY)
def test_pages_that_others_run(page):
    with open(os.path.join(ROOT, "test", "e2e", RUN_BY[page]), encoding="utf-8") as file:
        assert page in file.read()


@pytest.mark.parametrize("page", PAGES)
def test_links(page):
    for link in links(page):
        assert os.path.exists(os.path.join(ROOT, link)), link


def page_of(folder, text):
    return write(str(folder / "page.md"), text)


def test_a_command_that_fails_is_found(tmp_path):
    for text, place in (("# A\n\n    true\n    false\n", "page.md:3"), ("```sh\nls nothing | cat\n```\n", "page.md:2"),
                        ("\n```python\n\nraise SystemExit(3)\n```\n", "page.md"),
                        ("    curl http://127.0.0.1:9/\n", "page.md:1")):
        with pages.Reader(tmp_path, os.environ) as reader, pytest.raises(AssertionError) as error:
            reader.read(page_of(tmp_path, text))
        assert f"{place}: status" in str(error.value)
    with pages.Reader(tmp_path, {**os.environ, "PATH": "/bin"}) as reader:
        with pytest.raises(AssertionError, match="no answer"):
            reader.read(page_of(tmp_path, "    lfm2 serve lfm2:350m\n"))


def test_what_is_not_run_says_why(tmp_path):
    page = page_of(tmp_path, "<!-- not run: needs a phone -->\n\n    false\n\nText\n\n    true\n")
    with pages.Reader(tmp_path, os.environ) as reader:
        assert reader.read(page) == 1
    assert [block.not_run for block in pages.blocks(page)] == ["needs a phone", ""]
    for text in ("<!-- not run: why -->\n\nText\n\n    true\n", "<!-- not run: why -->\n"):
        with pytest.raises(ValueError, match="no block stands behind"):
            pages.blocks(page_of(tmp_path, text))
    for page in PAGES:
        for block in pages.blocks(os.path.join(ROOT, page)):
            assert not block.not_run or len(block.not_run.split()) >= 3, f"{page}:{block.line}: say why"
