#ifndef LFM2_PASSES_FUSION
#define LFM2_PASSES_FUSION

include "mlir/Pass/PassBase.td"

def FusePhasesPass : Pass<"lfm2-fuse-phases", "::mlir::ModuleOp"> {
  let summary = "Gather the ops of the model into the work between two barriers";
  let description = [{
    Walks `@forward` in order and lets an op join the running phase where a
    thread has all that the op reads, as the op says by `ModelOpInterface`: a
    contraction joins the norm before it (every thread norms for itself) and its
    siblings over the same input; a short convolution, a head's norm and RoPE,
    SwiGLU, a cache write and a residual sum join the contraction whose rows they
    work on. All else waits for all threads and opens a new phase; so does the
    first op of another layer. `lfm2.attention` and `lfm2.experts` are split where
    threads need each other's results: experts in two, attention in three, the
    last part of which (`exec.attend_merge`) every thread does for itself, as it
    does a norm. The mark `lfm2.layer` goes from the ops to their phase.

    A conv layer with a dense feed-forward part becomes 4 phases, an attention
    layer 5.
  }];
  let dependentDialects = ["::lfm2c::exec::ExecDialect"];
  let statistics = [Statistic<"numPhases", "num-phases", "Phases formed">];
}

def OutlineLayersPass : Pass<"lfm2-outline-layers", "::mlir::ModuleOp"> {
  let summary = "Make one function of all layers that are alike";
  let description = [{
    A layer is the run of phases with one mark `lfm2.layer`. Layers whose phases
    differ in nothing but the names of weights of equal types become one
    `exec.layer`, called after their kind; `@forward` calls it with each layer's
    weights and state. Phases without a mark (embedding, head) stay where they
    are, and in a module without marks all do.

    Declines a layer whose phases do not stand behind each other.
  }];
  let dependentDialects = ["::lfm2c::exec::ExecDialect"];
  let statistics = [Statistic<"numLayers", "num-layers", "Layers outlined">,
                    Statistic<"numKinds", "num-kinds", "Kinds of layers found">];
}

#endif
