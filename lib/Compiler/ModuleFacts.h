// What a planned module says about its program, read out of its attributes.
#ifndef LFM2C_LIB_COMPILER_MODULEFACTS_H
#define LFM2C_LIB_COMPILER_MODULEFACTS_H

#include "lib/Compiler/ProgramTable.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <map>

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace lfm2c {

/// Entries of `module`, in rising order of tokens, with `suffix` on their
/// symbols.
llvm::Expected<std::vector<ProgramEntry>> readEntries(mlir::ModuleOp module,
                                                      llvm::StringRef suffix);

/// Sizes of state and weights; leaves the rest of `program` alone.
llvm::Error readSizes(mlir::ModuleOp module, ProgramDescription &program);

/// Where the bytes of the weights go.
struct WeightSummary {
  std::map<std::string, uint64_t> bytesByFormat; ///< packed, padding included
  /// By tensors of one name but for the layer's number ("blk.*.ffn_up.weight"),
  /// then by format; not padded.
  std::map<std::string, std::map<std::string, uint64_t>> bytesByGroup;
};
WeightSummary summarizeWeights(mlir::ModuleOp module);

/// Bytes of weights that a step of one token reads in the entry: those of its
/// stretches, of the experts that the token chooses, and no caches. A row of an
/// embedding beside them is nothing.
uint64_t weightBytesOfStep(const ProgramEntry &entry);

/// How a phase of the layers of kind `layer` goes through its weights; see
/// #exec.schedule.
struct PhaseSchedule {
  std::string layer, phase;
  int64_t streams, prefetchBytes, tileTokens, tileGroups, tileAhead;
  int64_t nearBytes; ///< that each thread stages weights in; 0: none
};
std::vector<PhaseSchedule> readSchedules(mlir::ModuleOp module);

/// Rows of f32 that steps of the program keep in the state; see #exec.kept.
struct KeptInput {
  std::vector<std::string> weights; ///< whose products read them; none: ids
  int64_t columns, stride, perToken, choices;
  int64_t offset; ///< of the first row in the state, in bytes
};
/// Those of a planned module; none where it was not made to keep any.
std::vector<KeptInput> readKept(mlir::ModuleOp module);

/// Text that is equal for two planned modules exactly when the same archive
/// fits both.
std::string describeWeightLayout(mlir::ModuleOp module);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_MODULEFACTS_H
