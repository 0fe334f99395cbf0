// What a function needs of the outside.

#include "passes/tiling/FunctionScope.h"
#include <utility>

using namespace mlir;
using namespace lfm2c;

Value StepScope::weight(const PackedSpec &spec) {
  return exec::AddressOp::create(e.b, e.loc, e.b.getIndexType(),
                                 weights.declare(spec).getSymName());
}

Value StepScope::state(Value tensor) {
  return e.index(states.offsetOf(tensor));
}

Value LayerScope::weight(const PackedSpec &spec) {
  for (auto [i, argument] : llvm::enumerate(arguments))
    if (argument.weight && *argument.weight == spec)
      return func.getArgument(firstArgument + i);
  return add({spec});
}

Value LayerScope::state(Value tensor) {
  unsigned number = cast<BlockArgument>(tensor).getArgNumber();
  for (auto [i, argument] : llvm::enumerate(arguments))
    if (!argument.weight && argument.state == number)
      return func.getArgument(firstArgument + i);
  return add({std::nullopt, number});
}

Value LayerScope::add(Argument argument) {
  arguments.push_back(std::move(argument));
  unsigned at = func.getNumArguments();
  if (failed(func.insertArgument(at, IndexType::get(func.getContext()), {},
                                 func.getLoc())))
    llvm_unreachable("a function takes any argument");
  return func.getArgument(at);
}
