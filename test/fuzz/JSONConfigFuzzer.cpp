// Any text as one of the JSON files of a Hugging Face directory. The first byte
// says which: 'c' config.json, 'g' generation_config.json, 't' tokenizer.json,
// 'k' tokenizer_config.json; and of what sentence-transformers puts around it,
// 'm' modules.json, 'p' the config.json of a pooling, 's'
// config_sentence_transformers.json, 'l' sentence_bert_config.json.

#include "frontends/safetensors/HFConfig.h"
#include "frontends/safetensors/HFTokenizer.h"
#include "frontends/safetensors/STModules.h"
#include "frontends/safetensors/STReader.h"
#include "llvm/Support/Error.h"

using namespace lfm2c;

/// A bidirectional model, to which the files add what it gives.
static llvm::Error readAround(char kind, llvm::StringRef text) {
  std::vector<std::string> warnings;
  ModelConfig model;
  model.hidden = model.embedding.width = 64;
  switch (kind) {
  case 'm':
    return readSTModules(text, "fuzzed").takeError();
  case 'p':
    return readSTPooling(text, "fuzzed", model);
  case 'l':
    return readSTTransformerConfig(text, "fuzzed", model.embedding);
  default: {
    TokenizerSpec spec;
    spec.tokens = {"!", "[Q] "};
    spec.types = {TokenType::Normal, TokenType::UserDefined};
    spec.added = {{1, "[Q] "}};
    model.embedding.perToken = true;
    return readSTConfig(text, "fuzzed", spec, model.embedding, warnings);
  }
  }
}

static llvm::Error readAs(char kind, llvm::StringRef text) {
  std::vector<std::string> warnings;
  switch (kind) {
  case 'c': {
    llvm::Expected<HFConfig> config = readHFConfig(text, "fuzzed", warnings);
    return config ? verifyConfig(config->model) : config.takeError();
  }
  case 'g': {
    HFConfig config;
    return readHFGenerationConfig(text, "fuzzed", config);
  }
  case 't':
    return readHFTokenizer(text, "fuzzed").takeError();
  case 'm':
  case 'p':
  case 's':
  case 'l':
    return readAround(kind, text);
  default: {
    TokenizerSpec spec;
    spec.added = {{1, "<|startoftext|>", true}};
    return readHFTokenizerConfig(text, "fuzzed", spec);
  }
  }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  // A copy of its own size, so that the sanitizer sees a step beyond.
  std::string text(reinterpret_cast<const char *>(data + 1), size - 1);
  llvm::consumeError(readAs(data[0], text));
  return 0;
}
