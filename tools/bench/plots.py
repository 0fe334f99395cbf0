"""The figures as pictures: how many times as fast, and how near to the limit."""

import os

from bench import Failure, files
from bench.page import label, summaries, threads_differ

OURS, THEIRS = "#1b6ca8", "#b0b7bd"


def load():
    try:
        import matplotlib
    except ImportError:
        raise Failure("expected the Python package matplotlib for plots, found none; run tools/setup") from None
    matplotlib.use("Agg")
    # Equal figures make equal files.
    matplotlib.rcParams.update({"svg.hashsalt": "lfm2-bench", "svg.fonttype": "none", "font.size": 9,
                                "axes.spines.top": False, "axes.spines.right": False})
    from matplotlib import pyplot
    return pyplot


def bars(pyplot, path, title, unit, names, series, line=None):
    """Horizontal bars: `series` is [(name, colour, values)]; None leaves a gap."""
    high = 0.8 / len(series)
    figure, axes = pyplot.subplots(figsize=(8, 1.2 + 0.26 * len(names) * (1 + len(series)) / 1.5))
    for index, (name, colour, values) in enumerate(series):
        at = [row + high * (index - (len(series) - 1) / 2) for row in range(len(names))]
        drawn = axes.barh(at, [value or 0 for value in values], high, color=colour, label=name)
        axes.bar_label(drawn, [f"{value:.3g}" if value else "" for value in values], padding=2, fontsize=8)
    if line is not None:
        axes.axvline(line, color="black", linewidth=0.8)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.margins(x=0.1)
    axes.set_title(title, loc="left")
    axes.set_xlabel(unit)
    if len(series) > 1:
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    with files.Output(path) as output:
        with output.told():
            figure.savefig(output.file, format="svg", bbox_inches="tight", metadata={"Date": None})
        output.commit()
    pyplot.close(figure)


def draw(run, folder):
    """Writes SVG files; [(title, file name)]"""
    pyplot = load()
    os.makedirs(folder, exist_ok=True)
    several, peak = threads_differ(run), run["settings"].get("int8_peak")
    rows = [(f"{model['file'].removesuffix('.gguf')} {label(row['shape'], several)}", row["shape"], row["best"])
            for model, results in summaries(run) for row in results if row["best"]]
    made = []

    def chart(name, title, unit, chosen, series, line=None):
        if chosen:
            bars(pyplot, os.path.join(folder, name), title, unit, [entry[0] for entry in chosen], series, line)
            made.append((title, name))

    def both(chosen, figure):
        return [("ours", OURS, [figure(best, "ours") for _, _, best in chosen]),
                ("llama.cpp", THEIRS, [figure(best, "theirs") for _, _, best in chosen])]

    chosen = [entry for entry in rows if entry[2]["ratio"]]
    chart("ratio.svg", "Times as fast as llama.cpp", "1 is equal", chosen,
          [("ratio", OURS, [best["ratio"] for _, _, best in chosen])], 1)
    chosen = [entry for entry in rows if entry[1]["kind"] == "tg"]
    chart("generation.svg", "Generation: percent of the bandwidth probe", "%", chosen,
          both(chosen, lambda best, side: 100 * (best[f"{side}_of_probe"] or 0)), 100)
    chosen = [entry for entry in rows if entry[2]["ours_gops"]]
    title = "Prompts: " + (f"percent of {peak:g} GOPS of int8" if peak else "GOPS of the weights")
    chart("prompts.svg", title, "%" if peak else "GOPS", chosen,
          both(chosen, lambda best, side: (best[f"{side}_gops"] or 0) * (100 / peak if peak else 1)),
          100 if peak else None)
    return made
