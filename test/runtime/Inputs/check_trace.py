"""Whether a trace is whole: check_trace.py TRACE.json THREADS"""

import json
import sys


def main():
    path, threads = sys.argv[1], int(sys.argv[2])
    with open(path, encoding="utf-8") as file:
        events = json.load(file)["traceEvents"]
    names = [e["args"]["name"] for e in events if e["ph"] == "M" and e["name"] == "thread_name"]
    assert names == [f"thread {t}" for t in range(threads)], names
    complete = [e for e in events if e["ph"] == "X"]
    for thread in range(threads):
        end, step = 0, None
        for event in (e for e in complete if e["tid"] == thread):
            assert event["dur"] >= 0
            if event["cat"] == "step":
                step = event
                continue
            # In order, and within the step, but for the rounding of the digits.
            assert event["ts"] >= max(end, step["ts"]) - 0.002, event
            end = event["ts"] + event["dur"]
            assert end <= step["ts"] + step["dur"] + 0.002, event
        steps = [e["args"]["step"] for e in complete if e["tid"] == thread and e["cat"] == "step"]
        assert steps == list(range(4)), steps
    stretches = [e for e in complete if e["cat"] != "step"]
    assert len(stretches) == 4 * 3 * threads
    first = [e for e in stretches if e["tid"] == 0][:3]
    assert [(e["name"], e["cat"], e["args"]["layer"]) for e in first] == \
        [("state", "mix", 5), ("attend", "mix", 5), ("head", "model", -1)], first
    assert first[0]["args"]["bytes"] == 1000 and first[0]["args"]["macs"] == 50, first[0]


if __name__ == "__main__":
    main()
