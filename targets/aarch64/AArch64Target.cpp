// The AArch64 targets as the compiler sees them.
#include "targets/aarch64/AArch64Target.h"

#include "mlir/Pass/PassManager.h"
#include "targets/aarch64/Passes.h"
#include "llvm/IR/Attributes.h"
#include "llvm/IR/Function.h"
#include "llvm/Support/TargetSelect.h"

using namespace lfm2c;

void AArch64Target::registerPasses() const { registerLFM2AArch64Passes(); }

void AArch64Target::addTilePasses(mlir::OpPassManager &pm,
                                  const TargetVariant &variant) const {
  if (variant.facts.dotTileMode)
    pm.addPass(createAArch64LowerTileDot4Pass());
}

void AArch64Target::addDotPasses(mlir::OpPassManager &pm,
                                 const TargetVariant &variant) const {
  pm.addPass(createAArch64LowerDot4Pass(
      {variant.facts.dot, variant.facts.vectorBits / 8}));
  pm.addPass(createAArch64LowerDot2Pass({variant.facts.bf16dot}));
}

void AArch64Target::markFunction(llvm::Function &fn,
                                 const TargetVariant &variant) const {
  // Those of the streaming mode hold a row of sums of SME's.
  const bool isStreaming = fn.hasFnAttribute("aarch64_pstate_sm_body");
  const unsigned bits =
      isStreaming ? variant.facts.lanes * 32 : variant.facts.vectorBits;
  // Vectors are at least that long; SVE has up to 2048 bits.
  if (bits > 128)
    fn.addFnAttr(llvm::Attribute::getWithVScaleRangeArgs(fn.getContext(),
                                                         bits / 128, 16));
}

void AArch64Target::initializeBackend() const {
  LLVMInitializeAArch64TargetInfo();
  LLVMInitializeAArch64Target();
  LLVMInitializeAArch64TargetMC();
  LLVMInitializeAArch64AsmPrinter();
}

std::vector<std::string> AArch64Target::getLinkArguments() const {
  // Kernels have pages of 4, 16 or 64 KiB.
  return {"-m", "aarch64linux", "-z", "max-page-size=65536"};
}

namespace lfm2c {
// Called by the generated registerAllTargets().
void registerTarget_aarch64(TargetRegistry &registry) {
  auto add = [&](llvm::StringRef name, const SystemInfo &system) {
    registry.add(name, std::make_unique<AArch64Target>(system));
  };
  const std::vector<Emit> objects = {Emit::StaticLibrary, Emit::SharedLibrary,
                                     Emit::Object, Emit::Assembly,
                                     Emit::LLVMIR};
  std::vector<Emit> all = {Emit::Executable};
  all.insert(all.end(), objects.begin(), objects.end());
  add("aarch64-linux",
      {"aarch64-unknown-linux-gnu", "Linux on 64-bit ARM", "armv8.4-a",
       "aarch64-linux", "aarch64-posix", all,
       DeviceHost{{"/lib/ld-linux-aarch64.so.1", getGnuLibraries()},
                  "armv8.4-a",
                  "aarch64-linux-device",
                  "aarch64-posix-device"}});
  add("aarch64-android",
      {"aarch64-unknown-linux-android28", "Android on 64-bit ARM (libraries)",
       "armv8.4-a", "", "aarch64-posix", objects,
       DeviceHost{{}, "armv8.4-a", "", "aarch64-posix-device"}});
  // Programs and shared libraries there are of Mach-O, which Apple's linker
  // makes, and are signed.
  add("aarch64-macos", {"arm64-apple-macosx11.0.0",
                        "macOS on Apple silicon (static libraries)",
                        "apple-m1",
                        "",
                        "aarch64-macos",
                        {Emit::StaticLibrary, Emit::Assembly, Emit::LLVMIR}});
  // Nothing there loads a shared library.
  add("aarch64-bare",
      {"aarch64-none-elf",
       "64-bit ARM without a system (static libraries)",
       "armv8-a",
       "",
       "aarch64-bare",
       {Emit::StaticLibrary, Emit::Object, Emit::Assembly, Emit::LLVMIR}});
}
} // namespace lfm2c
