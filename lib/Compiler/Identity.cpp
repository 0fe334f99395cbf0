#include "lib/Compiler/Identity.h"

#include "lib/Compiler/ConfigDescription.h"
#include "lib/Weights/Checkpoint.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace lfm2c;

// As much as is mapped at once, and a part of what the identity is: it must not
// depend on the machine.
static constexpr size_t chunkBytes = 4 << 20;

static void write(llvm::raw_ostream &os, llvm::XXH128_hash_t hash) {
  os << llvm::format_hex_no_prefix(hash.high64, 16)
     << llvm::format_hex_no_prefix(hash.low64, 16) << '\n';
}

TensorHasher::TensorHasher(const Checkpoint &checkpoint)
    : checkpoint(checkpoint), thread([this] { run(); }) {}

TensorHasher::~TensorHasher() {
  stopped = true;
  if (thread.joinable())
    thread.join();
}

llvm::XXH128_hash_t TensorHasher::finish() {
  if (thread.joinable())
    thread.join();
  return hash;
}

void TensorHasher::run() {
  std::vector<const Tensor *> tensors;
  for (const auto &entry : checkpoint.tensors)
    tensors.push_back(&entry.second);
  llvm::sort(tensors, [](const Tensor *a, const Tensor *b) {
    return a->name < b->name;
  });
  std::string text;
  llvm::raw_string_ostream os(text);
  for (const Tensor *tensor : tensors) {
    os << tensor->name << ' ' << getFormatInfo(tensor->format).name;
    for (int64_t size : tensor->shape)
      os << ' ' << size;
    if (tensor->source)
      os << ' ' << tensor->source->describe();
    os << '\n';
    for (llvm::ArrayRef<uint8_t> piece : tensor->inputs())
      while (!piece.empty()) {
        if (stopped)
          return;
        const llvm::ArrayRef<uint8_t> chunk =
            piece.take_front(std::min(piece.size(), chunkBytes));
        write(os, llvm::xxh3_128bits(chunk));
        checkpoint.release(chunk);
        piece = piece.drop_front(chunk.size());
      }
  }
  hash = llvm::xxh3_128bits(llvm::arrayRefFromStringRef(text));
}

Identity lfm2c::computeIdentity(const Checkpoint &checkpoint,
                                llvm::XXH128_hash_t tensors,
                                llvm::ArrayRef<uint8_t> tokenizer,
                                llvm::StringRef options) {
  llvm::json::Object config = describeConfig(checkpoint.config);
  config.erase("model");
  std::string text;
  llvm::raw_string_ostream os(text);
  os << options << '\n'
     << llvm::json::Value(std::move(config)) << '\n'
     << llvm::json::Value(describeSampling(checkpoint.config.sampling)) << '\n';
  write(os, tensors);
  write(os, llvm::xxh3_128bits(tokenizer));
  const llvm::XXH128_hash_t hash =
      llvm::xxh3_128bits(llvm::arrayRefFromStringRef(text));
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
