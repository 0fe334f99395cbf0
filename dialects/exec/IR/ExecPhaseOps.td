// Ops on tensors: phases and layers, and what fusion and cutting make of the
// model's ops.

#ifndef LFM2C_DIALECTS_EXEC_IR_EXECPHASEOPS_TD
#define LFM2C_DIALECTS_EXEC_IR_EXECPHASEOPS_TD

include "dialects/exec/IR/ExecAttrs.td"
include "dialects/lfm2/Interfaces/CacheElement.td"
include "dialects/lfm2/Interfaces/ModelOpInterface.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

//===----------------------------------------------------------------------===//
// After fusion: phases and layers on tensors
//===----------------------------------------------------------------------===//

def Exec_PhaseOp : Exec_Op<"phase", [
    SingleBlockImplicitTerminator<"YieldOp">, RecursiveMemoryEffects]> {
  let summary = "The work between two barriers";
  let description = [{
    Holds the ops whose results a thread can make without waiting for another
    thread: what stands before the contraction is done by every thread for
    itself, what follows it needs only the rows that the thread made.

    Of a phase in which threads must meet on the way, as several tokens have it
    (`exec-cut-phases`), what is done until then is a phase of the same name in
    front of it, and `part` says what that is. What one leaves for the other are
    results, as between all phases.

    ```mlir
    %y = exec.phase "down" -> tensor<?x1024xf32> {
      %d = lfm2.linear %a, @ffn_down : tensor<?x4608xf32> -> tensor<?x1024xf32>
      %s = arith.addf %x, %d : tensor<?x1024xf32>
      exec.yield %s : tensor<?x1024xf32>
    }
    ```
  }];
  let arguments = (ins StrAttr:$name, OptionalAttr<Exec_ScheduleAttr>:$schedule,
                       OptionalAttr<StrAttr>:$part);
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $name (`part` $part^)? (`schedule` $schedule^)? (`->` type($results)^)? $body attr-dict
  }];
  let hasVerifier = 1;
}

