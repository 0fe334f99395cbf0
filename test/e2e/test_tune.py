"""tools/lfm2-tune: what it decides, on a compiler and programs that are made up,
its refusals, and a whole run. Nothing here is timed."""

import json
import os
import sys

import pytest

from conftest import ROOT, run
from refusal import refused

sys.path.insert(0, os.path.join(ROOT, "tools"))
from bench import candidates  # noqa: E402

TUNE = os.path.join(ROOT, "tools", "lfm2-tune")

# A compiler for a CPU whose registers hold four streams. Its programs are as fast
# as SPEEDS says of their facts, and speak only with the weights they came with.
COMPILER = """#!{python}
import json, os, sys
words = dict(word.split("=", 1) for word in sys.argv if "=" in word)
out = sys.argv[3]
facts = dict(streams=4, prefetch_bytes=0, tile_tokens=4, tile_groups=1)
if "--tuning" in words:
    facts.update(json.load(open(words["--tuning"]))["znver3"])
facts["streams"] = min(facts["streams"], 4)
with open("{log}", "a") as log:
    log.write("{{streams}}/{{prefetch_bytes}}/{{tile_tokens}}x{{tile_groups}}\\n".format(**facts))
decode, prompt = ({speeds})(facts["streams"], facts["prefetch_bytes"], facts["tile_tokens"], facts["tile_groups"])
open(out + ".weights", "w").write("weights")
open(out, "w").write("#!/bin/sh\\ngrep -q weights $0.weights && echo '" + json.dumps(
    dict(gen_tokens_per_s=decode, prompt_tokens_per_s=prompt, peak_rss_bytes=1)) + "'")
os.chmod(out, 0o755)
json.dump(dict(cpus=[dict(name="znver3,+avxvnni")], weights_hash="h", schedule=[dict(facts, phase="head"),
          dict(facts, phase="down", streams=1)]), open(words["--report"], "w"))
"""


class Made:
    def __init__(self, folder):
        self.folder, self.log, self.out = folder, folder / "log", folder / "tuning.json"
        self.compiler, self.model = folder / "compiler", folder / "m.gguf"
        self.model.write_text("GGUF")
        self.temporary = folder / "tmp"
        self.temporary.mkdir()

    def command(self, speeds="lambda streams, prefetch, tokens, groups: (100, 100)", text=COMPILER):
        self.compiler.write_text(text.format(python=sys.executable, log=self.log, speeds=speeds)
                                 if text is COMPILER else text)
        self.compiler.chmod(0o755)
        return [TUNE, self.model, "-o", self.out, f"--lfm2-compile={self.compiler}", "--repeat=2", "--threads=1"]

    def tune(self, *arguments, speeds):
        done = run([*self.command(speeds), *arguments], env={**os.environ, "TMPDIR": str(self.temporary)})
        assert done.returncode == 0, done.stderr
        assert not os.listdir(self.temporary)
        return done, json.loads(self.out.read_text())


@pytest.fixture
def made(tmp_path):
    return Made(tmp_path)


def test_the_fastest_is_written(made):
    speeds = "lambda s, p, t, g: (100 + 5 * (s == 2) + 5 * (p == 2048), 50 + 5 * (t == 3) * (s == 2) * g)"
    done, found = made.tune(speeds=speeds)
    assert found == {"znver3": {"streams": 2, "prefetch_bytes": 2048, "tile_tokens": 3, "tile_groups": 2}}
    assert "+10.0 % beside" in done.stderr and "+20.0 % beside" in done.stderr
    assert "| 2 | 2048 | 4 | 1 | 110.0 | 50.0 | **1.100** | 2 of 2 |" in done.stdout
    assert "streams 2, prefetch 2048, tile 3 x 2" in done.stdout.strip().split("\n")[-1]
    # The default, eight others, then seven beside the best of them.
    assert len(made.log.read_text().split()) == 16


def test_the_default_stays_within_the_margin(made):
    speeds = "lambda s, p, t, g: (100 + s % 4, 100 + t % 4)"
    done, found = made.tune("--streams=1,2", "--prefetch=0", "--tokens=1,2", "--groups=1", speeds=speeds)
    assert found == {"znver3": {"streams": 4, "prefetch_bytes": 0, "tile_tokens": 4, "tile_groups": 1}}
    assert done.stderr.count(" stays, nothing") == 2 and done.stdout.endswith("the default\n")
    _, found = made.tune("--streams=1,2", "--prefetch=0", "--tokens=1,2", "--groups=1", "--margin=1", speeds=speeds)
    assert found == {"znver3": {"streams": 2, "prefetch_bytes": 0, "tile_tokens": 2, "tile_groups": 1}}


def test_luck_does_not_count(made):
    command = [*made.command("lambda s, p, t, g: (100 + 10 * (s == 1), 100)"),
               "--streams=1", "--prefetch=0", "--tokens=4", "--groups=1"]
    # From its third run on a program is as fast as the default.
    text = made.compiler.read_text()
    made.compiler.write_text(text.replace("#!/bin/sh\\n", "#!/bin/sh\\necho >>$0.runs; "
                                          "[ $(wc -l <$0.runs) -gt 2 ] && exec sed s/110/100/ $0.says\\n")
                             + 'open(out + ".says", "w").write(open(out).read().split("\'")[1])\n')
    done = run(command)
    assert done.returncode == 0, done.stderr
    assert "did not win again" in done.stderr and json.loads(made.out.read_text())["znver3"]["streams"] == 4


def test_equal_schedules_are_one(made):
    done, _ = made.tune("--streams=4,6,8", "--prefetch=0,64", "--tokens=4", "--groups=1", speeds="lambda *_: (1, 1)")
    # 4/0 is known to be the default before it is compiled; what is cut, afterwards.
    assert made.log.read_text().split() == ["4/0/4x1", "4/64/4x1"] * 3
    assert done.stdout.count("| 4 | 64 | 4 | 1 |") == 1 and "5 more come to the same" in done.stderr


