// From phases to one function a phase, and back out of the step what is left of
// it: a list of calls.
#ifndef LFM2C_TEST_TARGETS_CALLS_PHASEFUNCTIONS_H
#define LFM2C_TEST_TARGETS_CALLS_PHASEFUNCTIONS_H

#include "mlir/Pass/Pass.h"
#include "passes/tiling/Activation.h"
#include <memory>

namespace lfm2c {

/// In place of exec-tile-phases: makes a function of each exec.phase that
/// exec-cut-phases left, of the step, the thread, and offsets of weights and
/// state. A step calls them, those of a layer for each layer anew, with a
/// barrier between two.
std::unique_ptr<mlir::Pass>
createPhaseFunctionsPass(ActivationForm activations);

/// Takes the steps, whose arguments are constants by now, off the module:
/// `calls.lists` gets an array for each, the step's name and then arrays
/// `[function, offset, ...]`. All functions take as many offsets then.
std::unique_ptr<mlir::Pass> createListCallsPass();

} // namespace lfm2c

#endif // LFM2C_TEST_TARGETS_CALLS_PHASEFUNCTIONS_H