def Exec_YieldOp : Exec_Op<"yield", [Pure, Terminator, ReturnLike,
                                     ParentOneOf<["PhaseOp", "LayerOp"]>]> {
  let summary = "The results of a phase or of a layer";
  let description = [{
    ```mlir
    exec.yield %y, %s : tensor<?x64xf32>, tensor<2x64xf32>
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
  let builders = [OpBuilder<(ins), [{ }]>];
}

def Exec_LayerOp : Exec_Op<"layer", [
    IsolatedFromAbove, Symbol, SymbolTable,
    SingleBlockImplicitTerminator<"YieldOp">]> {
  let summary = "The phases of all layers that are alike";
  let description = [{
    Layers that differ in nothing but their weights and state are one function.
    The `lfm2.weight` ops inside are its parameters, in the order in which a
    call names the weights of the model; the block arguments are the running
    activations, the position and the layer's state.

    ```mlir
    exec.layer @conv_ffn {
    ^bb0(%x: tensor<?x64xf32>, %position: index, %s: tensor<2x64xf32>):
      lfm2.weight @ffn_norm : tensor<64xf32>
      %y = exec.phase "norm" -> tensor<?x64xf32> {
        %n = lfm2.rms_norm %x, @ffn_norm eps(1.000000e-05) : tensor<?x64xf32>
        exec.yield %n : tensor<?x64xf32>
      }
      exec.yield %y, %s : tensor<?x64xf32>, tensor<2x64xf32>
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name $body attr-dict";
}

def Exec_CallOp : Exec_Op<"call", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Run a layer with given weights and state";
  let description = [{
    ```mlir
    %y, %n = exec.call @conv_ffn(%x, %position, %s) weights [@"blk.0.ffn_norm.weight"]
        : (tensor<?x64xf32>, index, tensor<2x64xf32>) -> (tensor<?x64xf32>, tensor<2x64xf32>)
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$layer, Variadic<AnyType>:$operands,
                       TypedArrayAttrBase<FlatSymbolRefAttr, "weights">:$weights);
  let results = (outs Variadic<AnyType>:$results);
  let assemblyFormat = [{
    $layer `(` $operands `)` `weights` $weights attr-dict `:`
    functional-type($operands, $results)
  }];
}

// What LFM2Attrs.td defines, whose enums would be generated here once more.
def Exec_RopeScalingAttr
    : Attr<CPred<"::llvm::isa<::lfm2c::lfm2::RopeScalingAttr>($_self)">,
           "#lfm2.rope_scaling"> {
  let storageType = "::lfm2c::lfm2::RopeScalingAttr";
  let returnType = "::lfm2c::lfm2::RopeScalingAttr";
  let convertFromStorage = "$_self";
}

def Exec_RopeTableOp : Exec_Op<"rope_table", [Pure,
    DeclareOpInterfaceMethods<LFM2_ModelOpInterface, ["getNeed"]>]> {
  let summary = "Cos and sin of the angles of each token";
  let description = [{
    What the rotations of `lfm2.head_norm_rope` have in common: all heads of all
    layers turn by the same angles, or by those of a few kinds, so a step computes
    them once. Row `t` is `[cos(a) | sin(a)]` of the angles `a` by which pairs
    `i < D / 2` of the token of row `t` of `x` turn; see there for theta and scaling.

    Shapes: `x [T, h]`, of which only T counts, `table [T, D]`.

    ```mlir
    %t = exec.rope_table %x position(%p) head_size(64) theta(1.000000e+06)
        : tensor<?x1024xf32> -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins RankedTensorOf<[F32]>:$x, Index:$position,
                       I64Attr:$head_size, F64Attr:$theta,
                       OptionalAttr<Exec_RopeScalingAttr>:$scaling);
  let results = (outs RankedTensorOf<[F32]>:$table);
  let assemblyFormat = [{
    $x `position` `(` $position `)` `head_size` `(` $head_size `)`
    `theta` `(` $theta `)` (`scaling` `(` $scaling^ `)`)? attr-dict
    `:` type($x) `->` type($table)
  }];
  let hasVerifier = 1;
}

def Exec_HeadNormRopeOp : Exec_Op<"head_norm_rope", [Pure,
    DeclareOpInterfaceMethods<LFM2_ModelOpInterface, ["getNeed"]>,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    AllTypesMatch<["x", "output"]>]> {
  let summary = "Norm of each head, then rotation by a table's angles";
  let description = [{
    `lfm2.head_norm_rope` with the angles of `exec.rope_table`.

    Shapes: `x [T, heads*D]`, `weight [D]`, `table [T, D]`, `output [T, heads*D]`.

    ```mlir
    %qr = exec.head_norm_rope %q, @q_norm table(%t) heads(16 of 64) eps(1.000000e-05)
        : tensor<?x1024xf32>, tensor<?x64xf32>
    ```
  }];
  let arguments = (ins RankedTensorOf<[F32]>:$x, FlatSymbolRefAttr:$weight,
                       RankedTensorOf<[F32]>:$table, I64Attr:$heads,
                       I64Attr:$head_size, F64Attr:$eps);
  let results = (outs RankedTensorOf<[F32]>:$output);
  let assemblyFormat = [{
    $x `,` $weight `table` `(` $table `)` `heads` `(` $heads `of` $head_size `)`
    `eps` `(` $eps `)` attr-dict `:` type($x) `,` type($table)
  }];
  let hasVerifier = 1;
}

def Exec_CacheAppendOp : Exec_Op<"cache_append", [Pure,
    DeclareOpInterfaceMethods<LFM2_ModelOpInterface, ["getNeed", "getPhaseName"]>,
    AllTypesMatch<["k", "v"]>, AllTypesMatch<["keys", "nextKeys"]>, AllTypesMatch<["values", "nextValues"]>]> {
  let summary = "Put the keys and values of the new tokens into the cache";
  let description = [{
    The first op that `lfm2.attention` becomes: rows `position`, `position + 1`, ... of
    the caches become `k` and `v`, rounded to the cache's element type.

    ```mlir
    %kc, %vc = exec.cache_append %k, %v at %p into %k0, %v0
        : tensor<?x512xf32>, tensor<?x8x64xf16>, tensor<?x8x64xf16>
    ```
  }];
  let arguments = (ins RankedTensorOf<[F32]>:$k, RankedTensorOf<[F32]>:$v, Index:$position,
                       RankedTensorOf<[LFM2_CacheElement]>:$keys, RankedTensorOf<[LFM2_CacheElement]>:$values);
  let results = (outs RankedTensorOf<[LFM2_CacheElement]>:$nextKeys, RankedTensorOf<[LFM2_CacheElement]>:$nextValues);
  let assemblyFormat = [{
    $k `,` $v `at` $position `into` $keys `,` $values attr-dict
    `:` type($k) `,` type($keys) `,` type($values)
  }];
  let hasVerifier = 1;
}

def Exec_AttendOp : Exec_Op<"attend", [Pure,
    DeclareOpInterfaceMethods<LFM2_ModelOpInterface, ["getPhaseName"]>]> {
  let summary = "Attention of the new tokens' queries over the cache";
  let description = [{
    The second op that `lfm2.attention` becomes: token `t` attends to the cache's
    rows 0 to `position + t` (to all new rows when not `causal`), in online-softmax
    form, scaled by `1 / sqrt(head_size)`. Query head `j` reads key and value
    head `j / (heads / kv_heads)`.

    The rows of the cache are cut into segments, which threads may divide among
    each other. `partials` has, for each token, segment and query head, what is known
    of that segment alone: `head_size` values, weighted by `2^(score - largest)`
    and summed, then the `largest` score (in base 2) and the sum of the weights.
    How many segments there are is known when the step runs. `exec.attend_merge`
    makes attention's output of them.

    ```mlir
    %o = exec.attend %q at %p over %kc, %vc {causal = true, head_size = 64 : i64, heads = 16 : i64, kv_heads = 8 : i64}
        : tensor<?x1024xf32>, tensor<?x8x64xf16>, tensor<?x8x64xf16> -> tensor<?x?x16x66xf32>
    ```
  }];
  let arguments = (ins RankedTensorOf<[F32]>:$q, Index:$position,
                       RankedTensorOf<[LFM2_CacheElement]>:$keys, RankedTensorOf<[LFM2_CacheElement]>:$values,
                       I64Attr:$heads, I64Attr:$kv_heads, I64Attr:$head_size, BoolAttr:$causal);
  let results = (outs RankedTensorOf<[F32]>:$partials);
  let assemblyFormat = [{
    $q `at` $position `over` $keys `,` $values attr-dict
    `:` type($q) `,` type($keys) `,` type($values) `->` type($partials)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The type of `partials` for so many heads.
    static ::mlir::RankedTensorType partialsType(::mlir::MLIRContext *context,
                                                 int64_t heads, int64_t head_size);
  }];
}

def Exec_AttendMergeOp : Exec_Op<"attend_merge", [Pure,
    DeclareOpInterfaceMethods<LFM2_ModelOpInterface, ["isMadeByEveryThread"]>]> {
  let summary = "Attention's output, of what is known of each segment";
  let description = [{
    The last op that `lfm2.attention` becomes. For each token and query head it
    brings the partial results of all segments to the largest score of all and sums
    them; the output is the values over the sum of weights, head by head.

    It is little work, less than to wait for: each thread does all of it for itself,
    as it does a norm. Where a thread goes through all segments of its tokens, in
    steps of several tokens, `exec.attend` leaves the output itself, and this costs
    nothing.

    ```mlir
    %o = exec.attend_merge %partials : tensor<?x?x16x66xf32> -> tensor<?x1024xf32>
    ```
  }];
  let arguments = (ins RankedTensorOf<[F32]>:$partials);
  let results = (outs RankedTensorOf<[F32]>:$output);
  let assemblyFormat = "$partials attr-dict `:` type($partials) `->` type($output)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    int64_t getHeads() { return getPartials().getType().getDimSize(2); }
    int64_t getHeadSize() { return getPartials().getType().getDimSize(3) - 2; }
  }];
}

//===----------------------------------------------------------------------===//
// After cutting: what phases leave for each other besides activations
//===----------------------------------------------------------------------===//

def Exec_PrepareOp : Exec_Op<"prepare", [Pure, AllTypesMatch<["x", "output"]>]> {
  let summary = "Activations in the form that some weights read";
  let description = [{
    The same values, as products with weights of the formats `readers` take them:
    int8 with scales, pairs of bf16, or f32 (`passes/tiling/Activation.h`). A value
    that several ops read is prepared for all of them at once. With `logits` it has
    only the rows of tokens that leave logits in this step, from row 0 on.

    ```mlir
    %p = exec.prepare %n for ["q4_0", "q6_k"] : tensor<?x1024xf32>
    ```
  }];
  let arguments = (ins RankedTensorOf<[F32]>:$x, StrArrayAttr:$readers, UnitAttr:$logits);
  let results = (outs RankedTensorOf<[F32]>:$output);
  let assemblyFormat = "$x `for` $readers (`logits` $logits^)? attr-dict `:` type($x)";
  let hasVerifier = 1;
}

def Exec_SortChoicesOp : Exec_Op<"sort_choices", [Pure,
    AllTypesMatch<["ids", "places"]>]> {
  let summary = "A place for each choice of an expert, by expert";
  let description = [{
    Choice `j` of token `t` is expert `ids[t, j]`. Choices are numbered by expert,
    and within an expert in the order of tokens: `places[t, j]` is that number, and
    `starts[e]` the number of the first choice of expert `e`; behind the last
    expert is the number of all choices. Each thread sorts for itself: a table of
    its own is less than to wait for another's.

    ```mlir
    %places, %starts = exec.sort_choices %ids : tensor<?x2xi32> -> tensor<9xi32>
    ```
  }];
  let arguments = (ins RankedTensorOf<[I32]>:$ids);
  let results = (outs RankedTensorOf<[I32]>:$places, RankedTensorOf<[I32]>:$starts);
  let assemblyFormat = "$ids attr-dict `:` type($ids) `->` type($starts)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    int64_t getExperts() { return getStarts().getType().getDimSize(0) - 1; }
    int64_t getUsed() { return getIds().getType().getDimSize(1); }
  }];
}

