"""Many prompts, answered in common steps."""

from typing import Any, Iterable, Iterator, Mapping

from . import _engine
from .asking import Asked, ask_chat, ask_text
from .errors import InvalidArgument, Lfm2Error
from .options import first_seed
from .results import Message


class Many:
    """Prompts on their way, and results as they end: (index, Completion or Message).

    Prompts are taken from their iterable when there is room for them, so it may be long.
    """

    def __init__(self, engine: _engine.Model, scheduler: _engine.Scheduler, parallel: int, prompts: Iterable[Any],
                 errors: str, options: Mapping[str, Any]):
        if errors not in ("raise", "return"):
            raise InvalidArgument(f"expected \"raise\" or \"return\" for \"errors\", found {errors!r:.60}")
        if isinstance(prompts, str) or not isinstance(prompts, Iterable):
            raise InvalidArgument(f"expected a list of prompts, found {prompts!r:.60}")
        self._engine, self._batch = engine, _engine.Batch(scheduler)
        self._prompts, self._errors, self._options = enumerate(prompts), errors, dict(options)
        self._seed = first_seed(self._options)
        self._ahead = 2 * parallel
        self._asked: dict[int, Asked] = {}

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        try:
            yield from self._results()
        finally:
            self._batch.close()

    def in_order(self) -> list[Any]:
        results = dict(self)
        return [results[index] for index in range(len(results))]

    def _results(self) -> Iterator[tuple[int, Any]]:
        while True:
            yield from self._refused()
            ended = self._batch.next()
            if ended is None:
                return
            index, made = ended
            asked = self._asked.pop(index)
            try:
                if made.finish == "failed":
                    raise Lfm2Error(made.message)
                yield index, asked.result(self._engine, made)
            except (Lfm2Error, ValueError) as error:
                yield index, self._caught(error)

    def _refused(self) -> Iterator[tuple[int, Any]]:
        """Asks as many as there is room for; yields those that cannot be asked."""
        while self._batch.size() < self._ahead:
            index, prompt = next(self._prompts, (None, None))
            if index is None:
                return
            try:
                asked = self._ask(prompt, {**self._options, "seed": (self._seed + index) % 2**32})
                self._batch.add(index, asked.ids, asked.options)
                self._asked[index] = asked
            except (Lfm2Error, ValueError) as error:
                yield index, self._caught(error)

    def _ask(self, prompt: Any, options: dict[str, Any]) -> Asked:
        is_talk = isinstance(prompt, (list, tuple)) and prompt and isinstance(prompt[0], (Mapping, Message))
        return (ask_chat if is_talk else ask_text)(self._engine, prompt, **options)

    def _caught(self, error: Exception) -> Exception:
        if self._errors == "raise":
            raise error
        return error
