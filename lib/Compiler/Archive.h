// The archive of a compiled model: weights, tokenizer, description, their
// hashes and the footer.
//
// It is streamed in one pass to where it will stay, behind an executable or in
// a file of its own, so the compiler never holds the weights.
#ifndef LFM2C_LIB_COMPILER_ARCHIVE_H
#define LFM2C_LIB_COMPILER_ARCHIVE_H

#include "lib/Compiler/ProgramTable.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace lfm2c {

/// Passes bytes on and hashes them, by XXH64, in pieces of LFM2_HASH_PIECE.
class HashingStream final : public llvm::raw_ostream {
public:
  explicit HashingStream(llvm::raw_ostream &os);
  ~HashingStream() override { flush(); }
  /// Of what was written so far; the last piece may be a shorter one.
  std::vector<uint64_t> pieces() const;
  /// One number for all of them.
  uint64_t digest() const;

private:
  void write_impl(const char *data, size_t size) override;
  uint64_t current_pos() const override { return written; }

  llvm::raw_ostream &os;
  uint64_t written = 0;
  std::vector<uint8_t> piece;
  std::vector<uint64_t> hashes;
};

/// Writes one section. It may write any number of bytes.
using SectionWriter = llvm::function_ref<llvm::Error(HashingStream &)>;

/// Pads `os` to LFM2_ARCHIVE_ALIGN and writes the sections, in the order of
/// LFM2_SECTION_*, without the hashes, which it adds; and the footer. `before`
/// is what was written to `os` before: all of it, from the start of the file.
/// Returns the bytes from the archive's start to the end of the footer.
llvm::Expected<uint64_t> writeArchive(llvm::raw_ostream &os,
                                      llvm::StringRef before,
                                      const Identity &identity,
                                      llvm::ArrayRef<SectionWriter> sections);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_ARCHIVE_H
