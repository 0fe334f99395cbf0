//===- PreparedInput.h - the input of a contraction -------------*- C++ -*-===//
//
// A contraction reads records of the form that its weights want; see
// Activation.h. With one token every thread makes them for itself.
//
//===----------------------------------------------------------------------===//

#ifndef PASSES_TILING_PREPAREDINPUT_H
#define PASSES_TILING_PREPAREDINPUT_H

#include "passes/tiling/PhaseContext.h"

namespace lfm2c {

/// The input of a contraction in the form that its weights read.
struct PreparedInput {
  ActivationLayout layout;
  mlir::Value base, offset; ///< Of the first token's record.
  int64_t rowBytes;
};

/// What is to be prepared.
struct InputSource {
  BufferRef rows;       ///< f32 values.
  lfm2::RMSNormOp norm; ///< To be taken of them, if not null.
  int64_t columns;
  llvm::ArrayRef<Format> readers; ///< Formats of the weights.
  mlir::Value first, count; ///< Rows `first` to `first + count` of `rows`.
  int64_t rowsPerToken = 1;
};

/// Makes records of the source's rows, the first of them at `offset`. Where
/// threads share this, they have met at the end.
PreparedInput prepareInput(PhaseContext &context, const InputSource &source);

} // namespace lfm2c

#endif
