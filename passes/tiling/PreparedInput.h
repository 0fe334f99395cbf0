// The input of products.
//
// Products read records of the form that their weights want; see Activation.h.
// Where an exec.prepare stands in the phase of its readers, every thread makes
// them for itself; else it is a phase of its own, whose work threads share.

#ifndef LFM2C_PASSES_TILING_PREPAREDINPUT_H
#define LFM2C_PASSES_TILING_PREPAREDINPUT_H

#include "passes/tiling/PhaseContext.h"

namespace lfm2c {

/// Records, or rows of f32 that are read where they lie.
struct PreparedInput {
  ActivationLayout layout;
  mlir::Value base, offset; ///< Of the first row.
  int64_t rowBytes;
};

/// The first `count` rows of some activations; or, where they are for logits,
/// those of the tokens that the step lists.
struct Rows {
  mlir::Value count;
  bool areLogits = false;
};
/// All rows of a value: tokens, the choices of tokens, or texts.
Rows allRows(PhaseContext &context, mlir::Value value);
/// The tokens of this step that leave logits.
Rows rowsWithLogits(PhaseContext &context);

/// What products with `x` read, of the rows that are asked for. Where `x` is
/// prepared in the phase, this is done here.
PreparedInput inputOf(PhaseContext &context, mlir::Value x, const Rows &rows);

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_PREPAREDINPUT_H
