"""Figures out of pairs: medians, ratios, parts of what the machine can do."""

import json
import statistics

from bench import FORMAT, WrongUse, files
from bench.shapes import Shape

# Why a pair does not count, for people.
REASONS = {"probe": "probes too far apart", "cpu": "other processes"}


def shape_of(result):
    return Shape(*(result["shape"][key] for key in ("kind", "count", "depth", "threads")))


def times_as_fast(shape, ours, theirs):
    return theirs / ours if shape.lower_is_better else ours / theirs


def median_of(pairs, side, key="value"):
    values = [pair[side][key] for pair in pairs if pair[side] and key in pair[side]]
    return statistics.median(values) if values else None


def of_probe(pairs, side):
    """The part of the probes' bandwidth that generation had, both by the bytes
    that our program reads for a token."""
    parts = [pair[side]["value"] * pair["ours"]["step_bytes"] * 1e-9 / statistics.median(pair["probes"])
             for pair in pairs if pair[side] and "step_bytes" in pair["ours"]]
    return statistics.median(parts) if parts else None


def count_reasons(pairs):
    counts = {}
    for pair in pairs:
        if pair["dropped"]:
            counts[pair["dropped"]] = counts.get(pair["dropped"], 0) + 1
    return counts


def configuration(result, name, macs):
    """The figures of one configuration of llama.cpp; those of its kept pairs."""
    shape = shape_of(result)
    pairs = [pair for pair in result["pairs"] if pair["config"] == name]
    kept = [pair for pair in pairs if not pair["dropped"]]
    row = {"config": name, "kept": len(kept), "dropped": count_reasons(pairs),
           "given_up": result["given_up"].get(name)}
    for side in ("ours", "theirs"):
        speed = median_of(kept, side)
        row[side] = speed
        row[f"{side}_rss"] = median_of(kept, side, "rss")
        row[f"{side}_of_probe"] = of_probe(kept, side)
        row[f"{side}_gops"] = 2e-9 * macs * speed if speed and macs and shape.kind == "pp" else None
    row["ratio"] = times_as_fast(shape, row["ours"], row["theirs"]) if row["theirs"] else None
    row["probe"] = statistics.median(p for pair in kept for p in pair["probes"]) if kept else None
    return row


def summarize(result, macs):
    """One row: the figures of the configuration that counts, which is the one
    that we are least ahead of in the same minutes; all of them beside it."""
    names = sorted({pair["config"] for pair in result["pairs"]} | set(result["given_up"]))
    rows = [configuration(result, name, macs) for name in names]
    kept = [row for row in rows if row["kept"]]
    best = min(kept, key=lambda row: row["ratio"] or 0, default=None)
    return {"shape": result["shape"], "configs": rows, "best": best, "pairs": len(result["pairs"]),
            "dropped": count_reasons(result["pairs"])}


def read(paths):
    """The runs of several JSON files as one."""
    runs = []
    for path in paths:
        files.check_read(path)
        try:
            with open(path, encoding="utf-8") as file:
                run = json.load(file)
        except (OSError, ValueError) as error:
            raise WrongUse(f"expected a file that --json wrote, found '{path}': {error}") from None
        found = run.get("format") if isinstance(run, dict) and run.get("tool") == "lfm2-bench" else None
        if found != FORMAT:
            raise WrongUse(f"expected a file that --json wrote in format {FORMAT}, found '{path}' with "
                           f"{'format ' + str(found) if found else 'something else'}; measure again")
        runs.append(run)
    return merge(runs)


def merge(runs):
    """Results of the same things; a shape that was measured twice has the pairs
    of both."""
    merged = json.loads(json.dumps(runs[0]))
    for run in runs[1:]:
        for what in ("machine", "ours", "llama_cpp"):
            if run[what] != merged[what]:
                raise WrongUse(f"expected runs of one machine and the same builds, found two that differ in "
                               f"'{what}'; make a page for each")
        merged["date"] = min(merged["date"], run["date"])
        for model in run["models"]:
            same = [other for other in merged["models"] if other["sha256"] == model["sha256"]]
            if not same:
                merged["models"].append(model)
                continue
            for result in model["results"]:
                again = [other for other in same[0]["results"] if other["shape"] == result["shape"]]
                if again:
                    again[0]["pairs"] += result["pairs"]
                    again[0]["given_up"].update(result["given_up"])
                else:
                    same[0]["results"].append(result)
    return merged
