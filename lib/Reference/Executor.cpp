// Executes a module of the lfm2 dialect.
//
// A weight is decoded row by row where it is used and never kept, so the memory
// of a run is that of its activations, whatever the size of the model.

#include "lib/Reference/Executor.h"
#include "lib/Reference/Kernels.h"
#include "lib/Support/Error.h"

using namespace mlir;
using namespace lfm2c;
using namespace lfm2c::lfm2;
using namespace lfm2c::reference;
using llvm::Error;
using llvm::Expected;

namespace {

/// Elements of the state that a new sequence begins with: none in a cache.
size_t initialSize(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return tensor.hasStaticShape() ? tensor.getNumElements() : 0;
}

} // namespace

//===----------------------------------------------------------------------===//
// A run
//===----------------------------------------------------------------------===//

ReferenceExecutor::ReferenceExecutor(func::FuncOp forward, WeightReader reader,
                                     ReferenceOptions options)
    : forward(forward), symbols(forward->getParentOfType<ModuleOp>()),
      reader(std::move(reader)), options(options) {
  reset();
}

Expected<std::unique_ptr<ReferenceExecutor>>
ReferenceExecutor::create(ModuleOp module, WeightReader reader,
                          ReferenceOptions options) {
  auto forward = module.lookupSymbol<func::FuncOp>("forward");
  if (!forward || forward.isExternal())
    return makeError("expects the module to define the function @forward, but "
                     "it does not; import it from a checkpoint");
  ArrayRef<Type> inputs = forward.getArgumentTypes();
  ArrayRef<Type> outputs = forward.getResultTypes();
  auto isIds = [](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && tensor.getRank() == 1 &&
           tensor.getElementType().isInteger(32);
  };
  auto isLogits = [](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && tensor.getRank() == 2 && tensor.getElementType().isF32() &&
           !tensor.isDynamicDim(1);
  };
  if (inputs.size() < 2 || !isIds(inputs[0]) || !inputs[1].isIndex() ||
      outputs.empty() || !isLogits(outputs[0]) ||
      inputs.drop_front(2) != outputs.drop_front(1) ||
      !llvm::all_of(inputs.drop_front(2), llvm::IsaPred<RankedTensorType>)) {
    std::string found;
    llvm::raw_string_ostream(found) << forward.getFunctionType();
    return makeError("expects @forward to map ids, a position and the state to "
                     "logits and the same state, but it is {0}",
                     found);
  }
  return std::unique_ptr<ReferenceExecutor>(
      new ReferenceExecutor(forward, std::move(reader), options));
}

void ReferenceExecutor::reset() {
  position = 0;
  state.clear();
  for (Type type : forward.getArgumentTypes().drop_front(2))
    state.push_back({Floats(initialSize(type)), {}});
}

int64_t ReferenceExecutor::getVocabulary() const {
  func::FuncOp function = forward;
  return cast<RankedTensorType>(function.getResultTypes()[0]).getDimSize(1);
}

Expected<Floats> ReferenceExecutor::run(ArrayRef<int32_t> ids) {
  if (ids.empty())
    return makeError("expects at least one token to run, but got none");
  values.clear();
  Block &body = forward.getBody().front();
  values[body.getArgument(0)].ints = ids.vec();
  for (auto [argument, data] :
       llvm::zip_equal(body.getArguments().drop_front(2), state))
    values[argument] = std::move(data);

  for (Operation &op : body.without_terminator())
    if (Error error = execute(op))
      return error;

  // An argument may be returned as it came, so results are copied, not moved.
  OperandRange results = body.getTerminator()->getOperands();
  for (auto [result, data] : llvm::zip_equal(results.drop_front(), state))
    data = values[result];
  position += ids.size();
  return std::move(values[results[0]].floats);
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

WeightOp ReferenceExecutor::lookup(FlatSymbolRefAttr name) {
  return symbols.lookup<WeightOp>(name.getValue());
}

Expected<Floats> ReferenceExecutor::readWhole(FlatSymbolRefAttr name) {
  WeightOp weight = lookup(name);
  const int64_t row = weight.getShape().back();
  Floats all(weight.getTensorType().getNumElements());
  for (size_t at = 0; at < all.size(); at += row)
    if (Error error = reader(weight, at / row, MutableSpan(all).slice(at, row)))
      return error;
  return all;
}

Expected<Floats> ReferenceExecutor::multiply(Span x, FlatSymbolRefAttr name,
                                             int64_t first, int64_t rows) {
  WeightOp weight = lookup(name);
  const int64_t inputs = weight.getShape().back(), tokens = x.size() / inputs;
  Floats y(tokens * rows), row(inputs);
  for (int64_t r = 0; r < rows; ++r) {
    if (Error error = reader(weight, first + r, row))
      return error;
    for (int64_t t = 0; t < tokens; ++t)
      y[t * rows + r] = dot(x.slice(t * inputs, inputs), row);
  }
  return y;
}
