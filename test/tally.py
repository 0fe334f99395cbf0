"""Counts one suite's results: `tally.py lit|gtest|pytest FILE...` prints
"PASSED FAILED SKIPPED" on stdout, and each failure and each skip, by name, on
stderr. A file that is missing or cut short counts as one failure: a suite that
died says nothing, and must not look like one that passed."""

import json
import sys
import xml.etree.ElementTree as ElementTree


def read_lit(path):
    with open(path, encoding="utf-8") as file:
        for test in json.load(file)["tests"]:
            code = test["code"]
            if code in ("PASS", "XFAIL", "FLAKYPASS"):
                yield test["name"], "passed", ""
            elif code in ("UNSUPPORTED", "SKIPPED", "EXCLUDED"):
                yield test["name"], "skipped", code.lower()
            else:
                yield test["name"], "failed", code.lower()


def read_gtest(path):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    for suite in report["testsuites"]:
        for test in suite["testsuite"]:
            name = f'{suite["name"]}.{test["name"]}'
            if "failures" in test:
                yield name, "failed", ""
            elif test.get("result") == "SKIPPED" or test["status"] != "RUN":
                yield name, "skipped", ""
            else:
                yield name, "passed", ""


def read_pytest(path):
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = f'{case.get("classname")}::{case.get("name")}'
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            yield name, "failed", ""
        elif skip is not None:
            yield name, "skipped", skip.get("message", "")
        else:
            yield name, "passed", ""


READERS = {"lit": read_lit, "gtest": read_gtest, "pytest": read_pytest}


def main():
    kind, paths = sys.argv[1], sys.argv[2:]
    count = {"passed": 0, "failed": 0, "skipped": 0}
    for path in paths:
        try:
            results = list(READERS[kind](path))
            if not results:
                raise ValueError("no test in it")
        except (OSError, ValueError, KeyError, ElementTree.ParseError) as error:
            results = [(path, "failed", f"no results: {error}")]
        for name, outcome, reason in results:
            count[outcome] += 1
            if outcome != "passed":
                print(f"  {outcome.upper()}: {name}" + (f" ({reason})" if reason else ""),
                      file=sys.stderr)
    print(count["passed"], count["failed"], count["skipped"])


if __name__ == "__main__":
    main()
