// GGUF version 3, in one file or split into several.

#ifndef LFM2C_FRONTENDS_GGUF_GGUFFRONTEND_H
#define LFM2C_FRONTENDS_GGUF_GGUFFRONTEND_H

#include "frontends/Frontend.h"

namespace lfm2c {

class GGUFFrontend final : public Frontend {
public:
  llvm::StringRef getDescription() const override { return "a GGUF file"; }
  llvm::StringRef getEnding() const override { return ".gguf"; }
  bool accepts(llvm::StringRef path) const override;
  llvm::Expected<std::unique_ptr<Checkpoint>>
  read(llvm::StringRef path, const ReadOptions &options) const override;
  llvm::StringRef getAdapterDescription() const override {
    return "a GGUF file of llama.cpp's";
  }
  bool acceptsAdapter(llvm::StringRef path) const override {
    return accepts(path);
  }
  llvm::Expected<Adapter> readAdapter(const AdapterChoice &choice,
                                      Checkpoint &checkpoint) const override;
};

/// Reads a checkpoint of one file that lies in memory, which must outlive the
/// result. For tests; `path` is for messages.
llvm::Expected<std::unique_ptr<Checkpoint>>
readGGUFMemory(llvm::ArrayRef<uint8_t> bytes, llvm::StringRef path);

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_GGUF_GGUFFRONTEND_H
