"""`lfm2` and the hub: names, downloads, and what a hub may do wrong. The hub is
fake_hub.py on loopback; the client is huggingface_hub itself."""

import concurrent.futures
import os
import resource
import shutil

import pytest

from fake_hub import COMMIT, Hub
from lfm2_command import with_compiler, with_stand_ins, write

REPO = "LiquidAI/LFM2-350M-GGUF"
IMPATIENT = {"HF_HUB_ETAG_TIMEOUT": "1", "HF_HUB_DOWNLOAD_TIMEOUT": "1"}


@pytest.fixture
def hub():
    made = Hub()
    yield made
    made.close()


@pytest.fixture
def lfm2(tmp_path, hub):
    made = with_stand_ins(tmp_path)
    made.env["HF_ENDPOINT"] = hub.url
    return made


def gguf(letter, size=20000):
    return b"GGUF" + letter.encode() * size


def of_family(letter):
    """The same with an architecture, which `lfm2 list` looks at."""
    return b"GGUF\x13" + bytes(7) + b"general.architecture\x08\0\0\0\x04" + bytes(7) + b"lfm2" + letter.encode() * 20000


def files_of(lfm2):
    """Blobs and links that the hub's cache holds."""
    repos = os.path.join(lfm2.home, "hf", "hub")
    return sorted(os.path.relpath(os.path.join(base, name), repos) for base, _, names in os.walk(repos)
                  for name in names if "/blobs" in base or "/snapshots" in base)


def test_a_name_becomes_an_answer_and_nothing_is_done_twice(tmp_path, hub, build):
    lfm2 = with_compiler(tmp_path, build)
    lfm2.env["HF_ENDPOINT"] = hub.url
    with open(build.model("tiny-q4_0.gguf"), "rb") as file:
        hub.repos[REPO] = {"README.md": b"", "LFM2-350M-Q4_0.gguf": file.read(), "LFM2-350M-F16.gguf": gguf("f")}
    first = lfm2("run", "lfm2:350m", "Hello", "--temp", "0", "-n", "8")
    assert first.returncode == 0 and first.stdout.strip(), first.stderr
    assert hub.downloads() == [f"/cdn/{REPO}/LFM2-350M-Q4_0.gguf"]
    asked = len(hub.asked)
    hub.fault = "down"
    for name in ("lfm2:350m", f"hf.co/{REPO}:Q4_0", f"{REPO}:q4_0", f"{REPO}:LFM2-350M-Q4_0.gguf",
                 f"https://huggingface.co/{REPO}/blob/main/LFM2-350M-Q4_0.gguf", f"{REPO}@{COMMIT}:Q4_0"):
        again = lfm2("run", name, "Hello", "--temp", "0", "-n", "8")
        assert (again.stdout, again.stderr) == (first.stdout, ""), name
    assert len(hub.asked) == asked


def test_safetensors_only_what_is_needed(lfm2, hub, build):
    folder = build.model("tiny-bf16-hf")
    files = {}
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), "rb") as file:
            files[name] = file.read()
    more = {"pytorch_model.bin": gguf("b"), "onnx/model.onnx": gguf("o"), "README.md": b"#"}
    hub.repos["LiquidAI/LFM2-350M"] = {**files, **more}
    done = lfm2("run", "LiquidAI/LFM2-350M", "Hello", "-n", "2")
    assert done.returncode == 0, done.stderr
    assert sorted(path.rsplit("/", 1)[1] for path in hub.downloads()) == sorted(files)


@pytest.mark.parametrize("fault, says", [
    ("down", "cannot answer now (status 503)"), ("401", "refuses access"), ("403", "refuses access"),
    ("404", "has no repository"), ("429", "too many requests"), ("gated", "hf auth login"),
    ("other", "checksum"), ("slow", "takes too long")])
def test_a_hub_that_fails(lfm2, hub, fault, says):
    hub.repos[REPO] = {"LFM2-350M-Q4_0.gguf": gguf("a")}
    hub.fault = fault
    assert says in lfm2.refuses("run", "lfm2:350m", "Hi", env=IMPATIENT if fault == "slow" else {})
    assert not files_of(lfm2) and not lfm2.cached()
    hub.fault = ""
    assert fault != "other" or lfm2("pull", "lfm2:350m").returncode == 0


