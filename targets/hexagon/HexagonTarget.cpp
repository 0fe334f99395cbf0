// The Hexagon targets as the compiler sees them.
#include "targets/hexagon/HexagonTarget.h"

#include "mlir/Pass/PassManager.h"
#include "targets/Dot2.h"
#include "targets/hexagon/Passes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/TargetSelect.h"

using namespace lfm2c;

void HexagonTarget::registerPasses() const { registerLFM2HexagonPasses(); }

void HexagonTarget::addDotPasses(mlir::OpPassManager &pm,
                                 const TargetVariant &variant) const {
  pm.addPass(createHexagonLowerDot4Pass());
}

void HexagonTarget::addStagePasses(mlir::OpPassManager &pm,
                                   const TargetVariant &variant,
                                   CodeUse use) const {
  // A program of Linux copies by itself: there the engine is the kernel's
  // affair, and qemu has none.
  if (use == CodeUse::Library &&
      llvm::is_contained(variant.requiredNames, "hvxv68"))
    pm.addPass(createHexagonLowerStagesPass());
}

void HexagonTarget::initializeBackend() const {
  LLVMInitializeHexagonTargetInfo();
  LLVMInitializeHexagonTarget();
  LLVMInitializeHexagonTargetMC();
  LLVMInitializeHexagonAsmPrinter();
  LLVMInitializeHexagonAsmParser(); // Of inline assembly, for objects.
}

std::vector<std::string> HexagonTarget::getLinkArguments() const {
  // qemu's user mode has pages of 64 KiB; a DSP's are smaller.
  return {"-m", "hexagonelf", "-z", "max-page-size=65536"};
}

namespace lfm2c {
// Called by the generated registerAllTargets().
void registerTarget_hexagon(TargetRegistry &registry) {
  // Instructions that start together are chosen when compiling, so they are
  // brought into another order than that of the passes.
  // No data near a global pointer: nobody sets one. Each sum is rounded to f32:
  // exp takes an integer out of one. And neither software pipelining, which
  // gains 4 % of the packets of a loop, nor a search for bit fields to insert:
  // their time grows with the square of a block.
  constexpr llvm::StringLiteral options[] = {
      "enable-misched=true", "hexagon-small-data-threshold=0",
      "hexagon-insert=false", "enable-pipeliner=false", "disable-qfp-opt=true"};
  registry.add(
      "hexagon",
      std::make_unique<HexagonTarget>(
          SystemInfo{
              "hexagon-unknown-linux-musl",
              "Hexagon with HVX: programs for Linux, libraries for a DSP",
              "hexagonv66",
              "hexagon-linux",
              "hexagon-dsp",
              {Emit::Executable, Emit::StaticLibrary, Emit::SharedLibrary,
               Emit::Object, Emit::Assembly, Emit::LLVMIR}},
          llvm::SmallVector<llvm::StringRef>(std::begin(options),
                                             std::end(options))));
}
} // namespace lfm2c
