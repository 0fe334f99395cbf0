// Makes the module of a model out of a checkpoint.

#ifndef LFM2C_FRONTENDS_IMPORTMODEL_H
#define LFM2C_FRONTENDS_IMPORTMODEL_H

#include "lib/Weights/Checkpoint.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

namespace lfm2c {

/// The model of `checkpoint` in the lfm2 dialect: its weights by name, in order
/// of use, and the function
///
///   @forward(ids, position, embeddings, state of layer 0, ...)
///       -> (logits, hidden states, vectors, next state of layer 0, ...)
///
/// each with its lfm2.role. Logits are there if the model is causal or a masked
/// language model, vectors (of the text, or of each token) if it is one for
/// search. A convolution layer has one state (its last columns), or none where
/// the model is not causal; an attention layer has two: keys and values, f32
/// for a checkpoint in f32, else f16.
/// Loads the dialects it needs into `context`. The checkpoint must have passed
/// verifyCheckpoint(); then this cannot fail. The module does not refer to
/// `checkpoint` and may outlive it.
mlir::OwningOpRef<mlir::ModuleOp> importModel(const Checkpoint &checkpoint,
                                              mlir::MLIRContext &context);

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_IMPORTMODEL_H
