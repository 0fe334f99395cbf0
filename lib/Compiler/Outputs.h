// What a compilation leaves on disk.
#ifndef LFM2C_LIB_COMPILER_OUTPUTS_H
#define LFM2C_LIB_COMPILER_OUTPUTS_H

#include "lib/Compiler/OutputPaths.h"
#include "lib/Support/OutputFile.h"
#include "targets/Target.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace lfm2c {

/// Files that are whole and wait for their names: all of them get theirs or, at
/// the first that cannot be completed or where a file that was read has changed
/// meanwhile, none does.
class PendingOutputs {
public:
  void add(std::unique_ptr<OutputFile> file, bool executable = false) {
    files.push_back({std::move(file), executable});
  }
  /// Completes all, then renames them in reverse order, so that the first comes
  /// last. Call once.
  llvm::Error commit();

private:
  struct Pending {
    std::unique_ptr<OutputFile> file;
    bool executable;
  };
  std::vector<Pending> files;
};

/// Writes the archive of a model behind `before`, which is what its file holds
/// so far; sets its hash of weights on the way.
using ArchiveFn = llvm::function_ref<llvm::Error(llvm::raw_ostream &,
                                                 llvm::StringRef before)>;

struct ProgramFiles {
  Emit emit = Emit::Executable;
  OutputPaths paths;
  bool joined = true;      ///< the archive goes behind the program
  bool withWeights = true; ///< an archive is written at all
  llvm::StringRef runtime; ///< its name; none for objects
  llvm::ArrayRef<std::string> linkArguments;
  const ProgramLoader *loader = nullptr; ///< of an executable that has one
  llvm::StringRef triple;                ///< of what it loads
  llvm::ArrayRef<Image> objects;
};

/// Sizes of what was written, in bytes.
struct WrittenSizes {
  uint64_t program = 0; ///< without the archive
  uint64_t archive = 0;
};

/// Links and writes; the files are left in `pending`. `headerText` is that of
/// OUT.h.
llvm::Expected<WrittenSizes> writeProgram(const ProgramFiles &files,
                                          llvm::StringRef headerText,
                                          ArchiveFn writeArchive,
                                          PendingOutputs &pending);

/// Writes all of `text` to a file `path`, which is left in `pending`, or to
/// standard output for "-".
llvm::Error writeTextFile(llvm::StringRef path, llvm::StringRef text,
                          PendingOutputs &pending);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_OUTPUTS_H
