"""The figures for people: a table in Markdown, and a page around it."""

import textwrap

from bench.engines import DEEP_RUNS
from bench.shapes import LONG, LONGEST
from bench.summary import REASONS, summarize

KINDS = {
    "pp": "`ppN`: reading a prompt of N tokens, tokens/s",
    "tg": "`tgN`: generating N tokens one by one, tokens/s; `@D`: with D tokens in the context already",
    "ttft": "`ttftN`: milliseconds from the start of the process until the first token after a prompt of N is "
            "there, page cache warm (llama.cpp: until llama-bench says that the prompt is read)",
    "verify": "`verifyN`: our time for N tokens at once over that for one, as speculative decoding needs it; "
              "llama.cpp is not asked",
}


def figure(value, unit=""):
    if value is None:
        return "–"
    return f"{value:.0f}{unit}" if value >= 200 else f"{value:.1f}{unit}" if value >= 10 else f"{value:.2f}{unit}"


def percent(part):
    return "–" if part is None else f"{100 * part:.0f} %"


def speeds(shape, value):
    if value is None:
        return "–"
    return figure(value) + {"ms": " ms", "x": " ×"}.get(shape["unit"], "")


def label(shape, several_threads):
    if not several_threads:
        return shape["name"]
    return f"{shape['name']}, {shape['threads']} thread{'s' if shape['threads'] != 1 else ''}"


def dropped(counts):
    return ", ".join(f"{count} {REASONS[reason]}" for reason, count in sorted(counts.items()))


def dropped_cell(counts):
    """The same in a table: DROPPED says what the numbers are."""
    return " + ".join(str(counts.get(reason, 0)) for reason in REASONS) if counts else "0"


DROPPED = "dropped: how many pairs did not count, for " + " + for ".join(REASONS.values())


def item(text):
    """One of a list, in lines of at most 120 columns."""
    return textwrap.fill(text, 120, initial_indent="- ", subsequent_indent="  ",
                         break_long_words=False, break_on_hyphens=False)


def model_cell(model):
    return model["file"].removesuffix(".gguf")


