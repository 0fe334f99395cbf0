"""What lfm2-tune compares, and when one is better.

A candidate is a program compiled with other facts than the default one. The
compiler cuts facts to what the CPU's registers hold, so what counts is the
schedule that it reports: candidates that come to the same one are the same.

Speeds are compared within a round, in which each candidate runs once, from
another one on each time; a slow minute of the machine slows them all. One
counts as faster than the reference when its median ratio is more than the
margin above it and it was ahead in four of five rounds.
"""

import math
import statistics

# As lib/Compiler/Tuning.cpp names them, with their limits.
LIMITS = {"streams": (1, 8), "prefetch_bytes": (0, 65536), "tile_tokens": (1, 16), "tile_groups": (1, 4)}
AHEAD = 0.8


class Candidate:
    """`facts` as asked for; `schedule` as the compiler reports it, a list of a
    dict per phase."""

    def __init__(self, facts, program, schedule):
        self.facts = facts
        self.program = program
        self.schedule = schedule
        # No phase uses more than the greatest value of any, so these give the
        # same schedule again.
        self.used = {name: max(phase[name] for phase in schedule) for name in LIMITS}

    @property
    def name(self):
        return describe(self.used)


def describe(used):
    return (f"streams {used['streams']}, prefetch {used['prefetch_bytes']}, "
            f"tile {used['tile_tokens']} x {used['tile_groups']}")


def same_as(candidates, facts):
    """The candidate that is sure to be the same as one with these facts would be,
    without compiling it; or None."""
    return next((one for one in candidates if all(one.used[name] == value for name, value in facts.items())
                 and fits(one, facts, candidates[0])), None)


def fits(one, facts, default):
    """Facts that are not named are the default's."""
    return all(one.used[name] == default.used[name] for name in LIMITS if name not in facts)


def rounds(candidates, count, measure, say):
    """[{candidate: {"decode": tokens/s, "prompt": tokens/s}}] of so many rounds."""
    made = []
    for turn in range(count):
        start = turn % len(candidates)
        made.append({one: measure(one) for one in candidates[start:] + candidates[:start]})
        say(turn + 1, count)
    return made


class Comparison:
    """A candidate beside the reference in one speed."""

    def __init__(self, made, one, reference, key):
        ratios = [values[one][key] / values[reference][key] for values in made]
        self.speed = statistics.median(values[one][key] for values in made)
        self.ratio = statistics.median(ratios)
        self.ahead = sum(ratio > 1 for ratio in ratios)
        self.rounds = len(ratios)

    def wins(self, percent):
        return self.ratio > 1 + percent / 100 and self.ahead >= math.ceil(AHEAD * self.rounds)


def best(made, candidates, key, percent):
    """The fastest of those that win over the first, or the first."""
    compared = {one: Comparison(made, one, candidates[0], key) for one in candidates[1:]}
    winners = [one for one in compared if compared[one].wins(percent)]
    return max(winners, key=lambda one: compared[one].ratio, default=candidates[0])


def table(made, candidates, key, chosen):
    """Markdown; the first candidate is the reference, `chosen` is bold."""
    lines = ["| streams | prefetch | tile's tokens | groups | decode, tokens/s | prompt, tokens/s "
             f"| {key} beside the first | ahead |",
             "|---|---|---|---|---|---|---|---|"]
    for one in candidates:
        speeds = {name: Comparison(made, one, candidates[0], name) for name in ("decode", "prompt")}
        ratio = f"{speeds[key].ratio:.3f}"
        ahead = f"{speeds[key].ahead} of {speeds[key].rounds}" if one is not candidates[0] else "–"
        lines.append(f"| {' | '.join(str(one.used[name]) for name in LIMITS)} | {speeds['decode'].speed:.1f} "
                     f"| {speeds['prompt'].speed:.1f} | {f'**{ratio}**' if one is chosen else ratio} | {ahead} |")
    return "\n".join(lines)
