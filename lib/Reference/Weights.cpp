// Reads weights for the reference executor out of a checkpoint.

#include "lib/Reference/Weights.h"
#include "lib/Support/Error.h"

using namespace lfm2c;

WeightReader lfm2c::readCheckpointWeights(const Checkpoint &checkpoint) {
  return [&checkpoint](lfm2::WeightOp weight, int64_t row,
                       llvm::MutableArrayRef<float> out) -> llvm::Error {
    llvm::StringRef name = weight.getSymName();
    const Tensor *tensor = checkpoint.find(name);
    if (!tensor)
      return makeError("the module needs the tensor '{0}', which {1} does not "
                       "have; run the module with the checkpoint that it was "
                       "imported from",
                       name, checkpoint.path);
    if (llvm::ArrayRef<int64_t>(tensor->shape) != weight.getShape())
      return makeError("the module expects the tensor '{0}' to be {1}, but in "
                       "{2} it is {3}; run the module with the checkpoint that "
                       "it was imported from",
                       name, formatShape(weight.getShape()), checkpoint.path,
                       formatShape(tensor->shape));
    const int64_t count = tensor->cols();
    RowBuffer buffer;
    dequantizeRow(tensor->format, tensor->readRow(row, buffer), out.data(),
                  count);

    const Format wanted = weight.getFormat();
    if (wanted == tensor->format)
      return llvm::Error::success();
    if (!canQuantize(wanted))
      return makeError("the module has the tensor '{0}' in {1}, which nothing "
                       "here encodes, but in {2} it is in {3}",
                       name, getFormatInfo(wanted).name, checkpoint.path,
                       getFormatInfo(tensor->format).name);
    std::vector<uint8_t> encoded(*formatBytes(wanted, count));
    quantizeRow(wanted, out.data(), encoded.data(), count);
    dequantizeRow(wanted, encoded.data(), out.data(), count);
    return llvm::Error::success();
  };
}
