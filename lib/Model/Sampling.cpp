// The publisher's recommended sampling, per model, as data.

#include "lib/Model/ModelConfig.h"
#include "llvm/ADT/ArrayRef.h"
#include <algorithm>

using namespace lfm2c;

namespace {

struct Recommendation {
  // All of them occur in the name; null ends the list early.
  const char *words[2];
  double temperature;
  int64_t topK;
  double minP;
};

// The first entry that fits counts.
constexpr Recommendation byName[] = {
    {{"lfm2-24b"}, 0.1, 50, 0},       {{"lfm2.5", "thinking"}, 0.05, 50, 0},
    {{"lfm2.5", "2.6b"}, 0.2, 80, 0}, {{"lfm2.5", "8b-a1b"}, 0.2, 80, 0},
    {{"lfm2.5"}, 0.1, 50, 0},         {{"lfm2", "extract"}, 0, 0, 0},
    {{"lfm2"}, 0.3, 0, 0.15},
};

SamplingDefaults make(double temperature, int64_t topK, double minP) {
  SamplingDefaults defaults;
  defaults.temperature = temperature;
  defaults.topK = topK;
  defaults.minP = minP;
  return defaults;
}

} // namespace

void lfm2c::settleSampling(SamplingDefaults &sampling) {
  sampling.topK = std::max<int64_t>(sampling.topK, 0);
}

SamplingDefaults lfm2c::recommendedSampling(const ModelConfig &config) {
  // "LFM2.5 1.2B Instruct" and "lfm2.5_1.2b_instruct" are one name.
  std::string name = llvm::StringRef(config.name).lower();
  for (char &c : name)
    if (c == ' ' || c == '_')
      c = '-';
  for (const Recommendation &entry : byName)
    if (llvm::all_of(entry.words, [&](const char *word) {
          return !word || llvm::StringRef(name).contains(word);
        }))
      return make(entry.temperature, entry.topK, entry.minP);
  // Nameless: the large vocabulary came with LFM2.5, forty layers with 24B.
  if (config.vocab == largeVocab)
    return make(0.2, 80, 0);
  if (config.layers.size() == 40)
    return make(0.1, 50, 0);
  return make(0.3, 0, 0.15);
}
