"""The parts of tools/lfm2-bench and tools/lfm2-tune, one idea a file.

shapes       what is measured: pp512, tg128@4096, ...
engines      how each side is run for a shape, and what its output says
watch        whether the machine was left alone meanwhile
measure      the order of runs: pairs, rounds, what is given up early
describe     the machine, the builds, the model
summary      figures out of pairs
page, plots  the figures for people
command      what the tools share of a command line
files        what is read and written, and what must not be replaced
candidates   what lfm2-tune compares, and when one is better
"""

# The layout of the JSON; files of another one are refused.
FORMAT = 1


class Failure(Exception):
    """One line for the user: what was expected, what was found, what to do."""

    def __init__(self, line, status=1):
        super().__init__(line)
        self.status = status


class WrongUse(Failure):
    def __init__(self, line):
        super().__init__(line, 2)
