// Hexagon CPUs with HVX, under one operating system per registered target.
#ifndef LFM2C_TARGETS_HEXAGON_HEXAGONTARGET_H
#define LFM2C_TARGETS_HEXAGON_HEXAGONTARGET_H

#include "targets/LLVMCpu.h"

namespace lfm2c {

class HexagonTarget final : public LLVMCpuTarget {
public:
  using LLVMCpuTarget::LLVMCpuTarget;

  void registerPasses() const override;
  std::vector<std::string> getLinkArguments() const override;

protected:
  void initializeBackend() const override;
  void addDotPasses(mlir::OpPassManager &pm,
                    const TargetVariant &variant) const override;
  void addStagePasses(mlir::OpPassManager &pm, const TargetVariant &variant,
                      CodeUse use) const override;
  const CpuTables &getTables() const override;
  void
  listLLVMCpus(llvm::SmallVectorImpl<llvm::StringRef> &names) const override;
  void
  listFeatures(llvm::StringRef cpu,
               llvm::SmallVectorImpl<llvm::StringRef> &features) const override;
  void setFacts(TargetFacts &facts, const DotForm &form,
                HasFeature has) const override;
};

} // namespace lfm2c

#endif // LFM2C_TARGETS_HEXAGON_HEXAGONTARGET_H
