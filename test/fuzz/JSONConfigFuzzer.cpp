// Any text as one of the JSON files of a Hugging Face directory. The first byte
// says which: 'c' config.json, 'g' generation_config.json, 't' tokenizer.json,
// 'k' tokenizer_config.json.

#include "frontends/safetensors/HFConfig.h"
#include "frontends/safetensors/HFTokenizer.h"
#include "llvm/Support/Error.h"

using namespace lfm2c;

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
