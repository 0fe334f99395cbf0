"""The compiled program's command line, on the bundled model."""

import json
import subprocess

import pytest

from conftest import ids, prompt, run
from refusal import refused


@pytest.fixture(scope="module")
def program(build, wordnet):
    return build.compile(wordnet)


@pytest.fixture(scope="module")
def info(program):
    return json.loads(run([program, "--info"]).stdout)


def text_of(program, *arguments, **settings):
    done = run([program, *arguments], **settings)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_info(info):
    for key in ("model", "target", "compiler", "identity", "vocab", "weights_bytes",
                "state_bytes_per_token", "scratch_bytes"):
        assert key in info


def test_prompt_is_continued(program):
    text = text_of(program, "--prompt", "dog (noun):", "-n", "20", "--temp", "0")
    assert len(text.strip()) > 20


def test_greedy_repeats_and_seeds_decide(program):
    def sampled(*arguments):
        return text_of(program, "--prompt", "water (noun):", "-n", "24", *arguments)
    assert sampled("--temp", "0", "--seed", "1") == sampled("--temp", "0", "--seed", "2")
    hot = ["--temp", "1.5", "--top-k", "0", "--top-p", "1", "--min-p", "0"]
    assert sampled(*hot, "--seed", "1") == sampled(*hot, "--seed", "1")
    assert sampled(*hot, "--seed", "1") != sampled(*hot, "--seed", "2")


def test_top_k_one_is_greedy(program):
    greedy = text_of(program, "--prompt", "tree (noun):", "-n", "24", "--temp", "0",
                     "--repeat-penalty", "1")
    assert text_of(program, "--prompt", "tree (noun):", "-n", "24", "--temp", "2", "--top-k", "1",
                   "--repeat-penalty", "1") == greedy


def test_file_and_stdin_and_prompt_agree(program, tmp_path):
    text = "river (noun): a large natural stream"
    (tmp_path / "prompt.txt").write_text(text)
    common = ["-n", "12", "--temp", "0"]
    expected = text_of(program, "--prompt", text, *common)
    assert text_of(program, "--file", tmp_path / "prompt.txt", *common) == expected
    with open(tmp_path / "prompt.txt", encoding="utf-8") as stdin:
        assert text_of(program, "-", *common, stdin=stdin) == expected


def test_tokens_in_and_out(program):
    tokens = text_of(program, "--tokenize", "dog (noun):").strip()
    out = text_of(program, "--tokens", tokens, "-n", "6", "--temp", "0", "--print-tokens").strip()
    assert 0 < len(out.split(",")) <= 6
    assert all(word.isdigit() for word in out.split(","))


def test_tokenize_and_back(program):
    text = "Über-straße 北京 🙂 x+=1;\n\tdone"
    tokens = text_of(program, "--tokenize", text).strip()
    back = text_of(program, "--detokenize", tokens)
    assert text in back


def test_chat_form(program):
    assert text_of(program, "--prompt", "What is a dog?", "--chat", "-n", "12", "--temp", "0")


def test_chat_in_a_terminal(program):
    """Without arguments: a line in, an answer out, the end of input ends it."""
    done = subprocess.run([program, "--temp", "0", "-n", "16"], input="What is a dog?\n",
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_not_utf8(program, tmp_path):
    (tmp_path / "bytes").write_bytes(b"abc \xff\xfe\x80 def")
    done = subprocess.run([program, "--file", tmp_path / "bytes", "-n", "4", "--temp", "0"],
                          capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_stream_holds_whole_characters(program):
    """Each write is whole UTF-8, whatever bytes the ids stand for."""
    out = subprocess.run([program, "--prompt", "caf", "-n", "40", "--temp", "1.8", "--seed", "3",
                          "--top-k", "0", "--top-p", "1", "--min-p", "0"],
                         capture_output=True, timeout=60, check=True).stdout
    out.decode("utf-8", errors="replace")


def test_bench(program):
    report = json.loads(text_of(program, "--bench", "--bench-prompt", "64", "--bench-gen", "16",
                                "--bench-repeat", "2"))
    for key in ("prompt_tokens_per_s", "gen_tokens_per_s", "gen_gb_per_s", "probe_gb_per_s",
                "load_ms", "first_token_ms", "peak_rss_bytes"):
        assert report[key] > 0, key


@pytest.mark.parametrize("arguments,says,status", [
    (["--no-such-option"], ["no-such-option"], 2),
    (["--prompt"], ["--prompt"], 2),
    (["--prompt", "a", "-n", "many"], ["many"], 2),
    (["--prompt", "a", "--threads", "0"], ["threads"], 2),
    (["--tokens", "1,x"], ["x"], 2),
    (["--tokens", "1,99999999", "-n", "1"], ["99999999"], 1),
    (["--tokens", "1,-5", "-n", "1"], ["-5"], None),
    (["--file", "/nonexistent/prompt", "-n", "1"], ["/nonexistent/prompt"], 1),
    (["--detokenize", "99999999"], ["99999999"], 1),
    (["--tokens", "1,2", "--logits", "/nonexistent/logits"], ["/nonexistent/logits"], 1),
])
def test_refusals(program, arguments, says, status):
    if status is None:
        done = run([program, *arguments])
        assert done.returncode in (1, 2) and says[0] in done.stderr
    else:
        refused([program, *arguments], says, status=status)


def test_context_exceeded(program):
    """Says how many fit."""
    refused([program, "--context", "32", "--tokens", ids([5] * 40), "-n", "1"], ["32"])


def test_context_fills_while_generating(program):
    done = run([program, "--context", "32", "--tokens", ids(prompt(20)), "-n", "100", "--temp", "0",
                "--print-tokens"])
    assert done.returncode in (0, 1)
    if done.returncode == 1:
        assert "32" in done.stderr
