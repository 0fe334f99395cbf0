#include "lib/Model/EmbeddingTables.h"

#include "lfm2rt/abi.h"
#include "lib/Model/ModelConfig.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/STLExtras.h"

using namespace lfm2c;

namespace {

void append(std::vector<uint8_t> &section, const void *data, size_t bytes) {
  const auto *start = static_cast<const uint8_t *>(data);
  section.insert(section.end(), start, start + bytes);
}

/// The number of the prompt that is put in front where nobody names one.
uint32_t findDefault(const EmbeddingConfig &embedding) {
  for (auto [i, prompt] : llvm::enumerate(embedding.prompts))
    if (!embedding.defaultPrompt.empty() &&
        prompt.first == embedding.defaultPrompt)
      return uint32_t(i);
  return LFM2_PROMPT_NONE;
}

} // namespace

llvm::Expected<std::vector<uint8_t>>
lfm2c::buildEmbeddingSection(const ModelConfig &config) {
  const EmbeddingConfig &embedding = config.embedding;
  std::vector<uint8_t> section;
  if (config.causal)
    return section;
  const bool hasPrompt =
      llvm::any_of(embedding.prompts,
                   [](const auto &prompt) { return !prompt.second.empty(); });
  if (embedding.pooling == Pooling::Mean && hasPrompt &&
      !embedding.includePrompt)
    return makeError("a mean over a text without its prompt is not supported, "
                     "but the checkpoint has include_prompt false; set it to "
                     "true, or leave the prompts out");
  lfm2_embedding header = {};
  header.flags = embedding.normalize ? LFM2_EMBEDDING_NORMALIZE : 0;
  header.max_tokens = uint32_t(embedding.maxTokens);
  header.num_skip = uint32_t(embedding.skipIds.size());
  header.num_prompts = uint32_t(embedding.prompts.size());
  header.default_prompt = findDefault(embedding);
  append(section, &header, sizeof header);
  std::vector<int32_t> skip = embedding.skipIds;
  llvm::sort(skip);
  append(section, skip.data(), skip.size() * sizeof skip.front());
  std::vector<uint32_t> ends;
  std::string all;
  for (const auto &[name, text] : embedding.prompts)
    for (const std::string &part : {name, text}) {
      all += part;
      ends.push_back(uint32_t(all.size()));
    }
  append(section, ends.data(), ends.size() * sizeof ends.front());
  append(section, all.data(), all.size());
  return section;
}
