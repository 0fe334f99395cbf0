// Weights of a checkpoint as the executor reads them.

#include "lib/Reference/Weights.h"
#include "mlir/IR/Builders.h"
#include "gtest/gtest.h"
#include <list>

using namespace lfm2c;

namespace {

class Weights : public testing::Test {
protected:
  Weights() : context(mlir::MLIRContext::Threading::DISABLED) {
    context.loadDialect<lfm2::LFM2Dialect>();
    checkpoint.path = "some.gguf";
  }

  /// Adds a tensor whose element i is i / 7.
  void add(llvm::StringRef name, Format format, int64_t rows, int64_t columns) {
    std::vector<float> values(rows * columns);
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = i / 7.0f;
    bytes.emplace_back(*formatBytes(format, values.size()));
    quantizeRow(format, values.data(), bytes.back().data(), values.size());
    Tensor &tensor = checkpoint.tensors[name];
    tensor.name = name.str();
    tensor.format = format;
    tensor.shape = {rows, columns};
    tensor.pieces = {bytes.back()};
  }

  /// Row `row` of a weight that the module declares so, or the error.
  llvm::Expected<std::vector<float>> read(llvm::StringRef name, Format format,
                                          int64_t rows, int64_t columns,
                                          int64_t row) {
    mlir::OpBuilder builder(&context);
    auto type = mlir::RankedTensorType::get(
        {rows, columns}, lfm2::getElementType(&context, format));
    mlir::OwningOpRef<lfm2::WeightOp> weight =
        lfm2::WeightOp::create(builder, builder.getUnknownLoc(), name, type);
    std::vector<float> out(columns);
    if (llvm::Error error =
            readCheckpointWeights(checkpoint)(*weight, row, out))
      return std::move(error);
    return out;
  }

  mlir::MLIRContext context;
  Checkpoint checkpoint;
  std::list<std::vector<uint8_t>> bytes;
};

TEST_F(Weights, RowsAsStored) {
  add("w", Format::F32, 3, 4);
  auto row = read("w", Format::F32, 3, 4, 2);
  ASSERT_TRUE(bool(row));
  EXPECT_EQ(*row, (std::vector<float>{8 / 7.f, 9 / 7.f, 10 / 7.f, 11 / 7.f}));
}

TEST_F(Weights, AnotherFormatIsEncodedFirst) {
  add("w", Format::F32, 2, 4);
  auto row = read("w", Format::F16, 2, 4, 1);
  ASSERT_TRUE(bool(row));
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ((*row)[i], halfToFloat(floatToHalf((4 + i) / 7.0f)));
}

TEST_F(Weights, MissingTensor) {
  auto row = read("w", Format::F32, 2, 4, 0);
  ASSERT_FALSE(bool(row));
  EXPECT_EQ(
      toString(row.takeError()),
      "the module needs the tensor 'w', which some.gguf does not have; run "
      "the module with the checkpoint that it was imported from");
}

TEST_F(Weights, OtherShape) {
  add("w", Format::F32, 2, 4);
  auto row = read("w", Format::F32, 4, 2, 0);
  ASSERT_FALSE(bool(row));
  EXPECT_EQ(
      toString(row.takeError()),
      "the module expects the tensor 'w' to be [4, 2], but in some.gguf it "
      "is [2, 4]; run the module with the checkpoint that it was imported "
      "from");
}

TEST_F(Weights, FormatThatNothingEncodes) {
  add("w", Format::F32, 2, 256);
  auto row = read("w", Format::IQ1_S, 2, 256, 0);
  ASSERT_FALSE(bool(row));
  EXPECT_EQ(
      toString(row.takeError()),
      "the module has the tensor 'w' in iq1_s, which nothing here encodes, "
      "but in some.gguf it is in f32");
}

} // namespace
