// Any bytes as an adapter, which is merged into a tiny model, dense and with
// experts; then rows of the sums are read.
//
// An input that begins with '{' is the header of a safetensors file, to which
// its length and data of zeros are added; one that begins with "GGUF" is a file
// of llama.cpp's as it stands; any other is adapter_config.json behind its
// first byte.

#include "frontends/gguf/GGUFAdapter.h"
#include "frontends/gguf/GGUFFrontend.h"
#include "frontends/safetensors/PEFTAdapter.h"
#include "lib/Weights/Checkpoint.h"
#include "test/unit/Frontends/TinyCheckpoint.h"
#include "llvm/Support/Error.h"

using namespace lfm2c;

/// The settings that change what tensors mean.
static constexpr const char *configs[] = {
    R"({"peft_type": "LORA", "r": 2, "lora_alpha": 4,
        "target_parameters": ["experts.gate_up_proj", "experts.down_proj"]})",
    R"({"peft_type": "LORA", "r": 2, "lora_alpha": 4, "use_dora": true,
        "use_rslora": true, "ensure_weight_tying": true})"};

static llvm::Error merge(llvm::Expected<Adapter> adapter,
                         Checkpoint &checkpoint) {
  if (!adapter)
    return adapter.takeError();
  if (llvm::Error error = mergeAdapters(*adapter, checkpoint))
    return error;
  RowBuffer buffer;
  uint8_t sum = 0;
  for (const auto &entry : checkpoint.tensors) {
    const Tensor &tensor = entry.second;
    for (int64_t row : {int64_t(0), tensor.rows() - 1})
      sum ^= *tensor.readRow(row, buffer);
  }
  asm volatile("" ::"r"(sum));
  return llvm::Error::success();
}

static llvm::Expected<Adapter>
readHeader(llvm::ArrayRef<SafetensorsEntry> entries, const char *text,
           Checkpoint &checkpoint) {
  auto config = readPEFTConfig(text, "fuzzed.json", checkpoint.warnings);
  if (!config)
    return config.takeError();
  Adapter adapter;
  adapter.path = "fuzzed";
  adapter.keepsTie = config->keepsTie;
  if (llvm::Error error = addPEFTTensors(entries, "fuzzed.safetensors", *config,
                                         checkpoint, adapter))
    return std::move(error);
  return adapter;
}

static std::unique_ptr<Checkpoint> makeBase(bool moe) {
  static const std::vector<uint8_t> files[2] = {
      test::GGUFBuilder(false).build(), test::GGUFBuilder(true).build()};
  return llvm::cantFail(readGGUFMemory(files[moe], "tiny.gguf"));
}

static void useConfig(llvm::StringRef text) {
  std::vector<std::string> warnings;
  auto config = readPEFTConfig(text, "fuzzed.json", warnings);
  if (!config)
    return llvm::consumeError(config.takeError());
  volatile double scale = config->scaleOf("model.layers.1.self_attn.q_proj");
  (void)scale;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  const llvm::ArrayRef<uint8_t> bytes(data, size);
  const llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  for (bool moe : {false, true}) {
    if (text.starts_with("GGUF")) {
      const std::unique_ptr<Checkpoint> base = makeBase(moe);
      auto file = GGUFFile::parse(bytes, "fuzzed.gguf");
      llvm::consumeError(
          file ? merge(readGGUFAdapter(*file, {"fuzzed.gguf", "", 1}, *base),
                       *base)
               : file.takeError());
      continue;
    }
    if (data[0] != '{') {
      useConfig(text.drop_front());
      return 0;
    }
    std::vector<uint8_t> whole = test::Bytes().u64(size).raw(bytes).data;
    whole.resize(whole.size() + 4096);
    auto entries = parseSafetensors(whole, "fuzzed.safetensors");
    if (!entries) {
      llvm::consumeError(entries.takeError());
      return 0;
    }
    for (const char *config : configs) {
      const std::unique_ptr<Checkpoint> base = makeBase(moe);
      llvm::consumeError(merge(readHeader(*entries, config, *base), *base));
    }
  }
  return 0;
}
