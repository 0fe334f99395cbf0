// From the LLVM dialect to objects: what every target that LLVM generates code
// for does alike.
#ifndef LFM2C_TARGETS_LLVMEMIT_H
#define LFM2C_TARGETS_LLVMEMIT_H

#include "targets/LLVMOptions.h"
#include "targets/Target.h"

namespace llvm {
class Function;
} // namespace llvm

namespace lfm2c {

/// Base of the targets whose code LLVM generates.
class LLVMTarget : public Target {
public:
  /// `options` are LLVM's while this target's code is emitted, "name=value",
  /// besides those that all such targets have: see LLVMOptions, also for when
  /// this may be called. By default LLVM's back end keeps the order of
  /// instructions that the passes emit, in which few vectors are alive at a
  /// time: its schedulers know neither loops nor how many registers a tile of a
  /// contraction fills; left alone they spill a third of them, and prefill runs
  /// at four fifths of the speed.
  explicit LLVMTarget(llvm::ArrayRef<llvm::StringRef> options = {});

  void registerDialects(mlir::DialectRegistry &registry) const override;
  void buildCodegenPipeline(mlir::OpPassManager &pm,
                            const TargetVariant &variant,
                            CodeUse use) const override;
  llvm::Expected<Code> emit(mlir::ModuleOp module, const TargetVariant &variant,
                            const EmitOptions &options,
                            EmitKind kind) const override;
  llvm::Expected<std::vector<Image>> emitTable(llvm::Module &module,
                                               const TargetVariant &variant,
                                               const EmitOptions &options,
                                               EmitKind kind) const override;

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
  /// Adds what a generated function needs besides the CPU's name and features.
  virtual void markFunction(llvm::Function &fn,
                            const TargetVariant &variant) const {}
  /// One image of `module`, optimised for the CPU.
  llvm::Expected<std::vector<Image>> emitLLVM(llvm::Module &module,
                                              const TargetVariant &variant,
                                              const EmitOptions &options,
                                              EmitKind kind) const;

private:
  const LLVMOptions options;
};

} // namespace lfm2c

#endif // LFM2C_TARGETS_LLVMEMIT_H
