#include "lib/Compiler/Identity.h"

#include "lib/Weights/Checkpoint.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"

using namespace lfm2c;

// Two models of one shape differ nearly everywhere, so a few samples tell them
// apart, and the compiler need not read gigabytes before it begins.
static constexpr size_t samplesPerTensor = 16, sampleBytes = 128;

static void sample(llvm::raw_ostream &os, llvm::ArrayRef<uint8_t> bytes,
                   size_t samples) {
  const size_t step = std::max<size_t>(bytes.size() / samples, sampleBytes);
  for (size_t at = 0; at < bytes.size(); at += step) {
    const size_t n = std::min(sampleBytes, bytes.size() - at);
    os.write(reinterpret_cast<const char *>(bytes.data() + at), n);
  }
}

Identity lfm2c::computeIdentity(const Checkpoint &checkpoint,
                                llvm::StringRef options) {
  std::string text;
  llvm::raw_string_ostream os(text);
  const ModelConfig &config = checkpoint.config;
  os << options << '\n'
     << config.architecture << ' ' << config.hidden << ' ' << config.vocab
     << ' ' << config.heads << ' ' << config.headSize << ' ' << config.convTaps
     << ' ' << config.normEps << ' ' << config.ropeTheta << '\n';
  if (!config.ropeScaling.isNeutral()) {
    std::vector<double> numbers =
        ropeScales(config.ropeScaling, config.headSize, config.ropeTheta);
    numbers.push_back(config.ropeScaling.magnitude);
    os.write(reinterpret_cast<const char *>(numbers.data()),
             numbers.size() * sizeof(double));
  }
  std::vector<const Tensor *> tensors;
  for (const auto &entry : checkpoint.tensors)
    tensors.push_back(&entry.second);
  llvm::sort(tensors, [](const Tensor *a, const Tensor *b) {
    return a->name < b->name;
  });
  for (const Tensor *tensor : tensors) {
    os << tensor->name << ' ' << static_cast<int>(tensor->format);
    for (int64_t size : tensor->shape)
      os << ' ' << size;
    const size_t pieces = std::max<size_t>(tensor->pieces.size(), 1);
    for (llvm::ArrayRef<uint8_t> piece : tensor->pieces)
      sample(os, piece, std::max<size_t>(samplesPerTensor / pieces, 1));
    // The system maps more around each page that is touched.
    checkpoint.release(*tensor);
  }
  const llvm::XXH128_hash_t hash = llvm::xxh3_128bits(llvm::ArrayRef(
      reinterpret_cast<const uint8_t *>(text.data()), text.size()));
  Identity identity;
  for (unsigned i = 0; i < 8; ++i) {
    identity[i] = hash.low64 >> (8 * i);
    identity[8 + i] = hash.high64 >> (8 * i);
  }
  return identity;
}

std::string lfm2c::formatIdentity(const Identity &identity) {
  return llvm::toHex(identity, /*LowerCase=*/true);
}
