// Devices with Vulkan, beside the CPU of a host.
//
// A program has one variant for devices, whose kernels the program table holds
// as SPIR-V, and CPU variants of the host, which share its archive and serve
// where there is no device. All that is the CPU's, from passes to linking, is
// left to the host's target.
#ifndef LFM2C_TARGETS_VULKAN_VULKANTARGET_H
#define LFM2C_TARGETS_VULKAN_VULKANTARGET_H

#include "targets/Target.h"

namespace lfm2c {

class VulkanTarget final : public Target {
public:
  /// `host` has a getDeviceHost() and outlives this object.
  explicit VulkanTarget(const Target &host);

  llvm::StringRef getDescription() const override { return description; }
  llvm::StringRef getTriple() const override { return host.getTriple(); }
  bool isHost() const override { return host.isHost(); }
  /// The device, and the host's CPUs that `cpu` stands for; "none" of them.
  llvm::Expected<std::vector<TargetVariant>>
  select(llvm::StringRef cpu, int64_t lanes) const override;
  llvm::StringRef describeUsualCpus() const override;
  void listCpus(llvm::raw_ostream &os) const override;
  llvm::ArrayRef<Emit> getOutputs() const override { return outputs; }

  void registerPasses() const override;
  void registerDialects(mlir::DialectRegistry &registry) const override;
  void buildTilePipeline(mlir::OpPassManager &pm, const TargetVariant &variant,
                         const TileOptions &options) const override;
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

  std::vector<std::string> getLinkArguments() const override {
    return host.getLinkArguments();
  }
  llvm::StringRef getProgramRuntime() const override {
    return host.getDeviceHost()->programRuntime;
  }
  llvm::StringRef getLibraryRuntime() const override {
    return host.getDeviceHost()->libraryRuntime;
  }
  const ProgramLoader *getProgramLoader() const override {
    return &host.getDeviceHost()->loader;
  }

private:
  const Target &host;
  std::string description;
  std::vector<Emit> outputs;
};

} // namespace lfm2c

#endif // LFM2C_TARGETS_VULKAN_VULKANTARGET_H
