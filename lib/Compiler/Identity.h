// The identity that ties a program to its archive.
#ifndef LFM2C_LIB_COMPILER_IDENTITY_H
#define LFM2C_LIB_COMPILER_IDENTITY_H

#include "lib/Compiler/ProgramTable.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/xxhash.h"
#include <atomic>
#include <thread>

namespace lfm2c {
struct Checkpoint;

/// Hashes every byte of the tensors on a thread of its own, while the compiler
/// makes code, and gives their pages back as it goes. Packing finds the file in
/// the system's cache then.
class TensorHasher {
public:
  /// Begins at once. The checkpoint must outlive this object.
  explicit TensorHasher(const Checkpoint &checkpoint);
  /// Does not wait for more than a few MiB.
  ~TensorHasher();
  TensorHasher(const TensorHasher &) = delete;
  TensorHasher &operator=(const TensorHasher &) = delete;

  /// Waits for the end. Equal for equal names, formats, shapes and bytes of all
  /// tensors, in whichever files they are; where rows are computed, of the
  /// bytes that they are computed from and of how.
  llvm::XXH128_hash_t finish();

private:
  void run();

  const Checkpoint &checkpoint;
  std::atomic<bool> stopped = false;
  llvm::XXH128_hash_t hash = {};
  std::thread thread;
};

/// A hash of all that decides an archive and what a program makes of it: the
/// config but for the model's name, the recommended sampling, the tensors, the
/// tokenizer as it is packed, and `options`, which are the compiler's choices.
Identity computeIdentity(const Checkpoint &checkpoint,
                         llvm::XXH128_hash_t tensors,
                         llvm::ArrayRef<uint8_t> tokenizer,
                         llvm::StringRef options);

/// As lower-case hexadecimal digits.
std::string formatIdentity(const Identity &identity);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_IDENTITY_H
