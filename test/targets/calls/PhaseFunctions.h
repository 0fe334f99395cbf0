// From functions of several phases to one function a phase, and back out of the
// step what is left of it: a list of calls.
#ifndef LFM2C_TEST_TARGETS_CALLS_PHASEFUNCTIONS_H
#define LFM2C_TEST_TARGETS_CALLS_PHASEFUNCTIONS_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include <memory>

namespace lfm2c {

/// Makes a function of all work between two barriers of a step or of a layer,
/// with `(step, thread, offset, ...)` as its arguments, as many offsets for
/// all. A step is calls of them then, each layer's anew, with barriers between.
std::unique_ptr<mlir::Pass> createPhaseFunctionsPass();

/// Takes the steps, whose arguments are constants by now, off the module:
/// `calls.lists` gets an array for each, the step's name and then arrays
/// `[function, offset, ...]`.
std::unique_ptr<mlir::Pass> createListCallsPass();

} // namespace lfm2c

#endif // LFM2C_TEST_TARGETS_CALLS_PHASEFUNCTIONS_H