def test_half_a_file_and_one_that_does_not_come(tmp_path):
    """Both at once: huggingface_hub waits between its tries."""
    def refused(fault):
        hub = Hub()
        hub.repos[REPO] = {"LFM2-350M-Q4_0.gguf": gguf("a")}
        hub.fault = fault
        lfm2 = with_stand_ins(tmp_path / fault)
        lfm2.env["HF_ENDPOINT"] = hub.url
        try:
            return lfm2.refuses("pull", "lfm2:350m", env=IMPATIENT), files_of(lfm2)
        finally:
            hub.close()

    with concurrent.futures.ThreadPoolExecutor() as pool:
        half, slow = pool.map(refused, ("half", "slow-file"))
    assert "only a part" in half[0] and not half[1]
    assert "takes too long" in slow[0] and not slow[1]


def test_a_connection_that_breaks_is_taken_up(lfm2, hub):
    """What huggingface_hub takes at a time, 10 MiB, is not sent again."""
    hub.repos[REPO] = {"LFM2-350M-Q4_0.gguf": gguf("a", 3 << 23)}
    hub.fault = "half-once"
    assert lfm2("pull", "lfm2:350m").returncode == 0
    assert hub.ranges == [f"bytes={10 << 20}-"]


def test_two_at_once_download_once(lfm2, hub):
    hub.repos[REPO] = {"LFM2-350M-Q4_0.gguf": gguf("a")}
    hub.fault = "slow-file"
    both = [lfm2.start("run", "lfm2:350m", "Hi") for _ in range(2)]
    outputs = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert len(hub.downloads()) == 1 and len(lfm2.compilations()) == 1


def test_a_repository_that_goes_on(lfm2, hub):
    hub.repos[REPO] = {"LFM2-350M-Q4_0.gguf": gguf("a"), "LFM2-350M-Q8_0.gguf": gguf("b")}
    for name in ("lfm2:350m", "lfm2:350m-q8_0"):
        assert lfm2("run", name, "Hi").returncode == 0
    hub.fault = "moves"
    assert "changed while" in lfm2.refuses("pull", "lfm2:350m")
    hub.fault = ""
    hub.commit, hub.repos[REPO]["LFM2-350M-Q4_0.gguf"] = "f" * 40, gguf("c")
    hub.asked.clear()
    assert lfm2("run", "lfm2:350m", "Hi").returncode == 0
    assert not hub.asked and len(lfm2.compilations()) == 2
    assert "f" * 40 in lfm2("pull", "lfm2:350m").stdout
    assert lfm2("run", "lfm2:350m", "Hi").returncode == 0
    assert len(lfm2.compilations()) == 3
    hub.asked.clear()
    assert lfm2("run", "lfm2:350m-q8_0", "Hi").returncode == 0
    assert not hub.asked and len(lfm2.compilations()) == 3, "what the new revision has not changed is here"


def test_no_hub_at_all(lfm2):
    assert "cannot download" in lfm2.refuses("pull", "lfm2:350m", env={"HF_ENDPOINT": "http://127.0.0.1:9"})
    write(os.path.join(lfm2.home, "without", "huggingface_hub.py"), "raise ImportError('no such module')")
    without = os.path.join(lfm2.home, "without") + os.pathsep + lfm2.env["PYTHONPATH"]
    assert "pip install huggingface_hub" in lfm2.refuses("pull", "lfm2:350m", env={"PYTHONPATH": without})
    assert "HF_HUB_OFFLINE" in lfm2.refuses("run", "lfm2:350m", env={"HF_HUB_OFFLINE": "1"})


def test_no_room(lfm2, hub):
    hub.repos[REPO] = {"LFM2-350M-Q4_0.gguf": gguf("a")}
    hub.size = 10 ** 16
    assert "are free" in lfm2.refuses("pull", "lfm2:350m")
    hub.size = None
    write(os.path.join(lfm2.home, "file"), "")
    assert "HF_HOME" in lfm2.refuses("pull", "lfm2:350m", env={"HF_HOME": os.path.join(lfm2.home, "file")})
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))  # noqa: E731
    assert "make room" in lfm2.refuses("pull", "lfm2:350m", preexec_fn=limit)
    assert not files_of(lfm2)


