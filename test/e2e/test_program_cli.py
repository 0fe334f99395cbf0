"""The compiled program's command line, on the bundled model."""

import json
import os
import resource
import shutil
import signal
import subprocess
import time

import numpy
import pytest

from conftest import ids, prompt, run
from programs import read_logits
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


def test_info_says_what_users_ask(info, wordnet):
    assert info["sampling"]["temperature"] > 0 and info["sampling"]["repeat_window"] == 64
    with open(os.path.join(wordnet, "tokenizer.json"), encoding="utf-8") as file:
        tokenizer = json.load(file)
    texts = {token["id"]: token["content"] for token in tokenizer["added_tokens"]}
    about = info["tokenizer"]
    assert about["kind"] == "byte-level BPE"
    assert about["merges"] == len(tokenizer["model"]["merges"])
    assert "<|im_end|>" in [token["text"] for token in about["stop"]]
    assert all(texts[token["id"]] == token["text"] for token in about["stop"])
    assert info["chat"]["derived_from"] == "the checkpoint's template"
    assert info["chat"]["answer"] == "<|im_start|>assistant\n"
    files = ["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja",
             "model.safetensors"]  # fmt: skip
    assert sorted(file["name"] for file in info["files"]) == sorted(files)
    for file in info["files"]:
        assert file["bytes"] == os.path.getsize(os.path.join(wordnet, file["name"]))
    groups = info["weight_bytes_by_group"]
    assert set(groups["blk.*.ffn_down.weight"]) == set(groups["token_embd.weight"])
    # Norms are f32 in every program.
    assert list(groups["blk.*.attn_norm.weight"]) == ["f32"]


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


def test_a_text_with_its_own_start_token(program):
    """Gets two, as in transformers; whoever completes it is told."""
    plain = text_of(program, "--tokenize", "dog").strip()
    done = run([program, "--tokenize", "<|startoftext|>dog"])
    assert done.stdout.strip() == plain.split(",")[0] + "," + plain and not done.stderr
    done = run([program, "--prompt", "<|startoftext|>dog", "-n", "1"])
    assert done.returncode == 0
    assert done.stderr == (f"{os.path.basename(program)}: the text begins with the start token, which is put before "
                           "every text, so there are two; leave it out\n")
    assert not run([program, "--prompt", "dog", "-n", "1"]).stderr
    assert not run([program, "--chat", "--prompt", "<|startoftext|>dog", "-n", "1"]).stderr


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


def talk(program, text, *arguments, **settings):
    """A conversation without a terminal: its outcome."""
    return subprocess.run([program, "--temp", "0", *arguments], input=text, capture_output=True, timeout=60,
                          **settings)


def test_chat_line_ends(program):
    """Those of other systems are no text."""
    expected = talk(program, b"What is a dog?\nWhat is a cat?\n", "-n", "12").stdout
    assert talk(program, b"What is a dog?\r\nWhat is a cat?\r", "-n", "12").stdout == expected


def test_chat_outgrows_its_context(program):
    """Each line is answered; the oldest messages are left out where they have to be."""
    lines = [f"What is a {word}?" for word in "dog cat tree river stone house bird fish".split()]
    done = talk(program, "\n".join(lines).encode(), "--context", "64", "-n", "16")
    assert done.stdout.count(b"\n") == len(lines) and all(done.stdout.split(b"\n")[:-1]), done.stdout
    notes = done.stderr.decode().splitlines()
    assert notes and all("the context of 64 tokens was full: the oldest" in note for note in notes)
    assert done.returncode == 0
    # The first answer is the one that a conversation of its own gets.
    first = talk(program, lines[0].encode(), "--context", "64", "-n", "16").stdout
    assert done.stdout.startswith(first)


def test_chat_says_which_lines_have_no_answer(program):
    long = "dog " * 200
    done = talk(program, f"What is a dog?\n{long}\nWhat is a cat?\n".encode(), "--context", "64", "-n", "8")
    said = done.stderr.decode()
    assert done.returncode == 1
    assert "line 2 of standard input has no whole answer" in said and "use a larger context" in said
    assert "line 1 " not in said and "line 3 " not in said
    assert done.stdout.count(b"\n") == 2
    # Room for the question and the first tokens of an answer.
    cut = talk(program, b"What is a dog?\n", "--context", "16")
    assert cut.returncode == 1 and cut.stdout.count(b"\n") == 1
    assert "line 1 of standard input has no whole answer: the context is full" in cut.stderr.decode()


def test_answer_opened_by_the_form_is_whole(build, wordnet, tmp_path):
    """What a template opens the answer with is printed, so that its end has a beginning."""
    model = tmp_path / "thinks"
    shutil.copytree(wordnet, model)
    template = ("{{ bos_token }}{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + "
                "message['content'] + '<|im_end|>\\n' }}{% endfor %}"
                "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n<think>' }}{% endif %}")
    (model / "chat_template.jinja").write_text(template)
    thinks = build.compile(str(model))
    shown = text_of(thinks, "--chat", "--prompt", "What is a dog?", "-n", "6", "--temp", "0")
    assert shown.startswith("<think>") and len(shown) > len("<think>\n")
    assert talk(thinks, b"What is a dog?\nWhat is a cat?", "-n", "6").stdout.count(b"<think>") == 2
    new = text_of(thinks, "--chat", "--prompt", "What is a dog?", "-n", "6", "--temp", "0", "--print-tokens")
    assert len(new.split(",")) <= 6


def limited(which, most):
    return lambda: resource.setrlimit(which, (most, most))


def test_too_little_memory_is_named(program):
    done = subprocess.run([program, "--prompt", "x"], capture_output=True, text=True, timeout=60,
                          preexec_fn=limited(resource.RLIMIT_AS, 8_000_000))
    assert done.returncode == 1
    assert "out of memory" in done.stderr and "put the file" not in done.stderr


