"""tools/lfm2-bench: its statistics on made-up pairs, its refusals, and a whole run
beside a program that answers as llama-bench does. Nothing here is timed."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import types

import pytest

from conftest import ROOT, run
from refusal import refused

sys.path.insert(0, os.path.join(ROOT, "tools"))
from bench import Failure, WrongUse, describe, engines, measure, page, plots, shapes, summary, watch  # noqa: E402

BENCH = os.path.join(ROOT, "tools", "lfm2-bench")

# What llama-bench de3ff81 prints with -o jsonl, shortened; speeds by attention mode.
LLAMA_BENCH = """#!/bin/sh
case "$*" in
  *"-fa 1"*) speed=20 ;;
  *) speed=10 ;;
esac
echo '{"build_commit": "de3ff81", "model_filename": "/where/it/is.gguf", "n_prompt": 512, "n_gen": 0,' \\
  '"avg_ns": 1995971697, "avg_ts": '$speed', "samples_ns": [ 1995971697 ],"samples_ts": [ '$speed' ]}'
"""


def pair(config="clang, fa on", ours=100.0, theirs=80.0, probes=(25.0, 25.0, 25.0), dropped=None, **more):
    return {"config": config, "ours": {"value": ours, "rss": 2**20, **more},
            "theirs": theirs and {"value": theirs, "rss": 2**21}, "probes": list(probes),
            "others_cpu": 0.0, "seconds": 1.0, "dropped": dropped}


def result(kind, count, pairs, depth=0, threads=2, given_up=()):
    return {"shape": shapes.Shape(kind, count, depth, threads).as_json(), "wanted": 3, "pairs": pairs,
            "given_up": dict(given_up)}


def recorded(*results, **settings):
    """A run as --json writes it."""
    return {"tool": "lfm2-bench", "format": 1, "date": "2026-11-21",
            "machine": {"cpu": "A CPU", "family_model_stepping": "25/1/1", "cpus": 2, "threads_per_core": "1",
                        "caches": {"L2": "1 MiB"}, "features": ["avx2"], "hypervisor": "KVM",
                        "memory_bytes": 2**34, "kernel": "6.1", "system": "Debian", "governor": ""},
            "ours": {"commit": "0123456789", "cpu": "native", "version": "lfm2-compile 0.1.0"},
            "llama_cpp": [{"name": "clang", "commit": "de3ff81", "options": {"GGML_NATIVE": "ON"}}],
            "settings": {"repeat": 3, "screen": 15, "probe_tolerance": 15, "cpu_tolerance": 2, "pin": "",
                         "int8_peak": None, **settings},
            "models": [{"file": "m.gguf", "name": "random", "bytes": 100, "sha256": ["ab12"], "compile_s": 1.0,
                        "bytes_by_type": {"Q4_0": 2**20}, "macs_per_token": 10**9, "results": list(results)}]}


def test_shapes():
    found = shapes.parse("pp512,tg128@4096,tg128/t1,ttft512,verify8", [2], 32)
    assert [(shape.name, shape.threads) for shape in found] == [
        ("pp512", 2), ("tg32@4096", 2), ("tg128", 1), ("ttft512", 2), ("verify8", 2)]
    assert [shape.threads for shape in shapes.parse("pp8,pp8/t4", [1, 4], 32)] == [1, 4]
    assert [shape.rounds(5) for shape in shapes.parse("pp512,pp4096,tg128@16384", [2], 32)] == [5, 2, 1]
    assert shapes.parse("tg128@16384", [2], 32)[0].rounds(1) == 1


@pytest.mark.parametrize("text", ["", "pp", "512", "pp0", "qq12", "pp12@", "tg8/t0", "pp8x", "ttft8@9", "pp 8"])
def test_shapes_refused(text):
    with pytest.raises(WrongUse, match="expected shapes such as"):
        shapes.parse(text, [2], 32)


def test_others_are_what_is_not_ours():
    busy = watch.busy_seconds("cpu  100 10 20 5000 7 1 2 30 99 99")
    assert busy == pytest.approx(163 / watch.TICK)
    assert watch.others_part(busy=2.13, own=2.0, wall=1.0, cpus=2) == pytest.approx(0.05)
    assert watch.others_part(busy=2.0, own=2.1, wall=1.0, cpus=2) == 0


@pytest.mark.parametrize("probes,others,why", [
    ([20, 22, 21], 0.0, None), ([20, 23.1, 21], 0.0, "probe"), ([20, 20, 20], 0.021, "cpu"),
    ([0, 20], 0.0, "probe"), ([20, 30], 0.5, "probe"), ([20, 20], 0.019, None)])
def test_disturbance(probes, others, why):
    assert watch.disturbance(probes, others, 15, 2) == why


def test_the_least_lead_counts():
    row = summary.summarize(result("tg", 128, [
        pair(ours=100, theirs=80), pair(ours=110, theirs=90), pair(ours=120, theirs=100),
        pair("clang, fa off", ours=50, theirs=30), pair(ours=1, theirs=1000, dropped="cpu")]), 0)
    assert row["best"]["config"] == "clang, fa on"
    assert (row["best"]["ours"], row["best"]["theirs"], row["best"]["kept"]) == (110, 90, 3)
    assert row["best"]["ratio"] == pytest.approx(110 / 90)
    assert row["dropped"] == {"cpu": 1}


def test_less_time_is_faster():
    row = summary.summarize(result("ttft", 512, [pair(ours=100, theirs=250)]), 0)
    assert row["best"]["ratio"] == 2.5


def test_limits():
    row = summary.summarize(result("tg", 128, [pair(ours=100, theirs=50, step_bytes=2e8)]), 0)
    assert row["best"]["ours_of_probe"] == pytest.approx(0.8)
    assert row["best"]["theirs_of_probe"] == pytest.approx(0.4)
    row = summary.summarize(result("pp", 512, [pair(ours=100, theirs=50)]), 10**9)
    assert (row["best"]["ours_gops"], row["best"]["theirs_gops"]) == (200, 100)


def test_behind():
    shape = shapes.Shape("tg", 32, 4096, 2)
    pairs = [pair("a", 100, 80), pair("b", 100, 60), pair("c", 100, 78), pair("d", 100, 1, dropped="cpu")]
    assert measure.behind(shape, pairs, 15) == {"b": 33.3}
    assert measure.behind(shapes.Shape("ttft", 512), [pair("a", 100, 200), pair("b", 100, 300)], 15) == {"b": 50}
    assert measure.behind(shape, [pair("d", dropped="cpu")], 15) == {}


class Told:
    """Both sides, by a list of probes and speeds."""

    def __init__(self, name="peer", speed=50.0, probes=()):
        self.name, self.speed, self.probes, self.asked = name, speed, list(probes), []

    def probe(self, _threads):
        return self.probes.pop(0) if self.probes else 25.0

    def measure(self, shape, *_):
        self.asked.append(shape.name)
        return {"value": self.speed, "rss": 1}


def settings(**given):
    return types.SimpleNamespace(**{"repeat": 2, "screen": 15, "probe_tolerance": 15, "cpu_tolerance": 1e9,
                                    "lock": None, **given})


def test_dropped_pairs_are_made_again():
    program, peer = Told(probes=[25, 25, 50]), Told()
    made = measure.measure_shape(settings(), program, shapes.Shape("pp", 8, 0, 1), [peer], "m", {}, lambda *_: None)
    assert [one["dropped"] for one in made["pairs"]] == ["probe", None, None]


def test_all_dropped_ends():
    program, peer = Told(probes=[10, 20] * 50), Told()
    made = measure.measure_shape(settings(), program, shapes.Shape("pp", 8, 0, 1), [peer], "m", {}, lambda *_: None)
    assert len(made["pairs"]) == 4 and all(one["dropped"] for one in made["pairs"])
    text = page.page(recorded(made), [])
    assert "all 4 pairs were dropped (4 probes too far apart)" in text


def test_order_changes_each_round():
    order = []
    peers = [Told("a"), Told("b")]
    measure.measure_shape(settings(), Told(), shapes.Shape("pp", 8, 0, 1), peers, "m", {},
                          lambda _, one: order.append(one["config"]))
    assert order == ["a", "b", "b", "a"]


def test_who_is_behind_is_given_up_in_long_shapes_and_deeper():
    fast, slow = Told("fast", 50), Told("slow", 30)
    wanted = [shapes.Shape("tg", 4, depth, 1) for depth in (16384, 0, 4096)] + [shapes.Shape("pp", 8, 0, 1)]
    made = list(measure.measure_model(settings(repeat=4), Told(), wanted, [fast, slow], "m", lambda *_: None))
    assert [one["shape"]["name"] for one in made] == ["tg4", "pp8", "tg4@4096", "tg4@16384"]
    assert slow.asked == ["tg4"] * 4 + ["pp8"] * 4 + ["tg4@4096"]
    assert fast.asked == ["tg4"] * 4 + ["pp8"] * 4 + ["tg4@4096"] * 2 + ["tg4@16384"]
    assert made[2]["given_up"] == {"slow": "66.7 % behind the best at tg4@4096"}
    slow.asked = []
    list(measure.measure_model(settings(repeat=4, screen=0), Told(), wanted, [fast, slow], "m", lambda *_: None))
    assert slow.asked.count("tg4@4096") == 2 and slow.asked.count("tg4@16384") == 1


def test_table_and_page():
    data = recorded(
        result("tg", 128, [pair(ours=125, theirs=100, step_bytes=1e8), pair(dropped="probe")]),
        result("pp", 512, [pair(ours=475, theirs=250), pair("clang, fa off", ours=475, theirs=200)],
               given_up={"clang, fa off": "25 % behind"}),
        result("verify", 8, [pair("", ours=2.4, theirs=None)]))
    lines = page.main_table(data).split("\n")
    assert "| m | pp512 | 475 | 250 | **1.90** | 950 GOPS | 500 GOPS | clang, fa on | 1 | 0 |" in lines
    assert "| m | tg128 | 125.0 | 100.0 | **1.25** | 50 % | 40 % | clang, fa on | 1 | 1 + 0 |" in lines
    assert "| m | verify8 | 2.40 × | – | – | – | – | – | 1 | 0 |" in lines
    assert len({line.count("|") for line in lines}) == 1
    data["settings"]["int8_peak"] = 1000
    assert "| 95 % | 50 % |" in page.main_table(data)
    text = page.page(data, [("Times", "ratio.svg")])
    for words in ("2026-11-21", "commit 0123456789", "commit de3ff81, clang, `-DGGML_NATIVE=ON`", "`ab12`",
                  "![Times](ratio.svg)", "25 % behind", "A CPU", "1000 GOPS of int8", "### m.gguf",
                  "for probes too far apart + for other processes"):
        assert words in text


def test_no_line_of_a_page_is_too_long():
    data = recorded(result("ttft", 16, [pair()]))
    data["llama_cpp"][0]["options"] = {f"GGML_OPTION_{n}": "ON" for n in range(20)}
    data["machine"]["caches"] = {f"L{n}": "32 MiB (1 instance)" for n in range(20)}
    lines = page.page(data, []).split("\n")
    assert any("GGML_OPTION_19=ON" in line for line in lines)
    assert max(map(len, lines)) <= 120


def test_threads_are_named_where_they_differ():
    data = recorded(result("tg", 8, [pair()], threads=1), result("tg", 8, [pair()], threads=2))
    table = page.main_table(data)
    assert "| tg8, 1 thread |" in table and "| tg8, 2 threads |" in table


def test_plots(tmp_path):
    data = recorded(result("tg", 128, [pair(step_bytes=1e8)]), result("pp", 512, [pair()]),
                    result("ttft", 16, [pair(dropped="cpu")]))
    made = plots.draw(data, tmp_path / "plots")
    assert [name for _, name in made] == ["ratio.svg", "generation.svg", "prompts.svg"]
    first = [(tmp_path / "plots" / name).read_bytes() for _, name in made]
    assert all(b"<svg" in text for text in first)
    plots.draw(data, tmp_path / "again")
    assert first == [(tmp_path / "again" / name).read_bytes() for _, name in made]


def write(path, data):
    path.write_text(json.dumps(data))
    return path


def test_files_are_joined(tmp_path):
    one = write(tmp_path / "1.json", recorded(result("pp", 512, [pair(ours=100, theirs=50)])))
    two = write(tmp_path / "2.json", recorded(result("pp", 512, [pair(ours=300, theirs=50)]),
                                              result("tg", 8, [pair()])))
    done = run([BENCH, f"--from={one}", f"--from={two}", "--page", tmp_path / "page.md", "--plots", tmp_path / "p"])
    assert done.returncode == 0, done.stderr
    assert "| pp512 | 200 |" in done.stdout and "| tg8 |" in done.stdout
    text = (tmp_path / "page.md").read_text()
    assert done.stdout.strip() in text
    pictures = re.findall(r"!\[.*\]\((.*)\)", text)
    assert pictures and all((tmp_path / name).exists() for name in pictures)


def test_files_that_differ_are_not_joined(tmp_path):
    one = write(tmp_path / "1.json", recorded(result("pp", 8, [pair()])))
    other = recorded(result("pp", 8, [pair()]))
    other["ours"]["commit"] = "ffff"
    two = write(tmp_path / "2.json", other)
    refused([BENCH, f"--from={one}", f"--from={two}"], ["'ours'", "expected"], status=2)


def test_without_a_pair_it_fails_but_writes(tmp_path):
    one = write(tmp_path / "1.json", recorded(result("pp", 8, [pair(dropped="cpu")])))
    done = run([BENCH, f"--from={one}", "--page", tmp_path / "page.md"])
    assert done.returncode == 1
    assert "all 1 pairs were dropped (1 other processes)" in done.stderr
    assert "all 1" in done.stdout and (tmp_path / "page.md").exists()


def test_compiler_of_a_build(tmp_path):
    for name, version in (("a", "22.1.8"), ("b", "22.1.8"), ("c", "12.2.0")):
        fake_llama(tmp_path / name)
        (tmp_path / name / "CMakeCache.txt").write_text("CMAKE_BUILD_TYPE:STRING=Release\nGGML_NATIVE:BOOL=OFF\n"
                                                        "GGML_AVX2:BOOL=ON\nGGML_AVX512:BOOL=OFF\n")
        files = tmp_path / name / "CMakeFiles" / "3.25"
        files.mkdir(parents=True)
        kind = "GNU" if name == "c" else "Clang"
        (files / "CMakeCXXCompiler.cmake").write_text(
            f'set(CMAKE_CXX_COMPILER_ID "{kind}")\nset(CMAKE_CXX_COMPILER_VERSION "{version}")\n')
    builds = describe.llama_builds([str(tmp_path / name) for name in "abc"])
    assert [build["name"] for build in builds] == ["clang 22.1.8 #1", "clang 22.1.8 #2", "GCC 12.2.0"]
    assert builds[0]["options"] == {"CMAKE_BUILD_TYPE": "Release", "GGML_NATIVE": "OFF", "GGML_AVX2": "ON"}


def test_multiply_adds():
    facts = {"expert_count": 8, "expert_used_count": 2}
    assert describe.multiply_adds("blk.0.ffn_up.weight", [4, 6], facts) == 24
    assert describe.multiply_adds("blk.0.ffn_up_exps.weight", [4, 6, 8], facts) == 48
    for name, shape in (("token_embd.weight", [4, 6]), ("blk.0.attn_norm.weight", [4]),
                        ("blk.0.shortconv.conv.weight", [3, 4])):
        assert describe.multiply_adds(name, shape, facts) == 0


def fake_llama(folder, text=LLAMA_BENCH):
    tool = folder / "bin" / "llama-bench"
    tool.parent.mkdir(parents=True)
    tool.write_text(text)
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    return folder


@pytest.fixture
def command(build, tmp_path):
    """A run of a second or two; what it measures is not looked at."""
    return [BENCH, build.model("tiny-q4_0_mix.gguf"), f"--llama-cpp={fake_llama(tmp_path / 'llama')}",
            f"--lfm2-compile={build.tool('lfm2-compile')}", "--repeat=1", "--threads=1",
            "--probe-tolerance=1e9", "--cpu-tolerance=1e9", "--shapes=pp16,tg8,tg8@32,ttft16,verify8"]


def test_a_whole_run(command, tmp_path):
    files = tmp_path / "run.json", tmp_path / "page.md"
    done = run([*command, "--json", files[0], "--page", files[1], "--lock", tmp_path / "lock", "--cpu=x86-64-v2"])
    assert done.returncode == 0, done.stderr
    data = json.loads(files[0].read_text())
    assert data["llama_cpp"][0]["commit"] == "de3ff81"
    assert data["ours"]["cpu"] == "x86-64-v2" and "`--cpu=x86-64-v2`" in files[1].read_text()
    model = data["models"][0]
    assert model["macs_per_token"] > 0 and len(model["sha256"][0]) == 64
    found = {one["shape"]["name"]: one["pairs"] for one in model["results"]}
    assert list(found) == ["pp16", "tg8", "ttft16", "verify8", "tg8@32"]
    for name, pairs in found.items():
        assert len(pairs) == (1 if name == "verify8" else 2)
        assert all(one["ours"]["value"] > 0 and one["ours"]["rss"] > 0 for one in pairs)
    assert [(one["config"].split(", ")[1], one["theirs"]["value"]) for one in found["pp16"]] == [
        ("fa on", 20), ("fa off", 10)]
    for file in files:
        assert str(tmp_path) not in file.read_text() and "/where/it/is" not in file.read_text()
    again = run([BENCH, f"--from={files[0]}"])
    assert again.returncode == 0 and again.stdout == done.stdout


@pytest.mark.parametrize("arguments,says", [
    ([], ["model", "--from"]),
    (["m.gguf"], ["--llama-cpp=DIR"]),
    (["m.gguf", "--from=x.json"], ["either"]),
    (["m.gguf", "--llama-cpp=."], ["m.gguf", "No such file"]),
    (["--no-such-option"], ["no-such-option", "--help"]),
    (["--repeat=0"], ["--repeat", "'0'"]),
    (["--threads=two"], ["--threads", "'two'"]),
    (["--threads=0"], ["--threads", "'0'"]),
    (["--probe-tolerance=-1"], ["--probe-tolerance"]),
    (["--from=no-such.json"], ["no-such.json"]),
    (["--from=" + __file__], ["--json wrote"]),
    (["--from=x.json", "--page=no/such/folder/p.md"], ["no/such/folder"]),
])
def test_wrong_use(arguments, says):
    refused([BENCH, *arguments], ["expected", *says] if "--no-such-option" not in arguments else says, status=2)


def test_outputs_replace_nothing(tmp_path):
    one = write(tmp_path / "1.json", recorded(result("pp", 512, [pair()])))
    os.link(one, tmp_path / "link")
    os.mkfifo(tmp_path / "pipe")
    for option in ("--json", "--page"):
        refused([BENCH, f"--from={one}", f"{option}={tmp_path}/link"], [f"would replace {one}, which is read"],
                status=2)
        refused([BENCH, f"--from={one}", f"{option}={tmp_path}/pipe"], ["pipe", "is no regular file"], status=2)
    refused([BENCH, f"--from={one}", f"--json={tmp_path}/x", f"--page={tmp_path}/x"], ["are one file"], status=2)
    (tmp_path / "ratio.svg").mkdir()
    done = run([BENCH, f"--from={one}", f"--plots={tmp_path}"])
    assert done.returncode == 2 and "ratio.svg': it is no regular file" in done.stderr
    assert sorted(os.listdir(tmp_path)) == ["1.json", "link", "pipe", "ratio.svg"]


def test_nobody_reads(tmp_path):
    one = write(tmp_path / "1.json", recorded(result("pp", 512, [pair()])))
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([BENCH, f"--from={one}"], stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize("change,says", [
    ("--llama-cpp=/no/such", ["build folder", "/no/such"]),
    ("--llama-cpp=" + ROOT, ["bin/llama-bench", "ninja"]),
    ("--shapes=pp8,qq12", ["qq12", "pp512"]),
    ("--pin=4000", ["--pin", "4000"]),
    ("--lfm2-compile=/no/such", ["/no/such", "--lfm2-compile"]),
])
def test_wrong_use_of_a_run(command, change, says):
    refused([*command, change], ["expected", *says], status=2)


def test_not_a_gguf(command, tmp_path):
    (tmp_path / "not.gguf").write_text("something else")
    refused([*command, tmp_path / "not.gguf"], ["GGUF", "not.gguf"], status=2)
    # Opening a pipe would wait.
    os.mkfifo(tmp_path / "pipe")
    refused([*command, tmp_path / "pipe"], ["expected a regular file", "pipe"], status=2)
    refused([BENCH, f"--from={tmp_path / 'pipe'}"], ["expected a regular file", "pipe"], status=2)


@pytest.mark.parametrize("text,says", [
    ("#!/bin/sh\necho failed to load model >&2\nexit 3\n", ["exit 0", "found 3", "failed to load model"]),
    ("#!/bin/sh\necho nonsense\n", ["expected JSON", "nonsense"]),
    ("#!/bin/sh\necho '{\"avg_ts\": 0}'\n", ["avg_ts"]),
    ("not a program", ["expected to run"]),
])
def test_llama_bench_fails(tmp_path, text, says):
    peer = engines.Peer(describe.llama_build(str(fake_llama(tmp_path, text))), True)
    with pytest.raises(Failure) as failure:
        peer.measure(shapes.Shape("pp", 8, 0, 1), "m.gguf")
    assert failure.value.status == 1
    for word in says:
        assert word in str(failure.value)


def test_what_was_measured_before_a_failure_is_kept(command, tmp_path):
    shutil.rmtree(tmp_path / "llama")
    fake_llama(tmp_path / "llama", LLAMA_BENCH.replace("#!/bin/sh", '#!/bin/sh\n[ "$6" = 0 ] || exit 3'))
    done = run([*command, "--shapes=pp16,tg8", "--json", tmp_path / "run.json"])
    assert done.returncode == 1
    assert "found 3" in done.stderr.strip().split("\n")[-1] and "Traceback" not in done.stderr
    data = json.loads((tmp_path / "run.json").read_text())
    assert [one["shape"]["name"] for one in data["models"][0]["results"]] == ["pp16"]


def test_compiler_refuses(command, tmp_path):
    (tmp_path / "cut.gguf").write_bytes(open(command[1], "rb").read()[:200000])
    refused([BENCH, tmp_path / "cut.gguf", *command[2:]], ["expected lfm2-compile to compile", "cut.gguf"])
