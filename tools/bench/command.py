"""What lfm2-bench, lfm2-eval and lfm2-tune share of a command line: words that are
numbers, the compiler, what is printed, how they end."""

import argparse
import os
import signal
import subprocess
import sys
import time

from bench import Failure, WrongUse


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise WrongUse(f"{message}; see --help")


def whole_numbers(text):
    """1,2 or 0-3,8"""
    numbers = []
    for word in text.split(","):
        first, _, last = word.partition("-")
        if not first.isdigit() or (last and not last.isdigit()) or (not last and word.endswith("-")):
            raise argparse.ArgumentTypeError(f"expected numbers such as 1,2 or 0-3, found '{text}'")
        numbers += range(int(first), int(last or first) + 1)
    return numbers


def positive(text):
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a number from 1 on, found '{text}'")
    return int(text)


def thread_numbers(text):
    numbers = whole_numbers(text)
    if not numbers or min(numbers) < 1:
        raise argparse.ArgumentTypeError(f"expected numbers from 1 on, found '{text}'")
    return numbers


def not_negative(text):
    try:
        if float(text) >= 0:
            return float(text)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"expected a number from 0 on, found '{text}'")


def show(text, end="\n"):
    """Prints it at once: what cannot be printed must not be told when Python ends."""
    if sys.stdout is None:  # It is closed.
        return
    try:
        print(text, end=end, flush=True)
    except OSError as error:
        # What is left of the text would be tried again at the end.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        if isinstance(error, BrokenPipeError):
            raise
        raise Failure(f"expected to write to standard output, found: {error.strerror}") from None


def run_tool(main, say, stopped):
    """The exit status of main(). `stopped` is told when it is broken off."""
    # A program that is told to end takes its folder along: it holds a model.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        try:
            main()
        finally:
            show("", end="")
        return 0
    except Failure as failure:
        say(failure)
        return failure.status
    except KeyboardInterrupt:
        say(stopped)
        return 1
    except BrokenPipeError:
        return 1  # Nobody reads any more, as behind `| head`.


def pin(cpus):
    """Keeps this process and those it starts on the CPUs, if any are given."""
    if cpus is None:
        return
    try:
        os.sched_setaffinity(0, cpus)
    except OSError:
        raise WrongUse(f"expected CPUs of {sorted(os.sched_getaffinity(0))} for --pin, found {cpus}") from None


def find_compiler(root, given):
    path = given or os.path.join(root, "build", "bin", "lfm2-compile")
    if not os.path.isfile(path) or not os.access(path, os.X_OK):
        raise WrongUse(f"expected the compiler at '{path}', found none; build it or give --lfm2-compile=PROGRAM")
    return os.path.abspath(path)


def compile_model(compiler, model, out, *arguments):
    """Seconds. What the compiler calls wrong use is wrong use."""
    start = time.monotonic()
    try:
        done = subprocess.run([compiler, model, "-o", out, *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors="replace", check=False)
    except OSError as error:
        raise Failure(f"expected to run {compiler}, found: {error.strerror}") from None
    if done.returncode:
        last = (done.stderr.strip().split("\n") or [""])[-1]
        raise Failure(f"expected lfm2-compile to compile '{model}', found exit {done.returncode}: {last}",
                      2 if done.returncode == 2 else 1)
    return time.monotonic() - start
