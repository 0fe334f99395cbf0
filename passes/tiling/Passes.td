#ifndef LFM2C_PASSES_TILING_PASSES_TD
#define LFM2C_PASSES_TILING_PASSES_TD

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
    a schedule keeps it. Remarks (`--remarks-filter-missed=exec-schedule-phases`) say
    where a phase has less than the facts ask for.

    ```mlir
    // lfm2-opt --exec-schedule-phases
    module attributes {exec.target = #exec.target<lanes = 8, registers = 8, streams = 4, prefetch_bytes = 4096,
                                                  tile_tokens = 3>} {
      lfm2.weight @up : tensor<16x32xf32>
      func.func @forward(%x: tensor<?x32xf32>) -> tensor<?x16xf32> {
        %y = exec.phase "linear" -> tensor<?x16xf32> {
          %0 = lfm2.linear %x, @up : tensor<?x32xf32> -> tensor<?x16xf32>
          exec.yield %0 : tensor<?x16xf32>
        }
        return %y : tensor<?x16xf32>
      }
    }
    ```

    becomes, as 16 rows are two groups of eight,

    ```mlir
    module attributes {exec.target = #exec.target<...>} {
      lfm2.weight @up : tensor<16x32xf32>
      func.func @forward(%x: tensor<?x32xf32>) -> tensor<?x16xf32> {
        %y = exec.phase "linear" schedule <streams = 2, prefetch = 4096, tokens = 3> -> tensor<?x16xf32> {
          %0 = lfm2.linear %x, @up : tensor<?x32xf32> -> tensor<?x16xf32>
          exec.yield %0 : tensor<?x16xf32>
        }
        return %y : tensor<?x16xf32>
      }
    }
    ```
  }];
  let dependentDialects = ["::lfm2c::exec::ExecDialect"];
}

def CutPhasesPass : Pass<"exec-cut-phases", "::mlir::ModuleOp"> {
  let summary = "The phases of each size of step, cut where its threads meet";
  let description = [{
    Makes, for each size of step, a function of phases (`step_<tokens>`) out of
    `@forward`, and a layer (`<layer>_<entry>`) out of each `exec.layer`, which go
    away. In them `exec.prepare` stands between a value and the products that read
    it, where these want another form than f32, or a norm of the phase makes it.

    With one token every thread prepares for itself, and phases stay whole. With more,
    threads share the work of preparing, of choosing experts and of bringing records to
    the places of their choices (`exec.sort_choices`, `exec.gather`), and meet after
    each: what is done until then becomes a phase of its own, with a `part`. So every
    phase is work between two barriers, which shows all that it reads as operands of its
    ops, and all that others read of it as results.

    ```mlir
    // lfm2-opt --exec-cut-phases=entries=4
    lfm2.weight @embd : tensor<64x32xf32>
    lfm2.weight @norm : tensor<32xf32>
    lfm2.weight @gate : tensor<64x32x!lfm2.quant<q4_0>>
    lfm2.weight @up : tensor<64x32x!lfm2.quant<q4_0>>
    func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>})
        -> (tensor<?x64xf32> {lfm2.role = #lfm2.role<hidden>}) {
      %x = exec.phase "embed" -> tensor<?x32xf32> {
        %e = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x32xf32>
        exec.yield %e : tensor<?x32xf32>
      }
      %y = exec.phase "gate_up" -> tensor<?x64xf32> {
        %n = lfm2.rms_norm %x, @norm eps(1.000000e-05) : tensor<?x32xf32>
        %g = lfm2.linear %n, @gate : tensor<?x32xf32> -> tensor<?x64xf32>
        %u = lfm2.linear %n, @up : tensor<?x32xf32> -> tensor<?x64xf32>
        %a = lfm2.swiglu %g, %u : tensor<?x64xf32>
        exec.yield %a : tensor<?x64xf32>
      }
      return %y : tensor<?x64xf32>
    }
    ```

    becomes

    ```mlir
    ...
    func.func @step_4(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>})
        -> (tensor<?x64xf32> {lfm2.role = #lfm2.role<hidden>}) attributes {exec.entry = "prefill", exec.runs, exec.tokens = 4 : i64} {
      %x = exec.phase "embed" -> tensor<?x32xf32> {
        %e = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x32xf32>
        exec.yield %e : tensor<?x32xf32>
      }
      %p = exec.phase "gate_up" part "input" -> tensor<?x32xf32> {
        %n = lfm2.rms_norm %x, @norm eps(1.000000e-05) : tensor<?x32xf32>
        %r = exec.prepare %n for ["q4_0"] : tensor<?x32xf32>
        exec.yield %r : tensor<?x32xf32>
      }
      %y = exec.phase "gate_up" -> tensor<?x64xf32> {
        %g = lfm2.linear %p, @gate : tensor<?x32xf32> -> tensor<?x64xf32>
        %u = lfm2.linear %p, @up : tensor<?x32xf32> -> tensor<?x64xf32>
        %a = lfm2.swiglu %g, %u : tensor<?x64xf32>
        exec.yield %a : tensor<?x64xf32>
      }
      return %y : tensor<?x64xf32>
    }
    ```
  }];
  let options = [
    ListOption<"entries", "entries", "int64_t",
               "Tokens of each size of step, rising; 1,8,128 unless given">
  ];
  let dependentDialects = ["::lfm2c::exec::ExecDialect"];
}

