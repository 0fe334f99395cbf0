// Reads weights for the reference executor out of a checkpoint.

#include "lib/Reference/Weights.h"
#include "lib/Quantize/EncodeRow.h"
#include "lib/Quantize/QuantizedTensors.h"
#include "lib/Support/Error.h"

using namespace lfm2c;

WeightReader lfm2c::readCheckpointWeights(const Checkpoint &checkpoint) {
  auto tensors = std::make_shared<QuantizedTensors>(checkpoint);
  return [&checkpoint,
          tensors](lfm2::WeightOp weight, int64_t row,
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
    const Format wanted = weight.getFormat();
    if (wanted != tensor->format && !canEncode(wanted))
      return makeError("the module has the tensor '{0}' in {1}, which nothing "
                       "here encodes, but in {2} it is in {3}",
                       name, getFormatInfo(wanted).name, checkpoint.path,
                       getFormatInfo(tensor->format).name);
    tensor = tensors->find(name, wanted);
    RowBuffer buffer;
    dequantizeRow(wanted, tensor->readRow(row, buffer), out.data(),
                  tensor->cols());
    return llvm::Error::success();
  };
}
