"""What `lfm2` makes of its words: where models are found, what the programs are
called with, what it says."""

import hashlib
import json
import os
import re
import subprocess

import pytest

from lfm2_command import ROOT, with_compiler, with_stand_ins, write


@pytest.fixture
def lfm2(tmp_path):
    return with_stand_ins(tmp_path)


@pytest.fixture
def model(tmp_path):
    return write(str(tmp_path / "m-Q4_0.gguf"), "GGUF")


def gguf(letter="a", architecture="lfm2"):
    """The start of a GGUF file, as far as `lfm2 list` looks."""
    key, value = b"general.architecture", architecture.encode()
    return b"".join([b"GGUF\3\0\0\0", bytes(8), b"\1" + bytes(7), len(key).to_bytes(8, "little"), key, b"\x08\0\0\0",
                     len(value).to_bytes(8, "little"), value, letter.encode()])


def add_to_ollama(folder, name, data):
    """As Ollama stores a model: a manifest, and blobs by checksum."""
    digest = hashlib.sha256(data).hexdigest()
    blob = write(os.path.join(folder, "blobs", f"sha256-{digest}"), data)
    layers = [{"mediaType": "application/vnd.ollama.image.template", "digest": "sha256:" + "0" * 64, "size": 3},
              {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{digest}", "size": len(data)}]
    write(os.path.join(folder, "manifests", name), json.dumps({"schemaVersion": 2, "layers": layers}))
    return blob


def test_words_for_the_program(lfm2, model):
    def program_gets(*words, **settings):
        done = lfm2("run", model, *words, **settings)
        assert done.returncode == 0, done.stderr
        return done.stdout.split("\n")[:-1]

    assert program_gets("Why?", "--temp", "0") == ["--chat", "--prompt", "Why?", "--temp", "0"]
    assert program_gets("--", "-x?", "-n", "5") == ["--chat", "--prompt", "-x?", "-n", "5"]
    assert "expected a PROMPT behind --" in lfm2("run", model, "--").stderr
    assert program_gets("--bench") == ["--bench"]
    assert program_gets("--json", "--messages=talk.json") == ["--json", "--messages=talk.json"]
    assert program_gets("-n", "5", text="Dear all") == ["-n", "5", "--chat", "--file", "-"]
    assert program_gets("--help") == ["--help"]
    assert len(lfm2.compilations()) == 1


def test_names_are_printed_so_that_a_terminal_does_not_obey(lfm2, tmp_path):
    for command in ("run", "show", "rm", "pull"):
        done = lfm2(command, "a\x1b[31m\x07\x9bé")
        assert done.returncode == 1 and r"a\x1b[31m\x07\x9bé" in done.stderr and "\x1b" not in done.stderr, done.stderr
    assert lfm2("prepare", write(str(tmp_path / "a\nb\x1b.gguf"), "GGUF")).returncode == 0
    assert r"a\nb\x1b.gguf" in lfm2("list").stdout


def test_what_a_model_can_decides_how_it_is_asked(tmp_path, build):
    lfm2 = with_compiler(tmp_path, build)
    vectors = lfm2("run", build.model("embed-f32.gguf"), "a river")
    assert vectors.returncode == 0 and "[" in vectors.stdout, vectors.stderr
    texts = lfm2("run", build.model("embed-f32.gguf"), text="a river\na lake\n")
    assert len(texts.stdout.splitlines()) == 2, texts.stderr
    base = lfm2("run", "--chat-template=none", build.model("tiny-q4_0.gguf"), "The sky", "-n", "3", "--temp", "0")
    assert base.returncode == 0 and base.stdout.strip(), base.stderr


def test_ollama(lfm2, tmp_path):
    folder = str(tmp_path / ".ollama" / "models")
    blob = add_to_ollama(folder, "registry.ollama.ai/library/lfm2.5-thinking/1.2b", gguf("t"))
    add_to_ollama(folder, "hf.co/LiquidAI/LFM2-350M-GGUF/Q4_0", gguf("h"))
    add_to_ollama(folder, "registry.ollama.ai/library/llama/latest", gguf("l", "llama"))
    for name in ("lfm2.5-thinking:1.2b", "hf.co/LiquidAI/LFM2-350M-GGUF:Q4_0"):
        assert lfm2("run", name, "Hi").returncode == 0, name
    assert lfm2.compilations()[0].startswith(blob)
    listed = lfm2("list").stdout
    assert re.search(r"lfm2.5-thinking:1.2b +\d+ bytes +Ollama", listed), listed
    assert "hf.co/LiquidAI/LFM2-350M-GGUF:Q4_0" in listed and "llama:" not in listed.replace("Ollama", "")
    assert "in Ollama" in lfm2.refuses("rm", "lfm2.5-thinking:1.2b", "--weights")
    write(blob, gguf("damaged"))
    lfm2("rm", "lfm2.5-thinking:1.2b")
    assert "damaged" in lfm2.refuses("run", "lfm2.5-thinking:1.2b")


def test_lm_studio(lfm2, tmp_path):
    path = write(str(tmp_path / ".lmstudio/models/lmstudio-community/LFM2-1.2B-GGUF/LFM2-1.2B-Q8_0.gguf"), gguf())
    for name in ("LiquidAI/LFM2-1.2B-GGUF:Q8_0", "lmstudio-community/LFM2-1.2B-GGUF", "lfm2:1.2b-q8_0"):
        assert lfm2("prepare", name).returncode == 0
    assert [words.split()[0] for words in lfm2.compilations()] == [path]
    assert "LM Studio" in lfm2("list").stdout


def test_serve(lfm2, model, tmp_path):
    folder = write(str(tmp_path / "mine" / "config.json"), "{}")
    done = lfm2("serve", "--context=64", model, os.path.dirname(folder), "made.so", "--port=9", "--log", "json")
    words = done.stdout.split("\n")
    assert re.fullmatch(r"--name=m-Q4_0=.*/cache/\w+/model\.so", words[0])
    assert re.fullmatch(r"--name=mine=.*/model\.so", words[1])
    assert words[2:] == ["made.so", "--port=9", "--log", "json", ""]
    assert all("--emit=shared" in words and "--context=64" in words for words in lfm2.compilations())


def test_compile(lfm2, model):
    done = lfm2("compile", "--emit=shared", model, "-o", "here")
    assert done.returncode == 0, done.stderr
    assert lfm2.compilations() == [f"--emit=shared -o=here {model}"]
    assert "and 'x'" in lfm2.refuses("compile", model, "x", status=2)


def test_words_that_are_wrong(lfm2, model, tmp_path):
    assert "found 'fly'" in lfm2.refuses("fly", status=2)
    assert "expected a MODEL" in lfm2.refuses("run", status=2)
    assert "expected a MODEL" in lfm2.refuses("serve", "--quantize", "q4_0", status=2)
    assert "a value behind --quantize" in lfm2.refuses("run", "--quantize", status=2)
    assert "did you mean lfm2:350m" in lfm2.refuses("run", "lfm2:350")
    assert "short names are" in lfm2.refuses("run", "qwqwqw")
    assert "no such file" in lfm2.refuses("run", "./there.gguf")
    assert "OWNER/REPOSITORY" in lfm2.refuses("run", "a/b/c", status=2)
    assert "is a file" in lfm2.refuses("pull", model, status=2)
    assert "not on this machine" in lfm2.refuses("show", "lfm2:350m")
    assert "expected one MODEL" in lfm2.refuses("show", status=2)
    assert "--json or --names" in lfm2.refuses("list", "--jsn", status=2)
    assert "set LFM2_BIN" in lfm2.refuses("run", model, env={"LFM2_BIN": str(tmp_path), "PATH": ""})
    assert "and 'x'" in lfm2.refuses("prepare", model, "x", status=2)


def test_what_cannot_be_written(lfm2, model):
    with open("/dev/full", "w", encoding="utf-8") as full:
        assert "no space left" in lfm2.refuses("list", "--names", stdout=full)
    gone, end = os.pipe()
    os.close(gone)
    done = lfm2("list", "--names", stdout=end)
    os.close(end)
    assert (done.returncode, done.stderr) == (1, "")
    odd = os.path.join(os.fsencode(lfm2.home), b"m\xff.gguf")
    os.link(model, odd)
    assert lfm2("run", os.fsdecode(odd), "Hi").returncode == 0
    assert lfm2("list").returncode == 0


def test_files_of_others_that_are_damaged(lfm2, model, tmp_path):
    folder = str(tmp_path / ".ollama" / "models" / "manifests" / "registry.ollama.ai" / "library" / "lfm2")
    repo = os.path.join(lfm2.home, "hf", "hub", "models--LiquidAI--LFM2-350M")
    for number, text in enumerate(["", "[" * 100000, '{"layers": 1}', '{"layers": [1]}', "{}", '{"layers": [{}]}',
                                   "\0" * 100, '{"layers": [{"mediaType": "application/vnd.ollama.image.model", '
                                   '"digest": "sha256:../../../etc/passwd"}]}']):
        write(os.path.join(folder, str(number)), text)
        write(os.path.join(repo, "snapshots", "main", "config.json"), text)
        write(os.path.join(repo, "snapshots", "main", "model.safetensors.index.json"), text)
        write(os.path.join(repo, "snapshots", "main", "tokenizer.json"), text)
        write(os.path.join(lfm2.cache, "0" * 32, "note.json"), text)
        assert lfm2("list").returncode == 0
        assert "no model is called" in lfm2.refuses("show", f"lfm2:{number}")
        assert "not on this machine" in lfm2.refuses("show", "LiquidAI/LFM2-350M")
    assert lfm2("run", model, "Hi").returncode == 0


def test_help_names_every_command(lfm2):
    text = lfm2("--help").stdout
    commands = set(re.findall(r"^  lfm2 (\w+)", text, re.MULTILINE))
    assert commands == {"run", "serve", "pull", "list", "show", "rm", "compile", "prepare"}
    for command in commands:
        assert lfm2(command, "--help").stdout.startswith(f"usage: lfm2 {command} ")


def test_short_names_are_the_familys(lfm2):
    names = dict(line.split() for line in lfm2("list", "--names").stdout.splitlines())
    assert names["lfm2:350m"] == "LiquidAI/LFM2-350M-GGUF"
    assert all(re.fullmatch(r"lfm2(\.5)?(-thinking)?(:[a-z0-9.-]+)?", name) for name in names)
    assert all(re.fullmatch(r"LiquidAI/LFM2(\.5)?-[\w.-]+", repo) for repo in names.values())


def test_flags_are_those_of_the_compiler(build):
    """Which options of lfm2-compile take no value decides which word is MODEL."""
    text = subprocess.run([build.tool("lfm2-compile"), "--help-hidden"], capture_output=True, text=True,
                          check=True).stdout
    flags = set(re.findall(r"^  --([\w-]+) +- ", text, re.MULTILINE))
    done = subprocess.run(["python3", "-c", "from lfm2_compile.command.words import FLAGS; print(*FLAGS)"],
                          capture_output=True, text=True, check=True,
                          env={**os.environ, "PYTHONPATH": os.path.join(ROOT, "frontends", "python")})
    assert flags and flags == set(done.stdout.split())


def test_the_command_of_a_build_folder_finds_its_compiler(tmp_path, build):
    if not os.path.exists(build.tool("lfm2")):
        pytest.skip("this build has no Python package")
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LFM2_CACHE": str(tmp_path / "cache")}
    done = subprocess.run([build.tool("lfm2"), "--version"], capture_output=True, text=True, env=env,
                          check=False)
    assert done.returncode == 0 and done.stdout.startswith("lfm2-compile "), done.stderr
