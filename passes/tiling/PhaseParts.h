// A phase, cut where its threads meet.
//
// What a phase makes before the products it is named after: the input in the
// form that the weights read, the choice of experts, the records at the places
// of choices. In a step of several tokens threads share this work, and each of
// these becomes a phase of its own, in front.

#ifndef LFM2C_PASSES_TILING_PHASEPARTS_H
#define LFM2C_PASSES_TILING_PHASEPARTS_H

#include "dialects/exec/IR/Exec.h"
#include "dialects/exec/IR/TargetFacts.h"

namespace lfm2c {

/// Puts an exec.prepare between each input of products in `phase` and the ops
/// that multiply it: where a norm of the phase makes it, or where weights read
/// another form than plain f32.
void prepareInputs(exec::PhaseOp phase, const exec::TargetFacts &facts);

/// Sorts the choices of experts in `phase`, and gathers their inputs by them.
/// What was sorted in a phase before it, of which `before` are the gate and up
/// products, is taken from there; those of this phase are added to it.
void sortExperts(exec::PhaseOp phase,
                 llvm::SmallVectorImpl<exec::ExpertGateUpOp> &before);

/// Cuts `phase` behind its exec.prepare, its route and its exec.gather: it
/// becomes several, which stand where it stood.
void cutPhase(exec::PhaseOp phase);

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_PHASEPARTS_H
