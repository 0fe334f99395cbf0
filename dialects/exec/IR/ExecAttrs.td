// Pointers, and what is known of a target, of weights and of entries.

#ifndef LFM2C_DIALECTS_EXEC_IR_EXECATTRS_TD
#define LFM2C_DIALECTS_EXEC_IR_EXECATTRS_TD

include "dialects/exec/IR/ExecDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/EnumAttr.td"

// But for `step` and `local` the names of the pointers in lfm2_step (abi.h).
def Exec_Memory : I32EnumAttr<"Memory", "what a pointer points to", [
    I32EnumAttrCase<"Step", 0, "step">, I32EnumAttrCase<"Weights", 1, "weights">,
    I32EnumAttrCase<"State", 2, "state">, I32EnumAttrCase<"Scratch", 3, "scratch">,
    I32EnumAttrCase<"Tokens", 4, "tokens">, I32EnumAttrCase<"Logits", 5, "logits">,
    I32EnumAttrCase<"Shares", 6, "shares">, I32EnumAttrCase<"Near", 7, "near">,
    I32EnumAttrCase<"Embeddings", 8, "embeddings">,
    I32EnumAttrCase<"Hidden", 9, "hidden">, I32EnumAttrCase<"Vectors", 10, "vectors">,
    I32EnumAttrCase<"Runs", 11, "runs">, I32EnumAttrCase<"Local", 12, "local">,
    I32EnumAttrCase<"TokenRuns", 13, "token_runs">,
    I32EnumAttrCase<"LogitTokens", 14, "logit_tokens">]> {
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
    `tokens`, `shares`, `embeddings`, `runs`, `token_runs`, `logit_tokens`) can be
    read as constant.

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

def Exec_KeptAttr : AttrDef<Exec_Dialect, "Kept"> {
  let mnemonic = "kept";
  let summary = "What one exec.keep keeps, and what it is multiplied by";
  let description = [{
    `weights` are the weights of the model whose products read these rows: `per_token`
    rows for each token, of `columns` channels, `stride` floats apart. Where the
    weights hold experts, `choices` is the number in `exec.kept` of the ids that were
    chosen, which are kept as rows of their own, without weights; otherwise it is -1.
    Rows of choices, `per_token` above 1, stand by expert, and within an expert in the
    order of tokens.

    ```mlir
    #kept = #exec.kept<weights = ["blk.0.ffn_gate.weight", "blk.0.ffn_up.weight"], columns = 1000,
                       stride = 1024, rows = 128, per_token = 1, choices = -1>
    ```
  }];
  let parameters = (ins "::mlir::ArrayAttr":$weights, "int64_t":$columns,
                        "int64_t":$stride, "int64_t":$rows, "int64_t":$per_token,
                        "int64_t":$choices);
  let assemblyFormat = "`<` struct(params) `>`";
}

#endif // LFM2C_DIALECTS_EXEC_IR_EXECATTRS_TD
