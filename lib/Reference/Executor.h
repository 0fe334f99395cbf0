// Executes a module of the lfm2 dialect, slowly and obviously: the judge of
// every lowering.
//
// It walks @forward op by op, as the descriptions of the ops say, and keeps the
// state between calls, so that a sequence may be given whole, in pieces or
// token by token. How it is cut changes no bit of the result: every sum of a
// token is over the same terms in the same order. A model that is not causal
// takes a text whole; several texts are several sequences.

#ifndef LFM2C_LIB_REFERENCE_EXECUTOR_H
#define LFM2C_LIB_REFERENCE_EXECUTOR_H

#include "dialects/lfm2/IR/Roles.h"
#include "lib/Reference/Weights.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/Error.h"
#include <vector>

namespace lfm2c {

struct ReferenceOptions {
  /// Rounds what goes into a cache to the cache's type, quantised ones
  /// included, as compiled programs do. Without it caches keep f32, as exact as
  /// everything else here.
  bool roundCache = false;
};

/// What one call gives, row by row; what the model does not have is empty.
struct ReferenceResults {
  std::vector<float> logits;       ///< [tokens, vocabulary]
  std::vector<float> hidden;       ///< [tokens, hidden size]
  std::vector<float> vectors;      ///< [1, width], of the whole text.
  std::vector<float> tokenVectors; ///< [tokens, width]
};

class ReferenceExecutor {
public:
  /// An executor of `module`, which must be valid and outlive it. Fails if
  /// there is no @forward whose roles make it a model.
  static llvm::Expected<std::unique_ptr<ReferenceExecutor>>
  create(mlir::ModuleOp module, WeightReader reader,
         ReferenceOptions options = {});

  /// Runs the next `ids` of the sequence, at least one. An id below 0 takes row
  /// -1 - id of `embeddings` [rows, hidden size]. After a failure the sequence
  /// must be begun again.
  llvm::Expected<ReferenceResults> run(llvm::ArrayRef<int32_t> ids,
                                       llvm::ArrayRef<float> embeddings = {});

  /// Tokens run so far: the position of the next.
  int64_t getPosition() const { return position; }
  /// Channels of the result with this role; 0 if the model does not have it.
  int64_t getColumns(lfm2::Role role) const;

  /// Begins a new sequence.
  void reset();

private:
  /// What a value of the IR holds while it runs. One of the two is used.
  struct Data {
    std::vector<float> floats;
    std::vector<int32_t> ints;
  };

  ReferenceExecutor(mlir::func::FuncOp forward, WeightReader reader,
                    ReferenceOptions options);

  llvm::Error execute(mlir::Operation &op);
  llvm::Error execute(lfm2::EmbedOp op);
  llvm::Error execute(lfm2::RMSNormOp op);
  llvm::Error execute(lfm2::ShortConvOp op);
  llvm::Error execute(lfm2::CentredConvOp op);
  llvm::Error execute(lfm2::HeadNormRopeOp op);
  llvm::Error execute(lfm2::AttentionOp op);
  llvm::Error execute(lfm2::SwiGLUOp op);
  llvm::Error execute(lfm2::RouteOp op);
  llvm::Error execute(lfm2::ExpertsOp op);
  llvm::Error execute(lfm2::PoolOp op);

  lfm2::WeightOp lookup(mlir::FlatSymbolRefAttr name);
  /// The whole of a small weight.
  llvm::Expected<std::vector<float>> readWhole(mlir::FlatSymbolRefAttr name);
  /// x [T, K] times the transpose of rows [first, first + rows) of a weight.
  llvm::Expected<std::vector<float>> multiply(llvm::ArrayRef<float> x,
                                              mlir::FlatSymbolRefAttr name,
                                              int64_t first, int64_t rows);
  llvm::Error product(mlir::Value x, mlir::FlatSymbolRefAttr weight,
                      mlir::Value output);

  llvm::ArrayRef<float> floats(mlir::Value value) {
    return values[value].floats;
  }

  mlir::func::FuncOp forward;
  mlir::SymbolTable symbols;
  WeightReader reader;
  ReferenceOptions options;
  int64_t position = 0;
  /// Of each argument, what it was at the end of the last call if it is state.
  std::vector<Data> arguments;
  llvm::DenseMap<mlir::Value, Data> values;
};

} // namespace lfm2c

#endif // LFM2C_LIB_REFERENCE_EXECUTOR_H
