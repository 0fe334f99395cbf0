// Importance of a file, taken to the weights of a model.
#include "lib/Quantize/ImportanceFile.h"

#include "lib/Support/Error.h"
#include "lib/Weights/Checkpoint.h"

using namespace lfm2c;
using llvm::Error;
using llvm::StringRef;

Error lfm2c::fitImportance(Importance &importance, const Checkpoint &checkpoint,
                           StringRef path) {
  // A head that is tied has the embedding's name here.
  const std::string head = "output.weight", embedding = "token_embd.weight";
  if (!checkpoint.find(head) && !importance.weights.count(embedding))
    if (auto node = importance.weights.extract(head)) {
      node.key() = embedding;
      importance.weights.insert(std::move(node));
    }
  for (auto &[name, weight] : importance.weights) {
    const Tensor *tensor = checkpoint.find(name);
    if (!tensor)
      return makeError("the importance in {0} is of another model: it has {1}, "
                       "which {2} lacks; gather it with --calibrate=TEXT",
                       path, quoted(name), checkpoint.path);
    const int64_t columns = tensor->cols(),
                  matrices =
                      tensor->shape.size() == 3 ? tensor->shape.front() : 1;
    // The older form does not say where one expert ends.
    if (weight.matrices == 1 && weight.columns == columns * matrices) {
      weight.matrices = matrices;
      weight.columns = columns;
      weight.tokens.resize(matrices, weight.tokens.front());
    }
    if (weight.columns != columns || weight.matrices != matrices)
      return makeError(
          "the importance in {0} is of another model: it has {1} for {2}, "
          "which is {3} in {4}; gather it with --calibrate=TEXT",
          path,
          weight.matrices == 1
              ? llvm::formatv("{0} columns", weight.columns).str()
              : llvm::formatv("{0} matrices of {1} columns", weight.matrices,
                              weight.columns)
                    .str(),
          quoted(name), formatShape(tensor->shape), checkpoint.path);
  }
  return Error::success();
}
