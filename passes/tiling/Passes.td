#ifndef LFM2_PASSES_TILING
#define LFM2_PASSES_TILING

include "mlir/Pass/PassBase.td"

def SchedulePhasesPass : Pass<"exec-schedule-phases", "::mlir::ModuleOp"> {
  let summary = "Decide how each phase goes through its weights and tokens";
  let description = [{
    Sets `schedule` on every phase that reads weights by row groups, from the
    facts `streams`, `prefetch_bytes`, `tile_tokens`, `tile_groups` and
    `tile_ahead` of `exec.target`. A phase with fewer row groups than streams, or a
    target with fewer registers than their sums fill, has fewer streams; the experts
    of a mixture are read one after the other. Where the tokens of a tile are those of
    the target's matrix products (`dot_tile_tokens`), a phase with float weights,
    of which there are none, takes as many as the registers hold. A phase that has
    a schedule keeps it.

    ```mlir
    exec.phase "down" schedule <streams = 2, prefetch = 0, tokens = 4, groups = 2, ahead = 1> { ... }
    ```
  }];
  let dependentDialects = ["::lfm2c::exec::ExecDialect"];
}

def TilePhasesPass : Pass<"exec-tile-phases", "::mlir::ModuleOp"> {
  let summary = "Cut phases into row groups x tokens, down to vectors and dot4";
  let description = [{
    Makes, for each size of step, one function per kind of layer and the step
    that calls them; `@forward` and the layers on tensors go away. Each phase
    becomes: bring the input into the form that the weights want (norm and int8
    quantisation; by every thread for itself with one token, shared among threads
    with more), then this thread's share of row groups, for each the dot products
    of a tile of tokens, and the rest of the phase on the lanes of these rows.

    Where the facts `near_bytes` and `near_threads` leave each thread two slots for
    row groups of a contraction, these are staged: `exec.stage_start` brings the
    next one while the products of one are made. A group that is too large is
    read where it lies. The entries' stretches tell which is which.

    Reads the facts `lanes`, `registers`, `address_bits`, `float_lanes`,
    `tile_tokens`, `dot_unsigned8`, `dot_accumulates`, `dot_by_lane`,
    `dot_tile_tokens`, `dot_tile_mode`, `byte_shifts`, `bf16dot`, `fma`,
    `int_to_float` of `exec.target` and each phase's schedule; one without a
    schedule takes one row group and one token at a time. Quantised weights of a
    phase whose schedule takes `dot_tile_tokens` tokens are multiplied by
    `exec.tile_dot4`, in an `exec.tile_section` where `dot_tile_mode` says so. With
    `bf16dot` BF16 weights are multiplied by `exec.dot2`, with activations split in
    two (or rounded, with `round-bf16`), and so are, in a model with
    quantised weights, both products of attention of several tokens over a cache of
    f16. Leaves `exec.weight` and `exec.buffer` for memory planning and
    `exec.entries`, `exec.state_fixed`, `exec.state_per_token` on the module. The
    entries also say what the step does between its barriers (`#exec.stretch`):
    which weights were asked for while a phase was emitted, and what its
    attention reads. A barrier within a phase names the part that it ends.

    Declines models that are not causal.
  }];
  let options = [
    ListOption<"entries", "entries", "int64_t",
               "Tokens of each size of step, rising; 1,8,128 unless given">,
    Option<"tokenScales", "token-scales", "bool", "false",
           "Quantise activations with one scale a token, not one per 32 columns: "
           "faster, less faithful">,
    Option<"roundBF16", "round-bf16", "bool", "false",
           "Round activations to bf16 where these are multiplied in pairs with "
           "BF16 weights, instead of splitting each in two: half the products">
  ];
  let dependentDialects = [
    "::lfm2c::exec::ExecDialect", "::mlir::arith::ArithDialect",
    "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect", "::mlir::cf::ControlFlowDialect",
    "::mlir::func::FuncDialect"];
}

#endif
