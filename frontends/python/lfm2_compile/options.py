"""How answers are asked for."""

import secrets
from typing import Any, Sequence, TypedDict

from .errors import InvalidArgument


class Options(TypedDict, total=False):
    """Keyword arguments of everything that makes answers. What is left out, or None, is
    what the model's makers recommend, or off. `runtime/README.md` defines the sampling."""

    max_tokens: int | None
    """Most tokens of the answer, 0 ... 2147483647; left out: until the model ends it or the
    conversation has no more room."""
    temperature: float | None
    """0 or less: the most likely token, and no repeat_penalty unless one is given."""
    seed: int | None
    """0 ... 4294967295; left out: another one each time. Results say which."""
    stop: str | Sequence[str] | None
    """Texts that end the answer, and are not part of it."""
    ignore_stop: bool | None
    """Go on after a token that ends the text."""
    logprobs: int | None
    """Tell the logprob of each token, and so many of the most probable ones, 0 ... 100."""
    top_k: int | None
    top_p: float | None
    min_p: float | None
    typical_p: float | None
    top_n_sigma: float | None
    repeat_penalty: float | None
    """Above 0; 1: off."""
    repeat_window: int | None
    """Tokens that the penalties look at; 0: none."""
    frequency_penalty: float | None
    presence_penalty: float | None
    xtc_probability: float | None
    xtc_threshold: float | None
    dynatemp_range: float | None
    dynatemp_exponent: float | None
    mirostat_tau: float | None
    """Above 0: Mirostat 2."""
    mirostat_eta: float | None
    dry_multiplier: float | None
    dry_base: float | None
    dry_allowed_length: int | None
    dry_window: int | None
    dry_breakers: Sequence[str] | None
    logit_bias: dict[int, float] | None
    """What is added to the logits of tokens; -inf bans one."""


def with_seed(options: dict[str, Any]) -> dict[str, Any]:
    """A copy that has a seed in any case."""
    seed = options.get("seed")
    return {**options, "seed": secrets.randbits(32) if seed is None else seed}


def first_seed(options: dict[str, Any]) -> int:
    """The seed of the first of several answers, to which their numbers are added."""
    seed = with_seed(options)["seed"]
    if not isinstance(seed, int):
        raise InvalidArgument(f"expected a whole number for \"seed\", found {seed!r}")
    return seed
