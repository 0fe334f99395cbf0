// The program dialect.
//
// The program that all threads enter: phases between barriers, layers called
// with other weights, bytes in archive, state and scratch, and the one int8
// primitive. See dialects/exec/README.md for why it looks like this.

#ifndef LFM2C_DIALECTS_EXEC_IR_EXECOPS_TD
#define LFM2C_DIALECTS_EXEC_IR_EXECOPS_TD

include "dialects/lfm2/Interfaces/ModelOpInterface.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "dialects/exec/IR/StepFields.td" // Out of abi.h, in the build folder.

def Exec_Dialect : Dialect {
  let name = "exec";
  let cppNamespace = "::lfm2c::exec";
  let summary = "The compiled program: entries, phases, layers, bytes and dot4";
  let description = [{
    Between the model (`lfm2`, tensors, what is computed) and a target's last
    dialect (how). It has two levels, one per pass:

    - after fusion: `exec.layer`, `exec.call`, `exec.phase` gather `lfm2` ops,
      still on tensors, into the work between two barriers;
    - after tiling: `exec.load`, `exec.store`, `exec.dot4`, `exec.barrier` on
      byte-addressed memory, in functions that every thread enters with the
      step's arguments and its own number.

    `exec.weight` and `exec.buffer` name what memory planning places.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let hasOperationAttrVerify = 1;
}

class Exec_Op<string mnemonic, list<Trait> traits = []>
    : Op<Exec_Dialect, mnemonic, traits>;

//===----------------------------------------------------------------------===//
// Types and attributes
//===----------------------------------------------------------------------===//

// But for `step` and `local` the names of the pointers in lfm2_step (abi.h).
def Exec_Memory : I32EnumAttr<"Memory", "what a pointer points to", [
    I32EnumAttrCase<"Step", 0, "step">, I32EnumAttrCase<"Weights", 1, "weights">,
    I32EnumAttrCase<"State", 2, "state">, I32EnumAttrCase<"Scratch", 3, "scratch">,
    I32EnumAttrCase<"Tokens", 4, "tokens">, I32EnumAttrCase<"Logits", 5, "logits">,
    I32EnumAttrCase<"Shares", 6, "shares">, I32EnumAttrCase<"Near", 7, "near">,
    I32EnumAttrCase<"Embeddings", 8, "embeddings">,
    I32EnumAttrCase<"Hidden", 9, "hidden">, I32EnumAttrCase<"Vectors", 10, "vectors">,
    I32EnumAttrCase<"Runs", 11, "runs">, I32EnumAttrCase<"Local", 12, "local">]> {
  let cppNamespace = "::lfm2c::exec";
  let genSpecializedAttr = 0;
}

def Exec_PtrType : TypeDef<Exec_Dialect, "Ptr"> {
  let mnemonic = "ptr";
  let summary = "Base address of byte-addressed memory, a multiple of 64";
  let description = [{
    Says which memory it is: the arguments of the step (`step`), one of the bases
    in them, or memory of the running function (`local`). A target may keep each
    of them elsewhere, and what nothing writes during a step (`step`, `weights`,
    `tokens`, `shares`, `embeddings`, `runs`) can be read as constant.

    ```mlir
    !exec.ptr<weights>
    ```
  }];
  let parameters = (ins EnumParameter<Exec_Memory>:$memory);
  let assemblyFormat = "`<` $memory `>`";
  let extraClassDeclaration = [{
    /// Whether nothing writes it while a step runs.
    bool isConstant() const;
  }];
}
class Exec_PtrTo<string memory>
    : Type<CPred<"::llvm::isa<::lfm2c::exec::PtrType>($_self) && "
                 "::llvm::cast<::lfm2c::exec::PtrType>($_self).getMemory() == "
                 "::lfm2c::exec::Memory::" # memory>,
           "a pointer to " # memory, "::lfm2c::exec::PtrType">,
      BuildableType<"::lfm2c::exec::PtrType::get($_builder.getContext(), "
                    "::lfm2c::exec::Memory::" # memory # ")">;

def Exec_TargetAttr : AttrDef<Exec_Dialect, "Target"> {
  let mnemonic = "target";
  let summary = "What passes may ask of the target";
  let description = [{
    The facts of the CPU that code is made for, by name; see docs/TargetFacts.md for
    all of them. A fact that is left out has its default; `lanes` has none. An
    unknown fact, or one that stands twice, is an error.

    ```mlir
    #exec.target<arch = "x86_64", dot = "avx2", lanes = 8, registers = 16, fma = true>
    ```
  }];
  let parameters = (ins AttrParameter<"::lfm2c::exec::TargetFacts", "all of them",
                                      "const ::lfm2c::exec::TargetFacts &">:$facts);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Exec_SegmentAttr : AttrDef<Exec_Dialect, "Segment"> {
  let mnemonic = "segment";
  let summary = "Rows of one tensor of the checkpoint, as they are packed";
  let description = [{
    Rows `first` to `first + rows` of `tensor`, stored in `format`. Rows are cut
    into units of `unit` rows (a head, or all rows), and each unit into groups
    of as many rows as the target has lanes; the last group of a unit is filled
    up with zero rows.

    ```mlir
    #exec.segment<tensor = "blk.0.ffn_up.weight", format = "q4_0", first = 0, rows = 4608, unit = 4608>
    ```
  }];
  let parameters = (ins StringRefParameter<>:$tensor, StringRefParameter<>:$format,
                        "int64_t":$first, "int64_t":$rows, "int64_t":$unit);
  let assemblyFormat = "`<` struct(params) `>`";
}
def Exec_SegmentArrayAttr : TypedArrayAttrBase<Exec_SegmentAttr, "segments">;

def Exec_ScheduleAttr : AttrDef<Exec_Dialect, "Schedule"> {
  let mnemonic = "schedule";
  let summary = "How a phase goes through its weights and tokens";
  let description = [{
    What is to be decided for a target, apart from the layout of the weights
    (which follows from `lanes`). In a step of one token a thread works on
    `streams` row groups at once, from as many places of its share, and asks for
    weights `prefetch` bytes before it reads them (0: it leaves that to the
    hardware). In a step of more tokens it takes tiles, `tokens` of them through
    `groups` row groups at once, and asks for the weights of the groups that come
    `ahead` after these (0: for none).

    ```mlir
    #exec.schedule<streams = 2, prefetch = 0, tokens = 4, groups = 2, ahead = 1>
    ```
  }];
  let parameters = (ins "int64_t":$streams, "int64_t":$prefetch, "int64_t":$tokens,
                        DefaultValuedParameter<"int64_t", "1">:$groups,
                        DefaultValuedParameter<"int64_t", "0">:$ahead);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Exec_StretchAttr : AttrDef<Exec_Dialect, "Stretch"> {
  let mnemonic = "stretch";
  let summary = "What a step does between two barriers, in bytes and products";
  let description = [{
    One stretch of the layers of kind `layer` (empty outside of layers), for the
    profile. A step of any number of tokens reads `weights` bytes of weights and,
    where a phase routes, `expert_bytes` for each of its `experts` that a token
    chose; a token chooses `used`. It takes `macs` products for each token.
    Attention reads `cache_bytes` and takes, for each token, `cache_macs`
    products for each position in the cache. With `logits`, all of this is for
    the tokens that leave logits, and nothing where there are none. `schedule`
    is the phase's. `near` is how many bytes of near memory each thread stages
    row groups in, 0 where weights are read where they lie.

    ```mlir
    #exec.stretch<layer = "attn_moe", phase = "experts_up", weights = 8448, expert_bytes = 2304, experts = 8, used = 2, macs = 8192>
    ```
  }];
  let parameters = (ins StringRefParameter<>:$layer, StringRefParameter<>:$phase,
                        DefaultValuedParameter<"int64_t", "0">:$weights,
                        DefaultValuedParameter<"int64_t", "0">:$expert_bytes,
                        DefaultValuedParameter<"int64_t", "0">:$experts,
                        DefaultValuedParameter<"int64_t", "0">:$used,
                        DefaultValuedParameter<"int64_t", "0">:$macs,
                        DefaultValuedParameter<"int64_t", "0">:$cache_bytes,
                        DefaultValuedParameter<"int64_t", "0">:$cache_macs,
                        DefaultValuedParameter<"bool", "false">:$logits,
                        DefaultValuedParameter<"int64_t", "0">:$near,
                        OptionalParameter<"::lfm2c::exec::ScheduleAttr">:$schedule);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Exec_EntryAttr : AttrDef<Exec_Dialect, "Entry"> {
  let mnemonic = "entry";
  let summary = "One size of step that the program is made for";
  let description = [{
    An element of the module's `exec.entries`. A step has at most `tokens` tokens,
    and is what the function `symbol` does. Memory planning sets `scratch`, the
    bytes of all its buffers, and `near`, those of near memory of each thread. For
    the profile: the `stretches` of work between two barriers, each kind of layer's
    once; `order`, which of them are done one after the other; and `layers`, in
    which layer each of these is, or -1.

    ```mlir
    #exec.entry<name = "decode", tokens = 1, symbol = "step_1", scratch = 448,
                stretches = [#exec.stretch<layer = "", phase = "embed">], order = [0], layers = [-1]>
    ```
  }];
  let parameters = (ins StringRefParameter<>:$name, "int64_t":$tokens,
                        StringRefParameter<>:$symbol,
                        OptionalParameter<"std::optional<int64_t>">:$scratch,
                        DefaultValuedParameter<"int64_t", "0">:$near,
                        OptionalParameter<"::mlir::ArrayAttr">:$stretches,
                        OptionalParameter<"::mlir::DenseI16ArrayAttr">:$order,
                        OptionalParameter<"::mlir::DenseI16ArrayAttr">:$layers);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

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
                       RankedTensorOf<[F16, F32]>:$keys, RankedTensorOf<[F16, F32]>:$values);
  let results = (outs RankedTensorOf<[F16, F32]>:$nextKeys, RankedTensorOf<[F16, F32]>:$nextValues);
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
                       RankedTensorOf<[F16, F32]>:$keys, RankedTensorOf<[F16, F32]>:$values,
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
// What memory planning places
//===----------------------------------------------------------------------===//

def Exec_WeightOp : Exec_Op<"weight", [Symbol]> {
  let summary = "Packed weights in the archive";
  let description = [{
    The segments are interleaved: group `i` of every segment stands side by side,
    so that a thread reads one rising stream. `lanes` rows form a group. `count`
    such matrices follow each other (experts, or 1). Segments of vectors
    (`plain`) are stored as f32 in their own order. `offset` is set by memory
    planning, in bytes from the start of the weights section.

    ```mlir
    exec.weight @w3 [#exec.segment<tensor = "blk.0.ffn_gate.weight", format = "q4_0", first = 0, rows = 64, unit = 64>,
                     #exec.segment<tensor = "blk.0.ffn_up.weight", format = "q4_0", first = 0, rows = 64, unit = 64>]
        {cols = 32 : i64, lanes = 8 : i64, count = 1 : i64, bytes = 2304 : i64}
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, Exec_SegmentArrayAttr:$segments,
                       I64Attr:$cols, I64Attr:$lanes, I64Attr:$count, I64Attr:$bytes,
                       UnitAttr:$plain, OptionalAttr<I64Attr>:$offset);
  let assemblyFormat = "$sym_name $segments attr-dict";
  let hasVerifier = 1;
}

def Exec_BufferOp : Exec_Op<"buffer", [Symbol]> {
  let summary = "Scratch memory of a step";
  let description = [{
    `bytes` for the largest step of the entry named by `entry`. Live from phase
    `first` to phase `last` of the step's phases (both counted within a layer,
    since all layers run the same way); `offset` is set by memory planning.

    With `near` it lies in near memory instead, of which each thread has bytes of
    its own: `bytes` and `offset` count within those of one thread.

    ```mlir
    exec.buffer @ffn {entry = "decode", bytes = 18432 : i64, first = 2 : i64, last = 3 : i64}
    exec.buffer @staged {entry = "decode", bytes = 73728 : i64, first = 2 : i64, last = 2 : i64, near}
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrAttr:$entry, I64Attr:$bytes,
                       I64Attr:$first, I64Attr:$last, UnitAttr:$near,
                       OptionalAttr<I64Attr>:$offset);
  let assemblyFormat = "$sym_name attr-dict";
  let hasVerifier = 1;
}

def Exec_AddressOp : Exec_Op<"address", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Byte offset of a weight or of a buffer in its section";
  let description = [{
    Becomes a constant when memory is planned. Of a `near` buffer it is the offset
    in a thread's own bytes.

    ```mlir
    %o = exec.address @ffn
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$symbol);
  let results = (outs Index:$result);
  let assemblyFormat = "$symbol attr-dict";
}

//===----------------------------------------------------------------------===//
// After tiling: bytes, lanes and threads
//===----------------------------------------------------------------------===//

def Exec_FieldOp : Exec_Op<"field", [Pure]> {
  let summary = "A field of the step's arguments";
  let description = !strconcat([{
    Names are those of `lfm2_step` in `lfm2rt/abi.h`, which says what each is; a
    pointer is to the memory that is called like it;
}], stepFieldNames, [{
    ```mlir
    %count = exec.field %step "count" : index
    ```
  }]);
  let arguments = (ins Exec_PtrTo<"Step">:$step, StrAttr:$name);
  let results = (outs AnyTypeOf<[Exec_PtrType, Index]>:$result);
  let assemblyFormat = "$step $name attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Exec_GivenOp : Exec_Op<"given", [Pure]> {
  let summary = "Whether the caller gave the memory of a field";
  let description = [{
    Some fields of the step are NULL where the caller does not want what would be
    written there. All threads of a step get the same answer.

    ```mlir
    %wanted = exec.given %logits in logits
    ```
  }];
  let arguments = (ins Exec_PtrType:$base);
  let results = (outs I1:$result);
  let assemblyFormat = "$base attr-dict `in` custom<Memory>(type($base))";
}

def Exec_Value : AnyTypeOf<[AnySignlessInteger, AnyFloat,
    VectorOfRankAndType<[1], [AnySignlessInteger, AnyFloat]>]>;

def Exec_LoadOp : Exec_Op<"load", [MemoryEffects<[MemRead]>]> {
  let summary = "Read a scalar or a vector at a byte offset";
  let description = [{
    The address is a multiple of the size of an element; `align` is what more is
    known of it, in bytes. `constant` says that the
    memory does not change during the step (see `!exec.ptr`; not copies of weights in
    near memory). `ordered` keeps the read
    where it stands among the other ordered ones, for code whose order is chosen
    so that registers suffice.

    ```mlir
    %v = exec.load %state[%offset] {align = 16 : i64} : vector<8xf32> in state
    ```
  }];
  let arguments = (ins Exec_PtrType:$base, Index:$offset,
                       DefaultValuedAttr<I64Attr, "1">:$align, UnitAttr:$constant,
                       UnitAttr:$ordered);
  let results = (outs Exec_Value:$result);
  let assemblyFormat = [{
    $base `[` $offset `]` attr-dict `:` type($result) `in` custom<Memory>(type($base))
  }];
  let hasVerifier = 1;
}

def Exec_StoreOp : Exec_Op<"store", [MemoryEffects<[MemWrite]>]> {
  let summary = "Write a scalar or a vector at a byte offset";
  let description = [{
    ```mlir
    exec.store %v, %scratch[%offset] : vector<8xf32> in scratch
    ```
  }];
  let arguments = (ins Exec_Value:$value, Exec_PtrType:$base, Index:$offset,
                       DefaultValuedAttr<I64Attr, "1">:$align);
  let assemblyFormat = [{
    $value `,` $base `[` $offset `]` attr-dict `:` type($value) `in` custom<Memory>(type($base))
  }];
  let hasVerifier = 1;
}

def Exec_LocalOp : Exec_Op<"local", [MemoryEffects<[MemAlloc]>]> {
  let summary = "Memory of the running function, gone when it returns";
  let description = [{
    Stands at the beginning of a function. The address is a multiple of 128.

    ```mlir
    %slots = exec.local 256
    ```
  }];
  let arguments = (ins I64Attr:$bytes);
  let results = (outs Exec_PtrTo<"Local">:$result);
  let assemblyFormat = "$bytes attr-dict";
  let hasVerifier = 1;
}

// It writes nothing, but an op that only reads and has no result would be
// removed as dead.
def Exec_PrefetchOp : Exec_Op<"prefetch", [MemoryEffects<[MemWrite]>]> {
  let summary = "Ask for the cache line at a byte offset";
  let description = [{
    Never faults, so it may point past the end of the weights.

    ```mlir
    exec.prefetch %weights[%offset] in weights
    ```
  }];
  let arguments = (ins Exec_PtrType:$base, Index:$offset);
  let assemblyFormat = "$base `[` $offset `]` attr-dict `in` custom<Memory>(type($base))";
}

def Exec_StageStartOp : Exec_Op<"stage_start", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "Begin to copy weights into near memory";
  let description = [{
    Copies `bytes` from the second address to the first, sooner or later. Until
    an `exec.stage_wait` of the same thread nothing may read what is written or
    write to either.

    ```mlir
    exec.stage_start %near[%slot] = %weights[%group] {bytes = 36864 : i64}
    ```
  }];
  let arguments = (ins Exec_PtrTo<"Near">:$to, Index:$to_at, Exec_PtrTo<"Weights">:$from,
                       Index:$from_at, I64Attr:$bytes);
  let assemblyFormat = "$to `[` $to_at `]` `=` $from `[` $from_at `]` attr-dict";
  let hasVerifier = 1;
}

def Exec_StageWaitOp : Exec_Op<"stage_wait", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "Wait until all that this thread began to copy has come";
  let description = [{
    ```mlir
    exec.stage_wait
    ```
  }];
  let assemblyFormat = "attr-dict";
}

def Exec_Dot4Op : Exec_Op<"dot4", [Pure, AllTypesMatch<["acc", "result"]>, AllTypesMatch<["w", "x"]>]> {
  let summary = "Four int8 products summed into each i32 lane";
  let description = [{
    `result[i] = acc[i] + sum_{j<4} w[4i+j] * x[4i+j]`, exact. `x` is signed and
    never -128. `w` is unsigned and below `2^bits`, or, with `signed_w`, any
    int8. The bits say how many products a target may add up in 16 bits.

    ```mlir
    %r = exec.dot4 %acc, %w, %x {bits = 4 : i64} : vector<8xi32>, vector<32xi8>
    ```
  }];
  let arguments = (ins VectorOfRankAndType<[1], [I32]>:$acc,
                       VectorOfRankAndType<[1], [I8]>:$w,
                       VectorOfRankAndType<[1], [I8]>:$x, I64Attr:$bits,
                       UnitAttr:$signed_w);
  let results = (outs VectorOfRankAndType<[1], [I32]>:$result);
  let assemblyFormat = "$acc `,` $w `,` $x attr-dict `:` type($acc) `,` type($w)";
  let hasVerifier = 1;
}

def Exec_TileDot4Op : Exec_Op<"tile_dot4", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "Int8 products of a tile of tokens with a group of rows";
  let description = [{
    For p < `count`, t < `tokens`, r < `lanes` the i32 number
    `p * tokens * lanes + t * lanes + r` at `sums` becomes the sum over
    k < 4 * `dots` of

        x[t * x_stride + p * 4 * dots + k] * w[((p * dots + k / 4) * lanes + r) * 4 + k % 4]

    exact, of signed bytes; `x` is never -128. So w is `count * dots` vectors of
    `exec.dot4`, one after the other, and x the records of tokens. What is
    written overlaps nothing that is read. It is for loads of whole rows that
    follow in the same basic block, with offsets from `sums_at` on: a target whose
    vectors need no memory to get them may leave it unwritten. For targets that
    multiply matrices of bytes; the others make `exec.dot4` of it.

    ```mlir
    exec.tile_dot4 %scratch[%c] = %scratch[%x] * %weights[%w] {count = 2 : i64, dots = 8 : i64, lanes = 16 : i64, tokens = 16 : i64, x_stride = 1152 : i64} from weights
    ```
  }];
  let arguments = (ins Exec_PtrTo<"Scratch">:$sums, Index:$sums_at, Exec_PtrTo<"Scratch">:$x,
                       Index:$x_at, Exec_PtrType:$w, Index:$w_at,
                       I64Attr:$tokens, I64Attr:$lanes, I64Attr:$dots,
                       I64Attr:$count, I64Attr:$x_stride);
  let assemblyFormat = [{
    $sums `[` $sums_at `]` `=` $x `[` $x_at `]` `*` $w `[` $w_at `]` attr-dict
    `from` custom<Memory>(type($w))
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Bytes of the sums of one of the `count` products.
    int64_t productBytes() { return getTokens() * getLanes() * 4; }
    /// Bytes of one vector of `w`.
    int64_t dotBytes() { return getLanes() * 4; }
  }];
}

def Exec_TileSectionOp : Exec_Op<"tile_section",
    [SingleBlock, NoTerminator, NoRegionArguments, RecursiveMemoryEffects]> {
  let summary = "Code around products of tiles that may run in a mode of its own";
  let description = [{
    Runs its body once. A CPU may have to enter a mode for `exec.tile_dot4` and
    to leave it for other code: a section is what is worth one such turn, the
    products of a tile for all columns and the vectors that scale them. Nothing
    but memory leaves it. For targets with the fact `dot_tile_mode`.

    ```mlir
    exec.tile_section {
      exec.tile_dot4 %scratch[%c] = %scratch[%x] * %weights[%w] {count = 2 : i64, dots = 8 : i64, lanes = 16 : i64, tokens = 16 : i64, x_stride = 1152 : i64} from weights
      %v = exec.load %scratch[%c] : vector<16xi32> in scratch
      exec.store %v, %scratch[%o] : vector<16xi32> in scratch
    }
    ```
  }];
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$body attr-dict";
}

def Exec_Dot2Op : Exec_Op<"dot2", [Pure, AllTypesMatch<["acc", "result"]>, AllTypesMatch<["w", "x"]>]> {
  let summary = "Two bf16 products summed into each f32 lane";
  let description = [{
    `result[i] = acc[i] + w[2i] * x[2i] + w[2i+1] * x[2i+1]`. The products are
    exact in f32. In which order they are summed, and how each of the two sums is
    rounded, is the target's (`bfdot` without FEAT_EBF16 adds the products first,
    and rounds to odd); numbers below the normal ones may count as zero. So the
    last bits differ from target to target.

    ```mlir
    %r = exec.dot2 %acc, %w, %x : vector<8xf32>, vector<16xbf16>
    ```
  }];
  let arguments = (ins VectorOfRankAndType<[1], [F32]>:$acc,
                       VectorOfRankAndType<[1], [BF16]>:$w,
                       VectorOfRankAndType<[1], [BF16]>:$x);
  let results = (outs VectorOfRankAndType<[1], [F32]>:$result);
  let assemblyFormat = "$acc `,` $w `,` $x attr-dict `:` type($acc) `,` type($w)";
  let hasVerifier = 1;
}

def Exec_BarrierOp : Exec_Op<"barrier"> {
  let summary = "Wait until every thread of the step has come here";
  let description = [{
    Gives true, on every thread alike, when the step is to be given up.

    ```mlir
    %cancelled = exec.barrier %step, %thread
    ```
  }];
  let arguments = (ins Exec_PtrTo<"Step">:$step, I32:$thread);
  let results = (outs I1:$cancelled);
  let assemblyFormat = "$step `,` $thread attr-dict";
}

#endif // LFM2C_DIALECTS_EXEC_IR_EXECOPS_TD
