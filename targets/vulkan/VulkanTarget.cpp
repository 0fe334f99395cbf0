#include "targets/vulkan/VulkanTarget.h"

#include "lfm2rt/features_vulkan.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "passes/conversion/Passes.h"
#include "passes/tiling/Passes.h"
#include "targets/vulkan/Passes.h"
#include "targets/vulkan/Serialize.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <set>

using namespace lfm2c;
using llvm::StringRef;

namespace {
constexpr const char *featureNames[] = {
#define LFM2_FEATURE_NAME(id, name) name,
    LFM2_VULKAN_FEATURES(LFM2_FEATURE_NAME)
#undef LFM2_FEATURE_NAME
};

/// Rows side by side in packed weights: those of portable CPU programs, so that
/// one archive serves both. A workgroup of 32 slices of them has the 256
/// invocations that every device runs.
constexpr int64_t lanes = 8, slices = 32;
} // namespace

static TargetVariant makeDevice() {
  TargetVariant variant;
  variant.name = "vulkan";
  variant.code = CodeKind::Vulkan;
  TargetFacts &facts = variant.facts;
  facts.arch = "spirv";
  facts.dot = "sdot";
  facts.lanes = lanes;
  facts.slices = slices;
  facts.vectorBits = lanes * 32;
  facts.registers = 64;
  facts.tileTokens = 8;
  facts.tileGroups = 1;
  facts.streams = 1;
  facts.f16c = true;
  facts.dotAccumulates = true;
  facts.byteShifts = true;
  facts.dotByLane = true; // Four dots' activations are a load.
  // A driver may contract or not: results would be the device's own.
  facts.fma = false;
  return variant;
}

VulkanTarget::VulkanTarget(const Target &host)
    : host(host),
      description(("Vulkan beside " + host.getDescription()).str()) {
  // Text would be that of two kinds of code.
  for (Emit emit : host.getOutputs())
    if (emit != Emit::Assembly && emit != Emit::LLVMIR)
      outputs.push_back(emit);
}

StringRef VulkanTarget::describeUsualCpus() const {
  return "the host's baseline";
}

llvm::Expected<std::vector<TargetVariant>> VulkanTarget::select(StringRef cpu,
                                                                int64_t) const {
  std::vector<TargetVariant> variants = {makeDevice()};
  if (cpu == "none")
    return variants;
  const StringRef usual = host.getDeviceHost()->cpu;
  auto cpus = host.select(cpu.empty() ? usual : cpu, lanes);
  if (!cpus)
    return cpus.takeError();
  std::move(cpus->begin(), cpus->end(), std::back_inserter(variants));
  return variants;
}

void VulkanTarget::listCpus(llvm::raw_ostream &os) const {
  os << "  none\n";
  host.listCpus(os);
}

void VulkanTarget::registerPasses() const { registerLFM2VulkanPasses(); }

void VulkanTarget::registerDialects(mlir::DialectRegistry &registry) const {
  host.registerDialects(registry);
  registry.insert<mlir::spirv::SPIRVDialect>();
}

void VulkanTarget::buildTilePipeline(mlir::OpPassManager &pm,
                                     const TargetVariant &variant,
                                     const TileOptions &options) const {
  if (variant.code == CodeKind::Cpu)
    return host.buildTilePipeline(pm, variant, options);
  Target::buildTilePipeline(pm, variant, options);
  pm.addPass(createOutlineKernelsPass());
  pm.addPass(mlir::createCanonicalizerPass());
  pm.addPass(mlir::createCSEPass());
}

void VulkanTarget::buildCodegenPipeline(mlir::OpPassManager &pm,
                                        const TargetVariant &variant,
                                        CodeUse use) const {
  if (variant.code == CodeKind::Cpu)
    return host.buildCodegenPipeline(pm, variant, use);
  pm.addPass(createLanesToInvocationsPass());
  pm.addPass(mlir::createCanonicalizerPass());
  pm.addPass(mlir::createCSEPass());
  pm.addPass(createVulkanExecToSPIRVPass());
}

llvm::Expected<Code> VulkanTarget::emit(mlir::ModuleOp module,
                                        const TargetVariant &variant,
                                        const EmitOptions &options,
                                        EmitKind kind) const {
  if (variant.code == CodeKind::Cpu)
    return host.emit(module, variant, options, kind);
  auto kernels = serializeKernels(module);
  if (!kernels)
    return kernels.takeError();
  Code code;
  std::set<uint32_t> features;
  for (SpirvKernel &kernel : *kernels) {
    features.insert(kernel.features.begin(), kernel.features.end());
    code.kernels.push_back({std::move(kernel.name), std::move(kernel.words),
                            kernel.invocations, kernel.nearBytes,
                            kernel.numArguments});
  }
  for (uint32_t feature : features) {
    code.requiredFeatures.push_back(feature);
    code.requiredNames.push_back(featureNames[feature]);
  }
  return code;
}

llvm::Expected<std::vector<Image>>
VulkanTarget::emitTable(llvm::Module &module, const TargetVariant &,
                        const EmitOptions &options, EmitKind kind) const {
  // It holds no instructions: any CPU of the host will do.
  auto cpus = host.select(host.getDeviceHost()->cpu, lanes);
  if (!cpus)
    return cpus.takeError();
  return host.emitTable(module, cpus->back(), options, kind);
}

namespace lfm2c {
// Called by the generated registerAllTargets(), behind the targets for CPUs.
void registerTarget_vulkan(TargetRegistry &registry) {
  std::vector<std::pair<std::string, const Target *>> hosts;
  for (const TargetRegistry::Entry &entry : registry.getEntries())
    if (entry.target->getDeviceHost())
      hosts.push_back({entry.name, entry.target.get()});
  for (const auto &[name, host] : hosts)
    registry.add("vulkan-" + name, std::make_unique<VulkanTarget>(*host),
                 /*group=*/"vulkan");
}
} // namespace lfm2c
