"""Numbers out of log probabilities.

  perplexity      exp of the mean of -ln p(token)
  KL divergence   sum over the vocabulary of p0 (ln p0 - ln p), of one position;
                  p0 is the reference's, and its entries below e^-16 are left out
  top-1           positions at which both find the same token the most likely

Errors are standard errors of means. All as llama-perplexity has them.
"""

import math

import numpy

from bench import Failure

LEAST = numpy.float32(-16)


def log_softmax(logits):
    """float32 [some, vocabulary], of the same; in place."""
    logits -= logits.max(axis=1, keepdims=True)
    sums = numpy.exp(logits).sum(axis=1, dtype=numpy.float64, keepdims=True)
    logits -= numpy.log(sums).astype(numpy.float32)
    return logits


def check_finite(rows, name, number):
    if not numpy.isfinite(rows).all():
        raise Failure(f"expected finite logits of '{name}', found NaN or infinity in window {number + 1}; "
                      "the weights are damaged, or too large for their format")


class Moments:
    def __init__(self):
        self.values = []

    def add(self, values):
        self.values.append(numpy.asarray(values, dtype=numpy.float64))

    def all(self):
        return numpy.concatenate(self.values) if self.values else numpy.zeros(0)

    def mean(self):
        return float(self.all().mean())

    def error(self):
        values = self.all()
        return float(values.std() / math.sqrt(len(values) - 1)) if len(values) > 1 else 0.0


class Score:
    """Of one model, beside a reference where there is one."""

    def __init__(self):
        self.nll, self.base, self.divergence = Moments(), Moments(), Moments()
        self.same = 0

    def add(self, rows, targets, base=None):
        """Log probabilities of some positions, the tokens that came, and the reference's."""
        places = numpy.arange(len(rows))
        self.nll.add(-rows[places, targets])
        if base is None:
            return
        self.base.add(-base[places, targets])
        weights = numpy.where(base > LEAST, numpy.exp(base), 0)
        self.divergence.add((weights * (base - rows)).sum(axis=1, dtype=numpy.float64))
        self.same += int((rows.argmax(axis=1) == base.argmax(axis=1)).sum())

    @staticmethod
    def perplexity(nats):
        if not nats < 700:
            raise Failure(f"expected a perplexity that can be written, found e^{nats:.6g}; the weights are damaged, "
                          "or too large for their format")
        return math.exp(nats)

    def numbers(self):
        """{name: number}, as --json has them."""
        count = len(self.nll.all())
        nats = self.nll.mean()
        found = {"tokens_scored": count, "nats_per_token": nats, "perplexity": self.perplexity(nats),
                 "perplexity_error": self.perplexity(nats) * self.nll.error()}
        if self.base.values:
            divergence = self.divergence.all()
            base = self.base.mean()
            top = self.same / count
            found |= {"reference_nats_per_token": base, "reference_perplexity": self.perplexity(base),
                      "kl_mean": float(divergence.mean()), "kl_mean_error": self.divergence.error(),
                      "kl_median": float(numpy.median(divergence)),
                      "kl_99": float(numpy.percentile(divergence, 99)),
                      "kl_99_9": float(numpy.percentile(divergence, 99.9)), "kl_max": float(divergence.max()),
                      "same_top": top, "same_top_error": math.sqrt(top * (1 - top) / max(1, count - 1))}
        return found