def test_other_cpus_stay_in_the_file(made):
    made.out.write_text('{"znver5": {"streams": 1}, "znver3": {"streams": 2, "tile_tokens": 1}}')
    _, found = made.tune("--streams=1", "--prefetch=0", "--tokens=4", "--groups=1",
                         speeds="lambda s, p, t, g: (9 / s, 1)")
    assert found == {"znver5": {"streams": 1}, "znver3": {"streams": 1, "prefetch_bytes": 0, "tile_tokens": 4,
                                                             "tile_groups": 1}}
    assert sorted(os.listdir(made.folder)) == ["compiler", "log", "m.gguf", "tmp", "tuning.json"]


def one(streams):
    return candidates.Candidate({}, "", [{"streams": streams, "prefetch_bytes": 0, "tile_tokens": 4, "tile_groups": 1}])


@pytest.mark.parametrize("speeds,wins", [
    ([110, 110, 110, 110, 90], True), ([110, 110, 110, 90, 90], False), ([102, 102, 102, 102, 102], False),
    ([103, 103, 103, 101, 101], True), ([103], True), ([101, 103], False)])
def test_more_than_noise(speeds, wins):
    default, other = one(4), one(1)
    # The machine halves its speed from round to round.
    rounds = [{default: {"decode": 100 / 2**i}, other: {"decode": speed / 2**i}} for i, speed in enumerate(speeds)]
    assert candidates.best(rounds, [default, other], "decode", 2) is (other if wins else default)


def test_order_changes_each_round():
    order = []
    candidates.rounds(["a", "b", "c"], 3, order.append, lambda *_: None)
    assert order == list("abcbcacab")


def test_a_whole_run(build, tmp_path):
    model, compiler = build.model("tiny-q4_0.gguf"), build.tool("lfm2-compile")
    done = run([TUNE, model, "-o", tmp_path / "t.json", f"--lfm2-compile={compiler}", "--cpu=x86-64-v2,+avx",
                "--streams=1", "--prefetch=0", "--tokens=4", "--groups=1", "--repeat=1", "--threads=1"])
    assert done.returncode == 0, done.stderr
    assert set(json.loads((tmp_path / "t.json").read_text())["x86-64-v2"]) == set(candidates.LIMITS)
    done = run([compiler, model, "-o", tmp_path / "m", "--cpu=x86-64-v2", f"--tuning={tmp_path / 't.json'}"])
    assert done.returncode == 0 and "says nothing" not in done.stderr


@pytest.mark.parametrize("arguments,says", [
    ([], ["MODEL.gguf", "--help"]),
    (["no-such.gguf"], ["expected a model", "no-such.gguf"]),
    ([__file__, "--no-such-option"], ["no-such-option"]),
    ([__file__, "--streams=0"], ["--streams", "1 to 8", "'0'"]),
    ([__file__, "--streams=1-4"], ["--streams", "'1-4'"]),
    ([__file__, "--prefetch=65537"], ["--prefetch", "0 to 65536"]),
    ([__file__, "--tokens="], ["--tokens", "1 to 16", "''"]),
    ([__file__, "--repeat=0"], ["--repeat", "'0'"]),
    ([__file__, "--margin=-1"], ["--margin", "'-1'"]),
    ([__file__, "--threads=two"], ["--threads", "'two'"]),
    ([__file__, "--cpu=portable"], ["--cpu", "one CPU"]),
    ([__file__, "-o", "no/such/folder/t.json"], ["no/such/folder"]),
    ([__file__, "--lfm2-compile=/no/such"], ["/no/such", "--lfm2-compile"]),
])
def test_wrong_use(arguments, says):
    refused([TUNE, *arguments], says, status=2)


def test_the_output_replaces_nothing(made):
    made.model.write_text("GGUF, a model")
    os.mkfifo(made.folder / "pipe")
    (made.folder / "link").symlink_to(made.compiler)
    for name, says in (("m.gguf", f"the output {made.model} would replace {made.model}, which is read"),
                       ("link", f"would replace {made.compiler}, which is read"),
                       ("pipe", "is no regular file; name a file"), (".", "is no regular file; name a file")):
        refused([*made.command(), "-o", made.folder / name], [says], status=2)
    assert made.model.read_text() == "GGUF, a model" and not made.out.exists()


def test_wrong_use_of_a_run(made):
    refused([*made.command(), "--pin=4000"], ["--pin", "4000"], status=2)
    for text, says in (("{", "tuning file"), ("[]", "JSON object of CPUs")):
        made.out.write_text(text)
        refused(made.command(), [says, "tuning.json", "move it"], status=2)
        assert made.out.read_text() == text


@pytest.mark.parametrize("text,says,status", [
    ("#!/bin/sh\necho 'error: no such CPU' >&2\nexit 2\n", ["m.gguf", "no such CPU"], 2),
    ("#!/bin/sh\necho 'error: no tensors' >&2\nexit 1\n", ["expected lfm2-compile to compile", "no tensors"], 1),
    ("#!/bin/sh\nexit 0\n", ["report", "one version"], 1),
    ("not a program", ["expected to run"], 1),
])
def test_compiler_fails(made, text, says, status):
    refused(made.command(text=text), says, status=status)
    assert not made.out.exists()


def test_program_fails(made):
    done = run([*made.command("lambda *_: (0, 0)"), "--streams=1", "--prefetch=0"])
    assert done.returncode == 1 and not made.out.exists()
    assert "gen_tokens_per_s" in done.stderr.strip().split("\n")[-1] and "Traceback" not in done.stderr
