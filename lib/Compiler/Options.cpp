#include "lib/Compiler/Options.h"

using namespace lfm2c;

static constexpr EmitInfo emits[] = {
    {"exe", Emit::Executable, "",
     "a program that needs nothing else (default)"},
    {"static", Emit::StaticLibrary, ".a", "OUT.a, OUT.h and OUT.weights"},
    {"shared", Emit::SharedLibrary, ".so", "OUT.so, OUT.h and OUT.weights"},
    {"obj", Emit::Object, ".o", "an object file without runtime and weights"},
    {"asm", Emit::Assembly, ".s", "assembly of the generated code"},
    {"llvm", Emit::LLVMIR, ".ll", "optimised LLVM IR of the generated code"},
    {"mlir", Emit::MLIR, ".mlir",
     "the module after import, or after --stop-after; it can be MODEL"},
    {"gguf", Emit::GGUF, ".gguf",
     "the checkpoint for llama.cpp, with the formats of --quantize"},
};

static constexpr WeightsPlaceInfo places[] = {
    {"join", WeightsPlace::Join, "behind the program (default of exe)"},
    {"file", WeightsPlace::File,
     "into OUT.weights (default of static and shared)"},
};

llvm::ArrayRef<WeightsPlaceInfo> lfm2c::getWeightsPlaces() { return places; }

llvm::ArrayRef<EmitInfo> lfm2c::getEmits() { return emits; }

const EmitInfo &lfm2c::getEmitInfo(Emit emit) {
  return emits[static_cast<size_t>(emit)];
}

llvm::Error lfm2c::asUsage(llvm::Error error) {
  return llvm::createStringError(
      std::make_error_code(std::errc::invalid_argument),
      llvm::toString(std::move(error)));
}
