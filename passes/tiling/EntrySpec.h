//===- EntrySpec.h - one size of step ---------------------------*- C++ -*-===//
//
// A program has an entry for each size of step: one token, a few that are
// verified, a chunk of a prompt.
//
//===----------------------------------------------------------------------===//

#ifndef PASSES_TILING_ENTRYSPEC_H
#define PASSES_TILING_ENTRYSPEC_H

#include "passes/tiling/Activation.h"
#include <string>

namespace lfm2c {

/// With one token every thread prepares the input of a contraction for itself;
/// with more, threads share that work and meet once more.
struct EntrySpec {
  std::string name;
  int64_t tokens; ///< At most, of one step.
  ActivationForm activations;
  bool attendsInPairs; ///< Several tokens attend to f16 caches by dot2.
  bool isSingle() const { return tokens == 1; }
};

} // namespace lfm2c

#endif
