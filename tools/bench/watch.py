"""Whether the machine was left alone: what other processes took, and what the
bandwidth probes said before and after."""

import os
import resource
import time

TICK = os.sysconf("SC_CLK_TCK")
# The kernel counts in ticks, and each CPU may be a tick or two off.
SLACK_S = 0.03


def busy_seconds(line):
    """CPU time of everything since the machine started, from the first line of
    /proc/stat. What a hypervisor gave to others counts: it was taken from us."""
    user, nice, system, _idle, _wait, irq, softirq, steal = map(int, line.split()[1:9])
    return (user + nice + system + irq + softirq + steal) / TICK


def own_seconds():
    """CPU time of this process and of those it has waited for."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def others_part(busy, own, wall, cpus):
    """The part of the machine that others had, 0 ... 1."""
    return max(0.0, busy - own - SLACK_S) / (wall * cpus)


class Watch:
    """Counts from when it is made."""

    def __init__(self):
        self.start = self.now()

    @staticmethod
    def now():
        with open("/proc/stat", encoding="ascii") as file:
            return busy_seconds(file.readline()), own_seconds(), time.monotonic()

    def stop(self):
        """(part of the machine that others had, seconds)"""
        busy, own, wall = (b - a for a, b in zip(self.start, self.now()))
        return others_part(busy, own, wall, os.cpu_count()), wall


def disturbance(probes, others, probe_tolerance, cpu_tolerance):
    """Why a pair does not count, or None. Tolerances are percents."""
    spread = 100 * (max(probes) / min(probes) - 1) if min(probes) > 0 else float("inf")
    if spread > probe_tolerance:
        return "probe"
    if 100 * others > cpu_tolerance:
        return "cpu"
    return None