def table_of(lines):
    head, *rows = lines
    return "\n".join(["| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *rows]])


def summaries(run):
    """[(model, [row of a shape])]"""
    def place(result):
        shape = result["shape"]
        return list(KINDS).index(shape["kind"]), shape["threads"], shape["depth"], shape["count"]
    return [(model, [summarize(result, model["macs_per_token"]) for result in sorted(model["results"], key=place)])
            for model in run["models"]]


def threads_differ(run):
    return len({result["shape"]["threads"] for model in run["models"] for result in model["results"]}) > 1


def limit_of(row, peak):
    """(ours, llama.cpp's) as parts of what limits the shape."""
    best = row["best"]
    if row["shape"]["kind"] == "tg":
        return percent(best["ours_of_probe"]), percent(best["theirs_of_probe"])
    if not best["ours_gops"]:
        return "–", "–"
    if peak:
        return percent(best["ours_gops"] / peak), percent((best["theirs_gops"] or 0) / peak)
    return f"{best['ours_gops']:.0f} GOPS", f"{best['theirs_gops'] or 0:.0f} GOPS"


def main_table(run):
    several, peak = threads_differ(run), run["settings"].get("int8_peak")
    lines = [["model", "shape", "ours", "llama.cpp", "times as fast", "of limit", "its, of limit",
              "the better llama.cpp", "pairs", "dropped"]]
    for model, rows in summaries(run):
        for row in rows:
            best = row["best"]
            name = [model_cell(model), label(row["shape"], several)]
            if not best:
                lines.append(name + ["–"] * 6 + ["0", f"all {row['pairs']}: {dropped_cell(row['dropped'])}"])
                continue
            ratio = "–" if best["ratio"] is None else f"**{best['ratio']:.2f}**"
            lines.append(name + [speeds(row["shape"], best["ours"]), speeds(row["shape"], best["theirs"]), ratio,
                                 *limit_of(row, peak), best["config"] or "–", str(best["kept"]),
                                 dropped_cell(row["dropped"])])
    return table_of(lines)


def configuration_tables(run):
    several = threads_differ(run)
    for model, rows in summaries(run):
        lines = [["shape", "llama.cpp", "ours", "its", "times as fast", "probe, GB/s", "MiB at most", "its",
                  "pairs", "dropped", "given up"]]
        for row in rows:
            for config in row["configs"]:
                given_up = (config["given_up"] or "–").replace(" behind the best", "")
                lines.append([
                    label(row["shape"], several), config["config"] or "–",
                    speeds(row["shape"], config["ours"]), speeds(row["shape"], config["theirs"]),
                    figure(config["ratio"]), figure(config["probe"]),
                    *(figure(size and size / 2**20) for size in (config["ours_rss"], config["theirs_rss"])),
                    str(config["kept"]), dropped_cell(config["dropped"]), given_up])
        yield f"### {model['file']}\n\n{table_of(lines)}\n"


def lost(run):
    """The shapes without a pair that counts, each as a line."""
    return [f"{model['file']} {label(row['shape'], threads_differ(run))}: all {row['pairs']} pairs were dropped "
            f"({dropped(row['dropped'])})"
            for model, rows in summaries(run) for row in rows if not row["best"]]


def machine_lines(machine):
    caches = ", ".join(f"{name} {size}" for name, size in machine["caches"].items())
    virtual = f", virtual ({machine['hypervisor']})" if machine["hypervisor"] else ""
    governor = f", governor {machine['governor']}" if machine["governor"] else ""
    return [f"{machine['cpu']} (family/model/stepping {machine['family_model_stepping']}){virtual}: "
            f"{machine['cpus']} CPUs, {machine['threads_per_core']} thread(s) per core; {caches}{governor}",
            " ".join(machine["features"]),
            f"{machine['memory_bytes'] / 2**30:.1f} GiB of memory; {machine['system']}, Linux {machine['kernel']}"]


def build_lines(run):
    ours = run["ours"]
    yield f"ours: {ours['version']}, commit {ours['commit']}, `--cpu={ours['cpu']}`"
    for build in run["llama_cpp"]:
        options = " ".join(f"-D{key}={value}" for key, value in build["options"].items() if value)
        yield (f"llama.cpp: commit {build.get('commit', 'unknown')}, {build['name']}, "
               + (f"`{options.replace('`', '')}`" if options else "its options are not known (no CMakeCache.txt)"))


def model_lines(run):
    for model in run["models"]:
        types = ", ".join(f"{kind} {size / 2**20:.1f} MiB" for kind, size in model["bytes_by_type"].items())
        name = f" ({model['name']})" if model["name"] else ""
        yield (f"`{model['file']}`{name}: {types}; {model['macs_per_token'] / 1e6:.0f} M multiply-adds of weights "
               f"per prompt token; compiled in {model['compile_s']:.1f} s; sha256 "
               + ", ".join(f"`{value}`" for value in model["sha256"]))


def how(run):
    settings = run["settings"]
    screen = (f"Beyond {LONG} tokens, a configuration that is more than {settings['screen']:g} % behind another "
              "is given up, at greater depths too." if settings["screen"] else
              "Every configuration runs as often as every other.")
    pinned = f" Pinned to CPUs {settings['pin']}." if settings["pin"] else ""
    peak = settings.get("int8_peak")
    limit = (f"the machine's {peak:g} GOPS of int8, which were stated and not measured" if peak else
             "not known, so the GOPS are given")
    return "\n\n".join(textwrap.fill(" ".join(text.split()), 115) for text in (f"""
        A pair is probe, ours, probe, llama.cpp, probe, one after the other, each in a process of its own that warms
        up first (but for `ttft`) and then measures once (generation at a depth: {DEEP_RUNS} times, the median counts).
        The probe reads the weights with all threads and computes nothing, in several ways, of which the fastest
        counts.{pinned}""", f"""
        A pair is dropped when its probes are more than {settings['probe_tolerance']:g} % apart or when other processes
        took more than {settings['cpu_tolerance']:g} % of the machine meanwhile; dropped pairs are made again, up to as
        many as were wanted. Wanted: {settings['repeat']} per configuration, half of that beyond {LONG} tokens, a
        quarter beyond {LONGEST}, at least one. {screen}""", """
        Given are the medians of both sides over the pairs that count, and their ratio. llama.cpp is every build with
        flash attention and without; the first table has the one that we are least ahead of.""", f"""
        The limit is, for generation, the probe's bandwidth: bytes of weights and state that a token needs, the same
        for both. For prompts it is {limit}; counted are two operations per multiply-add of the weights, attention
        not."""))


def page(run, plots):
    kinds = [text for kind, text in KINDS.items()
             if any(result["shape"]["kind"] == kind for model in run["models"] for result in model["results"])]
    failed = lost(run)
    images = [f"![{title}]({name})" for title, name in plots]
    return "\n".join([
        "# Speed beside llama.cpp", "",
        f"Measured on {run['date']} by `tools/lfm2-bench`, which wrote this page. The same GGUF files on both sides.",
        "", main_table(run), "",
        *(["No pair that counts:", "", *map(item, failed), ""] if failed else []),
        *map(item, [*kinds, DROPPED]), "",
        *(line for image in images for line in (image, "")),
        "## How", "", how(run), "",
        "## Machine", "", *map(item, machine_lines(run["machine"])), "",
        "## Programs", "", *map(item, build_lines(run)), "",
        "## Models", "", *map(item, model_lines(run)), "",
        "## Every configuration", "", *configuration_tables(run)])
