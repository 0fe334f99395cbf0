"""The numbers for people."""


def table(name, reference, numbers):
    rows = [("perplexity", f"{numbers['perplexity']:.4f}", f"+- {numbers['perplexity_error']:.4f}")]
    if reference:
        ratio = numbers["perplexity"] / numbers["reference_perplexity"]
        rows += [("perplexity of the reference", f"{numbers['reference_perplexity']:.4f}",
                  f"times {ratio:.5f}"),
                 ("KL divergence, mean", f"{numbers['kl_mean']:.6f}", f"+- {numbers['kl_mean_error']:.6f}"),
                 ("KL divergence, 99.9 %", f"{numbers['kl_99_9']:.6f}", f"most {numbers['kl_max']:.4f}"),
                 ("same most likely token", f"{100 * numbers['same_top']:.3f} %",
                  f"+- {100 * numbers['same_top_error']:.3f}")]
    head = f"{name}, {numbers['tokens_scored']} tokens" + (f", beside {reference}" if reference else "")
    wide = max(len(row[0]) for row in rows)
    number = max(len(row[1]) for row in rows)
    return "\n".join([head, *(f"  {what:<{wide}}  {value:>{number}}  {more}".rstrip() for what, value, more in rows)])
