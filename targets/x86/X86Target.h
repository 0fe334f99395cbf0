// x86-64 CPUs, under one operating system per registered target.
#ifndef LFM2C_TARGETS_X86_X86TARGET_H
#define LFM2C_TARGETS_X86_X86TARGET_H

#include "targets/LLVMEmit.h"

namespace lfm2c {

class X86Target final : public LLVMTarget {
public:
  X86Target(std::string triple, std::string description)
      : triple(std::move(triple)), description(std::move(description)) {}

  llvm::StringRef getDescription() const override { return description; }
  llvm::StringRef getTriple() const override { return triple; }
  bool isHost() const override;
  llvm::Expected<std::vector<TargetVariant>>
  select(llvm::StringRef cpu) const override;
  void listCpus(llvm::raw_ostream &os) const override;
  void buildCodegenPipeline(mlir::OpPassManager &pm,
                            const TargetVariant &variant) const override;
  std::vector<std::string> getLinkArguments() const override;

protected:
  void initializeBackend() const override;

private:
  std::string triple, description;
};

/// The variant for LLVM processor `cpu` with `features` ("+a,-b") on top, named
/// `name`. `cpu` and `features` are known to be LLVM's. `lanes` is that of the
/// packed layout; 0 is what suits the CPU.
TargetVariant makeX86Variant(llvm::StringRef triple, llvm::StringRef name,
                             llvm::StringRef cpu, llvm::StringRef features,
                             int64_t lanes = 0);

/// What --cpu means on x86-64; see Target::select().
llvm::Expected<std::vector<TargetVariant>>
selectX86Cpu(llvm::StringRef triple, llvm::StringRef cpu, bool isHost);

} // namespace lfm2c

#endif // LFM2C_TARGETS_X86_X86TARGET_H
