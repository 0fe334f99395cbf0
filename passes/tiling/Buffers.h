// Scratch of one entry.
//
// Declares the exec.buffer ops of an entry, keeps the phases between which each
// is alive, and knows in which one a value of the model lies.

#ifndef LFM2C_PASSES_TILING_BUFFERS_H
#define LFM2C_PASSES_TILING_BUFFERS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "passes/tiling/Emitter.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

namespace lfm2c {

/// Where a tensor of the model lies in scratch: token t at t * rowBytes.
struct BufferRef {
  std::string name; ///< Of the exec.buffer.
  int64_t rowBytes;
  int64_t elementStride = 0; ///< Bytes from head to head, of per-head buffers.
  int64_t threadBytes = 0;   ///< Of each thread, where it has one for itself.
  bool isNear = false;       ///< In near memory instead, that of a workgroup.
};

class Buffers {
public:
  Buffers(mlir::ModuleOp module, llvm::StringRef entry, bool ofWorkgroups)
      : module(module), entry(entry), ofWorkgroups(ofWorkgroups) {}

  /// What is declared or addressed from now on is alive in phase `index`,
  /// counted within a layer.
  void enterPhase(int64_t index) { phaseIndex = index; }

  // A role names a buffer of the entry: the same role is the same buffer, as
  // large as the largest that was asked for. Bytes of rows and of buffers are
  // rounded up to 64.

  /// `rows` rows that all threads see.
  BufferRef shared(llvm::StringRef role, int64_t rowBytes, int64_t rows);
  /// One row that each thread has for itself; workgroups, in their near memory.
  BufferRef perThread(llvm::StringRef role, int64_t rowBytes);
  /// Bytes of each thread's near memory; gives the offset in a thread's bytes.
  mlir::Value nearAddress(Emitter &e, llvm::StringRef role, int64_t bytes);
  /// `role`, or one of its kind in which nothing lies that the phase reads or
  /// makes, or that is read behind it.
  std::string freeRole(mlir::Operation *phase, llvm::StringRef role) const;
  /// Buffers that calls of layers in `forward` read share their place with
  /// nothing: they are alive across layers. To be called when all are bound.
  void keepAcrossLayers(mlir::func::FuncOp forward);

  /// Offset of the buffer in its memory; of this thread's own, if it has one.
  mlir::Value address(Emitter &e, const BufferRef &ref);
  /// What that is an offset from.
  static mlir::Value base(Emitter &e, const BufferRef &ref);

  // Values of the model that lie in a buffer.
  void bind(mlir::Value value, const BufferRef &ref) { bound[value] = ref; }
  /// `to` is the same as `from`, where that lies in a buffer.
  void bindAs(mlir::Value to, mlir::Value from);
  bool contains(mlir::Value value) const { return bound.contains(value); }
  BufferRef lookup(mlir::Value value) const { return bound.lookup(value); }

private:
  exec::BufferOp declare(llvm::StringRef role, int64_t bytes);
  void lengthen(exec::BufferOp op) const;
  std::string symbolOf(llvm::StringRef role) const {
    return entry + "." + role.str();
  }

  mlir::ModuleOp module;
  std::string entry;
  bool ofWorkgroups;
  int64_t phaseIndex = 0;
  llvm::StringMap<exec::BufferOp> ops; ///< By symbol.
  llvm::DenseMap<mlir::Value, BufferRef> bound;
};

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_BUFFERS_H