def test_largest_file_is_named(program, tmp_path):
    done = subprocess.run([program, "--tokens", ids(prompt(64)), "--logits", tmp_path / "logits"], capture_output=True,
                          text=True, timeout=60, preexec_fn=limited(resource.RLIMIT_FSIZE, 1024))
    assert done.returncode == 1 and "file too large" in done.stderr
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_is_not_finished_is_removed(program, tmp_path, name):
    process = subprocess.Popen([program, "--tokens", ids(prompt(2000)), "--threads", "1",
                                "--logits", tmp_path / "logits"], stderr=subprocess.DEVNULL)
    while process.poll() is None and not os.listdir(tmp_path):
        time.sleep(0.001)
    process.send_signal(name)
    # Whole, or not there.
    status = process.wait(timeout=60)
    assert (status, os.listdir(tmp_path)) in [(-name, []), (0, ["logits"])]


def test_longest_names(program, tmp_path):
    logits, trace = tmp_path / ("l" * 255), tmp_path / ("p" * 255)
    text_of(program, "--tokens", "1,2,3", "--logits", logits, f"--profile={trace}")
    assert sorted(os.listdir(tmp_path)) == ["l" * 255, "p" * 255]


def test_profile_is_a_table(build):
    """Names of any length stand apart from what follows them."""
    done = run([build.compile("moe-f32.gguf"), "--tokens", "1,2,3", "-n", "2", "--profile"])
    rows = [line for line in done.stderr.splitlines() if line.startswith("  ")]
    phases = [row.split("phase")[0] for row in rows if "phase" in row]
    assert phases and len({len(start) for start in phases}) == 1
    for row in rows:
        assert row[len(phases[0]) - 2:len(phases[0])] == "  ", row


def test_nothing_that_is_read_is_replaced(program, tmp_path):
    copy, text = tmp_path / "program", tmp_path / "text"
    shutil.copy(program, copy)
    text.write_text("What is a dog?")
    (tmp_path / "link").symlink_to(text)
    for arguments, other in [(["--prompt", "a", "--logits", copy], "the program"),
                             (["--file", text, "--logits", tmp_path / "link"], "--file"),
                             (["--tokens", "1", "--logits", tmp_path / "x", f"--profile={tmp_path}/./x"], "--profile")]:
        refused([copy, *arguments], [other, "a file of its own"], status=2)
    assert text.read_text() == "What is a dog?"


def test_standard_input_by_another_word(program):
    expected = text_of(program, "--prompt", "dog (noun):", "-n", "6", "--temp", "0")
    done = talk(program, b"dog (noun):", "--file", "-", "-n", "6")
    assert done.stdout.decode() == expected


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
    (["--tokens", "1,2", "--profile=/nonexistent/trace"], ["/nonexistent/trace"], 1),
    (["--prompt", "a", "--seed", "4294967296"], ["4294967295", "4294967296"], 2),
    (["--prompt", "a", "--seed", "9223372036854775807"], ["4294967295"], 2),
    (["--tokenize", "a", "--prompt", "b"], ["--tokenize", "--prompt", "one thing"], 2),
    (["--info", "--bench"], ["--info", "--bench"], 2),
    (["--tokenize", "a", "--logits", "x"], ["--logits", "--tokenize"], 2),
    (["--info", "--profile"], ["--profile", "--info"], 2),
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


def test_largest_context_is_not_advised(program, info):
    most = info["context_max"]
    said = refused([program, "--tokens", "1,2", "-n", str(most)], ["lower -n"])
    assert "raise --context" not in said
    assert "raise --context" in refused([program, "--tokens", "1,2", "--context", "64", "-n", "64"], [str(most)])


def test_context_fills_while_generating(program):
    done = run([program, "--context", "32", "--tokens", ids(prompt(20)), "-n", "100", "--temp", "0",
                "--print-tokens"])
    assert done.returncode in (0, 1)
    if done.returncode == 1:
        assert "32" in done.stderr


def test_log_probabilities_are_those_of_the_logits(program, tmp_path):
    start = text_of(program, "--tokenize", "A dog is").strip()
    lines = text_of(program, "--prompt", "A dog is", "-n", "6", "--seed", "1", "--temp", "1", "--logprobs", "4")
    answers = [json.loads(line) for line in lines.splitlines()]
    assert len(answers) == 6
    tokens = start + "".join(f",{answer['token']}" for answer in answers)
    run([program, "--tokens", tokens, "--logits", tmp_path / "logits"], check=True)
    logits = read_logits(tmp_path / "logits", tokens.count(",") + 1).astype(numpy.float64)
    logits = logits[start.count(",") : -1]
    expected = logits - numpy.log(numpy.exp(logits).sum(axis=1, keepdims=True))
    for answer, row in zip(answers, expected):
        assert abs(answer["logprob"] - row[answer["token"]]) < 1e-6
        best = numpy.argsort(-row, kind="stable")[:4]
        assert [one["token"] for one in answer["top"]] == list(best)
        assert max(abs(one["logprob"] - row[one["token"]]) for one in answer["top"]) < 1e-6
        assert all(one["text"] == text_of(program, "--detokenize", str(one["token"])) for one in answer["top"])


def test_a_stop_text_ends_an_answer(program):
    settings = ("--prompt", "A dog is", "-n", "40", "--seed", "1", "--temp", "1")
    whole = text_of(program, *settings)
    for begin in range(3, len(whole) - 8, 5):
        stop = whole[begin : begin + 5]
        shown = text_of(program, *settings, "--stop", "never this", "--stop", stop)
        assert shown.removesuffix("\n") == whole[: whole.index(stop)].removesuffix("\n")