def TilePhasesPass : Pass<"exec-tile-phases", "::mlir::ModuleOp"> {
  let summary = "Cut phases into row groups x tokens, down to vectors and dot4";
  let description = [{
    Makes a function of each function of phases and of each layer that
    `exec-cut-phases` left, of the same names; tensors go away. A phase becomes: bring
    the input into the form that the weights want, where it has an `exec.prepare`
    (norm and int8 quantisation), then this thread's share of row groups, for each the
    dot products of a tile of tokens, and the rest of the phase on the lanes of these
    rows. Barriers stand between phases, and nowhere else.

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
    two (or rounded, with `round-bf16`). So are, in a model with quantised weights,
    both products of attention over a cache that is not f32. Leaves `exec.weight` and `exec.buffer` for memory planning and
    `exec.entries`, `exec.state_fixed`, `exec.state_per_token`, `exec.state_head` on
    the module, and, where there are caches, `exec.state_form`. The entries also say
    what the step does between its barriers
    (`#exec.stretch`): which weights were asked for while a phase was emitted, and
    what its attention reads.

    A step of several tokens lists its runs (`passes/tiling/Runs.h`) and the tokens
    that leave logits. A model that is not causal takes whole texts: its one entry is
    `encode`.

    ```mlir
    // lfm2-opt --exec-tile-phases --canonicalize --cse
    module attributes {exec.target = #exec.target<lanes = 8, registers = 16>} {
      lfm2.weight @embedding : tensor<64x32xf32>
      lfm2.weight @mix : tensor<32x32xf32>
      func.func @step_1(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>})
          -> (tensor<?x32xf32> {lfm2.role = #lfm2.role<hidden>}) attributes {exec.entry = "decode", exec.tokens = 1 : i64} {
        %x = exec.phase "embed" -> tensor<?x32xf32> {
          %0 = lfm2.embed %ids, @embedding : tensor<?xi32> -> tensor<?x32xf32>
          exec.yield %0 : tensor<?x32xf32>
        }
        %y = exec.phase "linear" -> tensor<?x32xf32> {
          %0 = lfm2.linear %x, @mix : tensor<?x32xf32> -> tensor<?x32xf32>
          exec.yield %0 : tensor<?x32xf32>
        }
        return %y : tensor<?x32xf32>
      }
    }
    ```

    becomes, by groups of eight rows and two columns at a time,

    ```mlir
    module attributes {exec.entries = [...], ...} {
      func.func @step_1(%step: !exec.ptr<step>, %thread: i32) {
        ...
        %cancelled = exec.barrier %step, %thread
        ...
        scf.for %group = %lo to %hi step %c1 {
          %0 = arith.muli %group, %c1024 : index
          %w_at = arith.addi %packed, %0 : index
          %sums:2 = scf.for %column = %c0 to %c32 step %c2 iter_args(%even = %zero, %odd = %zero)
              -> (vector<8xf32>, vector<8xf32>) {
            ...
            %w0 = exec.load %weights[%w0_at] {constant} : vector<8xf32> in weights
            ...
            %x0 = exec.load %scratch[%x0_at] : f32 in scratch
            %1 = vector.broadcast %x0 : f32 to vector<8xf32>
            %2 = math.fma %w0, %1, %even : vector<8xf32>
            ...
            scf.yield %2, %3 : vector<8xf32>, vector<8xf32>
          }
          ...
          exec.store %sum, %scratch[%y_at] : vector<8xf32> in scratch
        }
        return
      }
      ...
    }
    ```

    Remarks (`--remarks-filter-missed=exec-tile-phases`) name groups that are not staged
    and products that are not taken in tiles.
  }];
  let options = [
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

def OutlineKernelsPass : Pass<"exec-outline-kernels", "mlir::ModuleOp"> {
  let summary = "Make a kernel of what a step does between two barriers";
  let description = [{
    For targets whose threads are workgroups (the fact `slices`): those of a device
    do not wait for each other. Each stretch of a step or of a layer becomes a
    function with the attribute `exec.kernel`, and the function of an entry becomes
    the list of `exec.dispatch` that does the same. A kernel computes anew what was
    known before its barrier (constants, fields, offsets); what its layer gets as
    arguments, it gets, too.

    A kernel runs with as many threads as there is work for (`exec.share`), at most
    those of the fact `most_threads`; so the shares are known here.

    ```mlir
    // lfm2-opt --exec-outline-kernels --canonicalize
    module attributes {
        exec.target = #exec.target<lanes = 8, slices = 32>,
        exec.entries = [#exec.entry<name = "decode", tokens = 1, symbol = "step_1",
            stretches = [#exec.stretch<layer = "", phase = "ones">, #exec.stretch<layer = "double", phase = "sum">],
            order = [0, 1, 1], layers = [-1, 0, 1]>]} {
    func.func @step_1(%step: !exec.ptr<step>, %thread: i32) {
      %c1 = arith.constant 1 : index
      %c4 = arith.constant 4 : index
      %c64 = arith.constant 64 : index
      %c128 = arith.constant 128 : index
      %one = arith.constant 1.0 : f32
      %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
      %lo, %hi = exec.share %c64 of %thread most 64
      scf.for %i = %lo to %hi step %c1 {
        %at = arith.muli %i, %c4 : index
        exec.store %one, %scratch[%at] : f32 in scratch
      }
      %cancelled = exec.barrier %step, %thread
      call @double(%step, %thread, %c64) : (!exec.ptr<step>, i32, index) -> ()
      %cancelled_1 = exec.barrier %step, %thread
      call @double(%step, %thread, %c128) : (!exec.ptr<step>, i32, index) -> ()
      return
    }
    func.func private @double(%step: !exec.ptr<step>, %thread: i32, %at: index) {
      %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
      %x = exec.load %scratch[%at] : f32 in scratch
      %y = arith.addf %x, %x : f32
      exec.store %y, %scratch[%at] : f32 in scratch
      return
    }
    }
    ```

    becomes

    ```mlir
    module attributes {...} {
    func.func @step_1.0(%step: !exec.ptr<step>, %thread: i32) attributes {exec.kernel = 256 : i64} {
      %c1 = arith.constant 1 : index
      %c4 = arith.constant 4 : index
      %one = arith.constant 1.000000e+00 : f32
      %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
      %lo = arith.index_cast %thread : i32 to index
      %hi = arith.addi %lo, %c1 : index
      scf.for %i = %lo to %hi step %c1 {
        %at = arith.muli %i, %c4 : index
        exec.store %one, %scratch[%at] : f32 in scratch
      }
      return
    }
    func.func @step_1(%step: !exec.ptr<step>, %thread: i32) {
      %c128 = arith.constant 128 : index
      %c64 = arith.constant 64 : index
      exec.dispatch @step_1.0() threads 64
      exec.dispatch @double.0(%c64) threads 1
      exec.dispatch @double.0(%c128) threads 1
      return
    }
    func.func @double.0(%step: !exec.ptr<step>, %thread: i32, %at: index) attributes {exec.kernel = 256 : i64} {
      %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
      %x = exec.load %scratch[%at] : f32 in scratch
      %y = arith.addf %x, %x : f32
      exec.store %y, %scratch[%at] : f32 in scratch
      return
    }
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

#endif // LFM2C_PASSES_TILING_PASSES_TD
