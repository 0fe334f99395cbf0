// Any bytes as a safetensors file, and what its tensors make of a model.
//
// An input that begins with '{' is a header, to which its length and data of
// zeros are added, since few inputs guess the length; any other is a file as it
// stands.

#include "frontends/safetensors/HFTensors.h"
#include "test/unit/Frontends/TinyCheckpoint.h"
#include "llvm/Support/Error.h"

using namespace lfm2c;

static HFConfig readTinyConfig(bool moe) {
  std::vector<std::string> warnings;
  return llvm::cantFail(readHFConfig(test::HFBuilder(moe).files["config.json"],
                                     "config.json", warnings));
}

static llvm::Error useFile(llvm::ArrayRef<uint8_t> bytes, bool moe) {
  static const HFConfig configs[2] = {readTinyConfig(false),
                                      readTinyConfig(true)};
  auto entries = parseSafetensors(bytes, "fuzzed.safetensors");
  if (!entries)
    return entries.takeError();
  Checkpoint checkpoint;
  checkpoint.config = configs[moe].model;
  HFTensorReader reader(checkpoint);
  if (llvm::Error error = reader.add(*entries, "fuzzed.safetensors"))
    return error;
  if (llvm::Error error = reader.finish(configs[moe]))
    return error;
  uint8_t sum = 0;
  for (auto &entry : checkpoint.tensors)
    for (llvm::ArrayRef<uint8_t> piece : entry.second.inputs())
      sum ^= piece.front() ^ piece.back();
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
  for (bool moe : {false, true})
    llvm::consumeError(useFile(bytes, moe));
  return 0;
}
