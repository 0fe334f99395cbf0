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
size_t initialSize(Type type, Role role) {
  return role == Role::conv_state
             ? cast<RankedTensorType>(type).getNumElements()
             : 0;
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
  if (std::string why = whyNoModel(forward); !why.empty())
    return makeError("@forward {0}", why);
  return std::unique_ptr<ReferenceExecutor>(
      new ReferenceExecutor(forward, std::move(reader), options));
}

void ReferenceExecutor::reset() {
  position = 0;
  arguments.clear();
  for (auto [i, type] : llvm::enumerate(forward.getArgumentTypes()))
    arguments.push_back(
        {Floats(initialSize(type, *argumentRole(forward, i))), {}});
}

int64_t ReferenceExecutor::getColumns(Role role) const {
  func::FuncOp function = forward;
  std::optional<unsigned> result = resultWithRole(function, role);
  if (!result)
    return 0;
  return cast<RankedTensorType>(function.getResultTypes()[*result])
      .getDimSize(1);
}

Expected<ReferenceResults> ReferenceExecutor::run(ArrayRef<int32_t> ids,
                                                  ArrayRef<float> embeddings) {
  if (ids.empty())
    return makeError("expects at least one token to run, but got none");
  values.clear();
  Block &body = forward.getBody().front();
  for (auto [i, argument] : llvm::enumerate(body.getArguments())) {
    const Role role = *argumentRole(forward, i);
    if (role == Role::tokens)
      values[argument].ints = ids.vec();
    else if (role == Role::embeddings)
      values[argument].floats = embeddings.vec();
    else if (isState(role))
      values[argument] = std::move(arguments[i]);
  }

  for (Operation &op : body.without_terminator())
    if (Error error = execute(op))
      return error;

  // An argument may be returned as it came, so results are copied, not moved.
  OperandRange given = body.getTerminator()->getOperands();
  for (Role role : {Role::conv_state, Role::keys, Role::values})
    for (auto [argument, result] : llvm::zip_equal(
             argumentsWithRole(forward, role), resultsWithRole(forward, role)))
      arguments[argument] = values[given[result]];
  position += ids.size();
  auto take = [&](Role role) {
    std::optional<unsigned> result = resultWithRole(forward, role);
    return result ? values[given[*result]].floats : Floats();
  };
  return ReferenceResults{take(Role::logits), take(Role::hidden),
                          take(Role::vectors), take(Role::token_vectors)};
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