def test_which_file_of_a_repository(lfm2, hub):
    parts = [f"big/M-Q6_K-0000{part}-of-00002.gguf" for part in (1, 2)]
    hub.repos["a/b"] = {"M-Q4_0.gguf": gguf("a"), "M-Q4_K_M.gguf": gguf("b"), "M-BF16.gguf": gguf("c"),
                        "mmproj-M-Q8_0.gguf": gguf("d"), **{part: gguf(part) for part in parts}}
    hub.repos["a/two"] = {"M-Q5_0.gguf": of_family("a"), "M-Q6_K.gguf": gguf("b")}
    hub.repos["a/same"] = {"M-Q4_0.gguf": gguf("a"), "N-Q4_0.gguf": gguf("b")}
    hub.repos["a/none"] = {"README.md": b"", "model.onnx": gguf("a")}
    hub.repos["a/folder"] = {"config.json": b"{}", "model.safetensors": gguf("a"), "tokenizer.json": b"{}"}
    for choice, files in (("", ["M-Q4_K_M.gguf"]), (":bf16", ["M-BF16.gguf"]), (":Q6_K", parts)):
        hub.asked.clear()
        assert lfm2("pull", "a/b" + choice).returncode == 0
        assert hub.downloads() == [f"/cdn/a/b/{file}" for file in files]
    assert "it has BF16, Q4_0, Q4_K_M, Q6_K" in lfm2.refuses("run", "a/b:Q8_0")
    assert "give one, as a/two:Q5_0" in lfm2.refuses("run", "a/two")
    assert "no model that can be compiled" in lfm2.refuses("run", "a/none")
    assert "--quantize=q4_0" in lfm2.refuses("run", "a/folder:Q4_0")
    assert "2 files of the format Q4_0; give one" in lfm2.refuses("run", "a/same:Q4_0")
    assert "cannot be the name" in lfm2.refuses("run", "a/b--c")
    assert lfm2("pull", f"a/two@{COMMIT}:Q5_0").returncode == 0
    assert f"a/two@{COMMIT}:Q5_0 " in lfm2("list", "--json").stdout.replace('"', " ")
    assert "no revision 'old'" in lfm2.refuses("run", "a/b@old:Q4_0")


def test_a_blob_that_was_damaged_later(lfm2, hub):
    hub.repos[REPO] = {"LFM2-350M-Q4_0.gguf": gguf("a")}
    blob = os.path.realpath(lfm2("pull", "lfm2:350m").stdout.split(" (")[0])
    with open(blob, "r+b") as file:
        file.write(b"other")
    assert f"delete {blob}" in lfm2.refuses("run", "lfm2:350m", "Hi")
    assert not lfm2.compilations() and not lfm2.cached()


def test_rm_with_weights(lfm2, hub):
    hub.repos[REPO] = {"LFM2-350M-Q4_0.gguf": gguf("a"), "LFM2-350M-Q8_0.gguf": gguf("b")}
    for name in ("lfm2:350m", "lfm2:350m-q8_0"):
        assert lfm2("run", name, "Hi").returncode == 0
    assert "--yes" in lfm2.refuses("rm", "lfm2:350m", "--weights", status=2)
    ours, theirs = os.openpty()
    for answer, says in (("n", "nothing was deleted"), ("y", "")):
        os.write(ours, f"{answer}\n".encode())
        done = lfm2("rm", "lfm2:350m-q8_0", "--weights", stdin=theirs)
        assert "LFM2-350M-Q8_0.gguf (20 KB)? [y/N]" in done.stdout and says in done.stderr
    assert [os.path.basename(name) for name in files_of(lfm2)].count("LFM2-350M-Q4_0.gguf") == 1
    assert len(files_of(lfm2)) == 2 and len(lfm2.cached()) == 1
    assert lfm2("rm", "lfm2:350m").returncode == 0
    assert len(files_of(lfm2)) == 2 and not lfm2.cached()
    shutil.rmtree(os.path.join(lfm2.home, "hf"))
    assert "not on this machine" in lfm2.refuses("rm", "lfm2:350m")
