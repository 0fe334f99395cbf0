"""Requests by the openai client, many at once, and what became of each."""

import collections
import concurrent.futures
import threading

import openai


class Asking:
    def __init__(self, url, tokens):
        self.client = openai.OpenAI(base_url=url, api_key="none", max_retries=0, timeout=120)
        self.tokens = tokens
        self.events = 0  # Pieces of streams that have come.
        self.lock = threading.Lock()

    def ask(self, text, stream):
        """(outcome, text): "answered"; "refused", before anything came; "broken", behind a part."""
        pieces = []
        try:
            answer = self.client.chat.completions.create(
                model="model", messages=[{"role": "user", "content": text}], temperature=0, max_tokens=self.tokens,
                stream=stream)
            if not stream:
                return "answered", answer.choices[0].message.content
            finish = None
            for event in answer:
                with self.lock:
                    self.events += 1
                pieces.append(event.choices[0].delta.content or "")
                finish = event.choices[0].finish_reason or finish
            return ("answered" if finish else "silent"), "".join(pieces)
        except openai.APIStatusError as error:
            return "refused", f"{error.status_code} {error.code}"
        except openai.APIConnectionError as error:  # No answer of HTTP at all.
            return "connection lost", str(error)
        except openai.APIError:  # An error event.
            return "broken", "".join(pieces)

    def ask_all(self, texts):
        """All at once, every second one as a stream."""
        with concurrent.futures.ThreadPoolExecutor(len(texts)) as pool:
            return list(pool.map(self.ask, texts, [number % 2 == 0 for number in range(len(texts))]))


def count_outcomes(outcomes, answers):
    """wrong: an answer that is not the expected one, or an end without a word."""
    counts = collections.Counter(outcome for outcome, _ in outcomes)
    wrong = sum(outcome == "answered" and text != answer or outcome == "broken" and not answer.startswith(text)
                or outcome == "silent" for (outcome, text), answer in zip(outcomes, answers))
    return {name: counts[name] for name in ("answered", "refused", "broken", "connection lost")} | {"wrong": wrong}
