// Any bytes as a safetensors file, and what its tensors make of a model: of a
// plain one, and of one of each scheme of quantised folders.
//
// An input that begins with '{' is a header, to which its length and data of
// zeros are added, since few inputs guess the length; any other is a file as it
// stands.

#include "frontends/safetensors/HFTensors.h"
#include "test/unit/Frontends/TinyCheckpoint.h"
#include "llvm/Support/Error.h"

using namespace lfm2c;

/// What config.json says of quantised matrices, the first of none.
static const char *const schemes[] = {
    "",
    R"("quantization": {"bits": 4, "group_size": 32},)",
    R"("quantization": {"mode": "mxfp4"},)",
    R"("quantization_config": {"quant_method": "gptq", "bits": 4,
                             "group_size": 32},)",
    R"("quantization_config": {"quant_method": "awq", "group_size": 32},)",
    R"("quantization_config": {"quant_method": "compressed-tensors",
        "config_groups": {"a": {"targets": ["Linear"], "weights": {
          "num_bits": 4, "group_size": 32, "symmetric": false}}}},)",
    R"("quantization_config": {"quant_method": "compressed-tensors",
        "config_groups": {"a": {"targets": ["Linear"], "weights": {
          "num_bits": 8, "strategy": "tensor", "symmetric": false}}}},)",
    R"("quantization_config": {"quant_method": "fp8",
                             "weight_block_size": [2, 32]},)"};

static HFConfig readTinyConfig(bool moe, llvm::StringRef scheme) {
  std::vector<std::string> warnings;
  std::string text = test::HFBuilder(moe).files["config.json"];
  text.insert(1, scheme);
  return llvm::cantFail(readHFConfig(text, "config.json", warnings));
}

static uint8_t sumOf(const Tensor &tensor) {
  uint8_t sum = 0;
  for (llvm::ArrayRef<uint8_t> bytes : tensor.inputs())
    sum ^= bytes.front() ^ bytes.back();
  // Rows that are computed: the first and the last, as long as they are short.
  if (!tensor.source || tensor.cols() > (1 << 16))
    return sum;
  RowBuffer buffer;
  for (int64_t row : {int64_t(0), tensor.rows() - 1})
    sum ^= tensor.readRow(row, buffer)[tensor.rowBytes() - 1];
  return sum;
}

static llvm::Error useFile(llvm::ArrayRef<uint8_t> bytes,
                           const HFConfig &config) {
  auto entries = parseSafetensors(bytes, "fuzzed.safetensors");
  if (!entries)
    return entries.takeError();
  Checkpoint checkpoint;
  checkpoint.config = config.model;
  HFTensorReader reader(checkpoint);
  if (llvm::Error error = reader.add(*entries, "fuzzed.safetensors"))
    return error;
  if (llvm::Error error = reader.finish(config))
    return error;
  uint8_t sum = 0;
  for (auto &entry : checkpoint.tensors)
    sum ^= sumOf(entry.second);
  asm volatile("" ::"r"(sum));
  return verifyCheckpoint(checkpoint);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::vector<uint8_t> bytes;
  if (size != 0 && data[0] == '{') {
    bytes = test::Bytes().u64(size).raw({data, size}).data;
    bytes.resize(bytes.size() + 64);
  } else {
    bytes.assign(data, data + size);
  }
  static const std::vector<HFConfig> configs = [] {
    std::vector<HFConfig> all;
    for (const char *scheme : schemes)
      for (bool moe : {false, true})
        all.push_back(readTinyConfig(moe, scheme));
    return all;
  }();
  for (const HFConfig &config : configs)
    llvm::consumeError(useFile(bytes, config));
  return 0;
}
