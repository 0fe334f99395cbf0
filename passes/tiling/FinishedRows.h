// What follows on rows of a contraction.
//
// A thread that has made rows of a product goes on with them: it stores them,
// sums them into the residual, rotates heads. Each way to go on is a class of
// its own, in the file of the op that it is for; see RowFollowUps.h for which
// op that is.

#ifndef LFM2C_PASSES_TILING_FINISHEDROWS_H
#define LFM2C_PASSES_TILING_FINISHEDROWS_H

#include "passes/tiling/PhaseContext.h"

namespace lfm2c {

class FinishedRows {
public:
  virtual ~FinishedRows() = default;

  /// `values` are the lanes of one group of each segment, for token `t`, the
  /// first of them being row `row` of its segment.
  virtual void finish(mlir::Value t, mlir::Value row,
                      llvm::ArrayRef<mlir::Value> values) = 0;
  /// Whether units (heads) are finished too. Then a thread's share is of units.
  virtual bool hasUnits() const { return false; }
  /// After all groups of unit `unit` are done for token `t`, which is of `run`.
  virtual void finishUnit(const Run &run, mlir::Value t, mlir::Value unit) {}
  /// A workgroup has too many invocations for units alone: it finishes each in
  /// so many parts, one by one invocation, instead of with finishUnit(). What
  /// finish() stored of the unit may be read by all of them until the last part
  /// is done.
  virtual int64_t partsOfUnit() const { return 1; }
  virtual void finishPart(const Run &run, mlir::Value t, mlir::Value unit,
                          mlir::Value part) {}
  /// After groups `lo` to `hi`, all that this thread has, are done for all
  /// tokens of the step.
  virtual void finishShare(mlir::Value lo, mlir::Value hi) {}
};

/// The bases that rows are finished with.
struct RowBases {
  explicit RowBases(Emitter &e)
      : scratch(e.pointer("scratch")), weights(e.pointer("weights")) {}
  const mlir::Value scratch, weights;
};

/// Rows that are stored as they are, f32 of token t at t * rowBytes.
class StoredRows : public FinishedRows {
public:
  StoredRows(PhaseContext &context, const RowBases &bases,
             const BufferRef &out);
  void finish(mlir::Value t, mlir::Value row,
              llvm::ArrayRef<mlir::Value> values) override;

protected:
  /// Of row `row` of token `t`.
  mlir::Value rowAddress(mlir::Value t, mlir::Value row);
  /// Of the channels of one head of a token.
  mlir::Value headAddress(mlir::Value t, mlir::Value head) {
    return addressIn(out, at, t, head);
  }
  /// The same of another buffer of heads, `ref`, at `start`.
  mlir::Value addressIn(const BufferRef &ref, mlir::Value start, mlir::Value t,
                        mlir::Value head);

  PhaseContext &context;
  Emitter &e;
  const RowBases bases;
  const BufferRef out;
  const mlir::Value at; ///< Of `out`.
};

/// A buffer with room for whole groups of each head.
BufferRef headsBuffer(PhaseContext &context, llvm::StringRef role,
                      int64_t heads, int64_t headSize);

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_FINISHEDROWS_H
