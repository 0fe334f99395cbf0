// The x86-64 targets as the compiler sees them.
#include "targets/x86/X86Target.h"

#include "mlir/Pass/PassManager.h"
#include "targets/x86/Passes.h"
#include "llvm/Support/TargetSelect.h"

using namespace lfm2c;

void X86Target::registerPasses() const { registerLFM2X86Passes(); }

void X86Target::addTilePasses(mlir::OpPassManager &pm,
                              const TargetVariant &variant) const {
  if (variant.facts.dotTileTokens > 0)
    pm.addPass(createX86LowerTileDot4Pass());
}

void X86Target::addDotPasses(mlir::OpPassManager &pm,
                             const TargetVariant &variant) const {
  pm.addPass(createX86LowerDot4Pass({variant.facts.dot}));
  pm.addPass(createX86LowerDot2Pass({variant.facts.bf16dot}));
}

void X86Target::initializeBackend() const {
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86Target();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86AsmPrinter();
}

std::vector<std::string> X86Target::getLinkArguments() const {
  // Segments of one 4 KiB page: an x86-64 kernel has no larger base page, and
  // 64 KiB would double a small program.
  return {"-m", "elf_x86_64", "-z", "max-page-size=4096"};
}

namespace lfm2c {
// Called by the generated registerAllTargets().
void registerTarget_x86(TargetRegistry &registry) {
  // The combiner would make trees of the sums of a chain: shorter, but with
  // more alive.
  registry.add(
      "x86_64-linux",
      std::make_unique<X86Target>(
          SystemInfo{
              "x86_64-unknown-linux-gnu",
              "Linux on x86-64",
              "x86-64-v3",
              "x86_64-linux",
              "x86_64-libc",
              {Emit::Executable, Emit::StaticLibrary, Emit::SharedLibrary,
               Emit::Object, Emit::Assembly, Emit::LLVMIR},
              DeviceHost{{"/lib64/ld-linux-x86-64.so.2", getGnuLibraries()},
                         "x86-64-v3",
                         "x86_64-linux-device",
                         "x86_64-libc-device"}},
          llvm::ArrayRef<llvm::StringRef>{"x86-machine-combiner=false"}));
}
} // namespace lfm2c
