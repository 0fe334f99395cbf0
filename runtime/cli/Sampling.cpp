// From the words of the command line to how tokens are drawn and where texts
// end.
#include "runtime/cli/ParseOptions.h"
#include "runtime/cli/Session.h"

namespace lfm2rt {
namespace {

constexpr struct {
  Number Options::*from;
  float lfm2rt_sampling::*to;
} numbers[] = {
    {&Options::topP, &lfm2rt_sampling::top_p},
    {&Options::minP, &lfm2rt_sampling::min_p},
    {&Options::penalty, &lfm2rt_sampling::repeat_penalty},
    {&Options::frequency, &lfm2rt_sampling::frequency_penalty},
    {&Options::presence, &lfm2rt_sampling::presence_penalty},
    {&Options::topSigma, &lfm2rt_sampling::top_n_sigma},
    {&Options::typical, &lfm2rt_sampling::typical_p},
    {&Options::xtcProbability, &lfm2rt_sampling::xtc_probability},
    {&Options::xtcThreshold, &lfm2rt_sampling::xtc_threshold},
    {&Options::temperatureRange, &lfm2rt_sampling::dynatemp_range},
    {&Options::temperatureExponent, &lfm2rt_sampling::dynatemp_exponent},
    {&Options::dryMultiplier, &lfm2rt_sampling::dry_multiplier},
    {&Options::dryBase, &lfm2rt_sampling::dry_base},
    {&Options::mirostatRate, &lfm2rt_sampling::mirostat_eta},
};

constexpr struct {
  int64_t Options::*from;
  int32_t lfm2rt_sampling::*to;
} integers[] = {
    {&Options::topK, &lfm2rt_sampling::top_k},
    {&Options::penaltyTokens, &lfm2rt_sampling::repeat_window},
    {&Options::dryAllowed, &lfm2rt_sampling::dry_allowed_length},
    {&Options::dryTokens, &lfm2rt_sampling::dry_window},
};

void setTexts(lfm2rt_text *to, const Texts &from) {
  for (uint32_t i = 0; i < from.count; ++i)
    to[i] = {from.text[i], length(from.text[i])};
}

} // namespace

int Session::readSampling() {
  setTexts(stops, options.stop);
  setTexts(breakers, options.dryBreakers);
  for (uint32_t i = 0; i < options.biases.count; ++i) {
    const char *text = options.biases.text[i];
    if (!parseBias(text, program().vocabulary, biases[i]))
      return output.fail(Line() << "expected an id of 0 ... "
                                << program().vocabulary - 1
                                << " and what to add to its logit after "
                                   "--logit-bias, as 15-1.5 or 15-inf, found "
                                << Quoted{text},
                         2);
  }
  return 0;
}

lfm2rt_sampling Session::sampling(const Number &temperature) const {
  lfm2rt_sampling s;
  lfm2rt_sampling_defaults(&weights, &s);
  const Options &o = options;
  // Greedy means the most likely token, unless a penalty is asked for as well.
  if (temperature.isGiven && temperature.value <= 0)
    s.repeat_penalty = 1;
  for (const auto &number : numbers)
    if ((o.*number.from).isGiven)
      s.*number.to = float((o.*number.from).value);
  for (const auto &integer : integers)
    if (o.*integer.from != notGiven)
      s.*integer.to = int32_t(o.*integer.from);
  if (temperature.isGiven)
    s.temperature = float(temperature.value);
  if (o.mirostat)
    s.mirostat_tau =
        o.mirostatEntropy.isGiven ? float(o.mirostatEntropy.value) : 5;
  if (o.dryBreakers.count) {
    s.dry_breakers = breakers;
    s.num_dry_breakers =
        equal(o.dryBreakers.text[0], "none") ? 0 : o.dryBreakers.count;
  }
  s.biases = biases;
  s.num_biases = o.biases.count;
  s.seed = o.seed >= 0 ? uint32_t(o.seed) : system::randomSeed();
  return s;
}

void Session::applySampling() {
  lfm2rt_sampling s = sampling(options.temperature);
  lfm2rt_set_sampling(context, &s);
  lfm2rt_set_stops(context, stops, options.stop.count);
}

} // namespace lfm2rt
