// From the LLVM dialect to objects: what every target that LLVM generates code
// for does alike.
#ifndef LFM2C_TARGETS_LLVMEMIT_H
#define LFM2C_TARGETS_LLVMEMIT_H

#include "targets/Target.h"

namespace llvm {
class Function;
} // namespace llvm

namespace lfm2c {

/// Makes LLVM's back end keep the order of instructions that the passes emit,
/// in which few vectors are alive at a time. Its schedulers know neither loops
/// nor how many registers a tile of a contraction fills: left alone they spill
/// a third of them, and prefill runs at four fifths of the speed. `options` are
/// further "name=value" of the target's own. Where a target schedules packets
/// (LLVMTarget::schedulesPackets) that is undone for its code. To be called
/// while LLVM's options are still registered with its command line, the only
/// way to set these; any number of times.
void keepEmittedOrder(llvm::ArrayRef<llvm::StringRef> options);

/// Base of the targets whose code LLVM generates.
class LLVMTarget : public Target {
public:
  void registerDialects(mlir::DialectRegistry &registry) const override;
  void buildCodegenPipeline(mlir::OpPassManager &pm,
                            const TargetVariant &variant,
                            CodeUse use) const override;
  llvm::Error emit(mlir::ModuleOp module, const TargetVariant &variant,
                   const EmitOptions &options, EmitKind kind,
                   llvm::raw_pwrite_stream &os) const override;
  llvm::Error emit(llvm::Module &module, const TargetVariant &variant,
                   const EmitOptions &options, EmitKind kind,
                   llvm::raw_pwrite_stream &os) const override;

protected:
  /// Makes LLVM's back end of this target known to LLVM's own registry.
  virtual void initializeBackend() const = 0;
  /// Adds the passes that lower `exec.tile_dot4`; what they leave becomes dot4.
  virtual void addTilePasses(mlir::OpPassManager &pm,
                             const TargetVariant &variant) const {}
  /// Adds the passes that lower `exec.stage_start` and `exec.stage_wait`; what
  /// they leave becomes plain copies.
  virtual void addStagePasses(mlir::OpPassManager &pm,
                              const TargetVariant &variant, CodeUse use) const {
  }
  /// Adds the passes that lower `exec.dot4` and `exec.dot2`.
  virtual void addDotPasses(mlir::OpPassManager &pm,
                            const TargetVariant &variant) const = 0;
  /// Whether LLVM's back end gathers loads of one base, so that those whose
  /// order matters have to be volatile.
  virtual bool gathersLoads() const { return false; }
  /// Whether instructions are to be brought into another order than that of the
  /// passes, since those that start together are chosen when compiling.
  virtual bool schedulesPackets() const { return false; }
  /// Adds what a generated function needs besides the CPU's name and features.
  virtual void markFunction(llvm::Function &fn,
                            const TargetVariant &variant) const {}
};

} // namespace lfm2c

#endif // LFM2C_TARGETS_LLVMEMIT_H