def Exec_GatherOp : Exec_Op<"gather", [Pure]> {
  let summary = "Each token's row, at the places of its choices";
  let description = [{
    Row `places[t, j]` of the tokens * choices rows of the result is row `t` of
    `x`, as it is prepared.

    ```mlir
    %s = exec.gather %p to %places : tensor<?x1024xf32>, tensor<?x2xi32> -> tensor<?x2x1024xf32>
    ```
  }];
  let arguments = (ins RankedTensorOf<[F32]>:$x, RankedTensorOf<[I32]>:$places);
  let results = (outs RankedTensorOf<[F32]>:$output);
  let assemblyFormat = [{
    $x `to` $places attr-dict `:` type($x) `,` type($places) `->` type($output)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Experts
//===----------------------------------------------------------------------===//

def Exec_ExpertGateUpOp : Exec_Op<"expert_gate_up", [Pure,
    DeclareOpInterfaceMethods<LFM2_ModelOpInterface,
        ["getNeed", "getWeightUses", "getExpertsUsed", "getPhaseName", "getMultiplied"]>,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Gate and up products of the chosen experts, with SwiGLU";
  let description = [{
    The first half of `lfm2.experts`: row `t, j` of the result is
    `silu(G[e] u_t) * (U[e] u_t)` for the expert `e = ids[t, j]`.

    With `sorted` by the places and starts of `exec.sort_choices`, the input is that
    of `exec.gather`, and row `p` of the tokens * choices rows of the result is that
    of the choice at place `p`: an expert's lie behind each other.

    ```mlir
    %a = exec.expert_gate_up %u, %ids, @gate, @up
        : tensor<?x64xf32>, tensor<?x2xi32> -> tensor<?x2x32xf32>
    %b = exec.expert_gate_up %s, %ids, @gate, @up sorted %places, %starts
        : tensor<?x2x64xf32>, tensor<?x2xi32> -> tensor<?x2x32xf32> by tensor<?x2xi32>, tensor<5xi32>
    ```
  }];
  let arguments = (ins RankedTensorOf<[F32]>:$input, RankedTensorOf<[I32]>:$ids,
                       FlatSymbolRefAttr:$gate, FlatSymbolRefAttr:$up,
                       Variadic<RankedTensorOf<[I32]>>:$tables);
  let results = (outs RankedTensorOf<[F32]>:$output);
  let assemblyFormat = [{
    $input `,` $ids `,` $gate `,` $up (`sorted` $tables^)? attr-dict
    `:` type($input) `,` type($ids) `->` type($output) (`by` type($tables)^)?
  }];
}

def Exec_ExpertDownOp : Exec_Op<"expert_down", [Pure,
    DeclareOpInterfaceMethods<LFM2_ModelOpInterface,
        ["getWeightUses", "getExpertsUsed", "getPhaseName", "getMultiplied"]>,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Down products of the chosen experts, weighted and summed";
  let description = [{
    The second half of `lfm2.experts`: `out_t = sum_j weights[t, j] * D[ids[t, j]] a[t, j]`.

    With `sorted`, the input has the row of each choice at its place; see
    `exec.expert_gate_up`.

    ```mlir
    %o = exec.expert_down %a, %weights, %ids, @down
        : tensor<?x2x32xf32>, tensor<?x2xf32>, tensor<?x2xi32> -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins RankedTensorOf<[F32]>:$input, RankedTensorOf<[F32]>:$weights,
                       RankedTensorOf<[I32]>:$ids, FlatSymbolRefAttr:$down,
                       Variadic<RankedTensorOf<[I32]>>:$tables);
  let results = (outs RankedTensorOf<[F32]>:$output);
  let assemblyFormat = [{
    $input `,` $weights `,` $ids `,` $down (`sorted` $tables^)? attr-dict
    `:` type($input) `,` type($weights) `,` type($ids) `->` type($output)
    (`by` type($tables)^)?
  }];
}

//===----------------------------------------------------------------------===//
// Calibration
//===----------------------------------------------------------------------===//

def Exec_KeepOp : Exec_Op<"keep", [Pure,
    DeclareOpInterfaceMethods<LFM2_ModelOpInterface, ["getPhaseName"]>,
    AllTypesMatch<["state", "nextState"]>]> {
  let summary = "Rows of a step, where who calls finds them afterwards";
  let description = [{
    `nextState` is `state` with its first rows replaced: row `t` by row `t` of `x`,
    or, of `[T, k, K]`, rows `t * k + j`. Integers become floats, of the same value
    below 2^24. Columns behind those of `x` stay what they were.

    Only steps of several tokens of one sequence keep anything (`exec-cut-phases`).
    What is kept in which order stands in `exec.kept`; see `exec-keep-inputs`.

    ```mlir
    %s1 = exec.keep %u into %s0 : tensor<?x1000xf32>, tensor<128x1024xf32>
    ```
  }];
  let arguments = (ins RankedTensorOf<[F32, I32]>:$x, RankedTensorOf<[F32]>:$state);
  let results = (outs RankedTensorOf<[F32]>:$nextState);
  let assemblyFormat = "$x `into` $state attr-dict `:` type($x) `,` type($state)";
  let hasVerifier = 1;
}

#endif // LFM2C_DIALECTS_EXEC_IR_EXECPHASEOPS_TD
