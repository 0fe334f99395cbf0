// What packing says of a module that was not planned, or planned otherwise.
#include "lib/Compiler/PackWeights.h"
#include "lib/Quantize/QuantizedTensors.h"

#include "dialects/exec/IR/Exec.h"
#include "lib/Weights/Checkpoint.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace lfm2c;

namespace {

/// A checkpoint with the vector "norm", of 8 floats.
class PackWeights : public testing::Test {
protected:
  PackWeights() {
    context.loadDialect<exec::ExecDialect>();
    Tensor &norm = checkpoint.tensors["norm"];
    norm.name = "norm";
    norm.origins = {{"norm", "m.gguf"}};
    norm.shape = {8};
    norm.pieces = {{reinterpret_cast<const uint8_t *>(values), 32}};
  }

  /// Packs a module of one op that reads "norm" as it lies, with these
  /// attributes; the error, if there is one.
  std::string pack(const std::string &moduleAttributes,
                   const std::string &weightAttributes) {
    auto module = mlir::parseSourceString<mlir::ModuleOp>(
        "module attributes {" + moduleAttributes +
            "} { exec.weight @norm [#exec.segment<tensor = \"norm\", format = "
            "\"f32\", first = 0, rows = 8, unit = 8>] {cols = 1 : i64, lanes = "
            "8 : i64, count = 1 : i64, plain, " +
            weightAttributes + "} }",
        &context);
    if (!module)
      return "does not parse";
    packed.clear();
    llvm::raw_string_ostream os(packed);
    QuantizedTensors tensors(checkpoint);
    return llvm::toString(packWeights(
        *module, tensors, os,
        [](uint64_t, uint64_t) { return llvm::Error::success(); },
        [](const WeightPlace &) { return llvm::Error::success(); }));
  }

  const float values[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  mlir::MLIRContext context;
  Checkpoint checkpoint;
  std::string packed;
};

TEST_F(PackWeights, PutsAWeightAtItsOffset) {
  EXPECT_EQ(pack("exec.weights_bytes = 128 : i64",
                 "bytes = 64 : i64, offset = 64 : i64"),
            "");
  ASSERT_EQ(packed.size(), 128u);
  EXPECT_EQ(packed.substr(64, 32),
            std::string(reinterpret_cast<const char *>(values), 32));
}

TEST_F(PackWeights, WantsAPlan) {
  EXPECT_EQ(pack("", "bytes = 64 : i64, offset = 0 : i64"),
            "the module has no planned weights; run exec-plan-memory");
  EXPECT_EQ(pack("exec.weights_bytes = 64 : i64", "bytes = 64 : i64"),
            "weight '@norm' has no offset; run exec-plan-memory");
}

TEST_F(PackWeights, WantsAPlanOfTheSameBytes) {
  // It is filled up to 64 bytes.
  EXPECT_EQ(pack("exec.weights_bytes = 64 : i64",
                 "bytes = 32 : i64, offset = 0 : i64"),
            "weight '@norm' was planned with 32 bytes, but its tensors pack to "
            "64");
}

} // namespace
