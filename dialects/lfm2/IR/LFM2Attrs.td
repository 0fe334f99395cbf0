// Attributes of the lfm2 dialect: what a whole model is, as data.

#ifndef LFM2C_DIALECTS_LFM2_IR_LFM2ATTRS_TD
#define LFM2C_DIALECTS_LFM2_IR_LFM2ATTRS_TD

include "dialects/lfm2/IR/LFM2Dialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

def LFM2_LayerKind : I32Enum<"LayerKind", "What mixes the tokens of a layer", [
    I32EnumCase<"conv", 0>,
    I32EnumCase<"attention", 1>
  ]> {
  let cppNamespace = "::lfm2c::lfm2";
}

def LFM2_Role : I32Enum<"Role", "a role", [
    I32EnumCase<"tokens", 0>,
    I32EnumCase<"position", 1>,
    I32EnumCase<"embeddings", 2>,
    I32EnumCase<"conv_state", 3>,
    I32EnumCase<"keys", 4>,
    I32EnumCase<"values", 5>,
    I32EnumCase<"logits", 6>,
    I32EnumCase<"hidden", 7>,
    I32EnumCase<"vectors", 8>,
    I32EnumCase<"token_vectors", 9>,
    I32EnumCase<"kept", 10>
  ]> {
  let cppNamespace = "::lfm2c::lfm2";
}

def LFM2_PoolKindAttr : I32EnumAttr<"PoolKind", "a kind of pooling", [
    I32EnumAttrCase<"mean", 0>,
    I32EnumAttrCase<"cls", 1>,
    I32EnumAttrCase<"last", 2>
  ]> {
  let cppNamespace = "::lfm2c::lfm2";
}

/// A double, written as an MLIR float literal.
def LFM2_Double : APFloatParameter<"double"> {
  let parser = "::lfm2c::lfm2::parseDouble($_parser)";
  let printer = "$_printer.printFloat($_self)";
}

/// A list of doubles, written as MLIR float literals.
def LFM2_Doubles : AttrOrTypeParameter<"::mlir::DenseF64ArrayAttr",
                                       "list of doubles"> {
  let parser = "::lfm2c::lfm2::parseDoubles($_parser)";
  let printer = "::lfm2c::lfm2::printDoubles($_printer, $_self)";
}

def LFM2_RopeScalingAttr : AttrDef<LFM2_Dialect, "RopeScaling"> {
  let mnemonic = "rope_scaling";
  let summary = "Other frequencies and another size of rotary positions";
  let description = [{
    What models have that were stretched to longer texts: pair i of a head of D
    channels turns by `p * theta^(-2i / D) * scales[i]` at position p, and cos and
    sin of that angle are multiplied by `magnitude`. There is a scale for each of
    the D / 2 pairs.

    Every way of stretching whose frequencies don't depend on the length of the
    text is such a list. Linear by a factor f is `scales[i] = 1 / f`. YaRN has 1 for
    the pairs that turn often, 1 / f for those that turn seldom, a ramp between,
    and a magnitude of `0.1 * ln(f) + 1`. Where a checkpoint's numbers become this
    list is `lib/Model/RopeScaling.h`.

    ```mlir
    #rope_scaling = #lfm2.rope_scaling<
        magnitude = 1.100000e+00, scales = [1.000000e+00, 6.250000e-01, 2.500000e-01, 2.500000e-01]>
    ```
  }];
  let parameters = (ins LFM2_Double:$magnitude, LFM2_Doubles:$scales);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def LFM2_RoleAttr : EnumAttr<LFM2_Dialect, LFM2_Role, "role"> {
  let summary = "What an argument or a result of a model is";
  let description = [{
    Stands as `lfm2.role` on each argument and each result of a function that is
    a model, so that whoever runs it or lays it out finds them without counting.
    T is the number of tokens of the call.

    | role | on | type | what it is |
    |---|---|---|---|
    | `tokens` | argument | `[T]` i32 | ids; one below 0 asks for a row of `embeddings` |
    | `position` | argument | index | position of the first token |
    | `embeddings` | argument | `[?, h]` f32 | rows in place of those of the embedding |
    | `conv_state` | both | `[L - 1, h]` f32 | columns that a convolution carries |
    | `keys`, `values` | both | `[?, G, D]` f16, f32, q8_0, q4_0 | caches of an attention |
    | `logits` | result | `[T, V]` f32 | scores of the token that follows, or stands there |
    | `hidden` | result | `[T, h]` f32 | states after the final norm |
    | `vectors` | result | `[?, n]` f32 | a vector for the text |
    | `token_vectors` | result | `[T, n]` f32 | a vector for each token |
    | `kept` | both | `[n, w]` f32 | rows of the last step, kept for who calibrates |

    State comes in any number: result i of such a role is what argument i of it has
    become. Of each other role there is at most one.

    ```mlir
    func.func @model(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>},
                     %p: index {lfm2.role = #lfm2.role<position>})
        -> (tensor<?x1024xf32> {lfm2.role = #lfm2.role<hidden>})
    ```
  }];
  let assemblyFormat = "`<` $value `>`";
}

def LFM2_LayerAttr : AttrDef<LFM2_Dialect, "Layer"> {
  let mnemonic = "layer";
  let summary = "The layer of the model that an op is a part of";
  let description = [{
    Stands as `lfm2.layer` on every op of a layer, and, once these are in phases, on
    the phases. `index` counts the layers of the model from 0; `kind` names those
    that are built alike, for profiles and for the functions that are made of them.
    Ops without it (embedding, last norm, head) are of no layer.

    ```mlir
    #lfm2.layer<index = 3, kind = "conv_ffn">
    ```
  }];
  let parameters = (ins "int64_t":$index, StringRefParameter<>:$kind);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def LFM2_ModelAttr : AttrDef<LFM2_Dialect, "Model"> {
  let mnemonic = "model";
  let summary = "Shapes and constants of a model";
  let description = [{
    What a driver or a report wants to know of the model without walking its
    ops: `heads` query heads of `head_size` channels, `taps` of the short
    convolution, `context_length` tokens that the model was made for, and for each
    layer whether a convolution or an attention mixes its tokens. The ops carry
    their own parameters and do not read this attribute.

    ```mlir
    module attributes {lfm2.model = #lfm2.model<
        name = "LFM2-350M", architecture = "lfm2", hidden = 1024, vocab = 65536,
        heads = 16, head_size = 64, taps = 3, context_length = 128000,
        norm_eps = 1.000000e-05, rope_theta = 1.000000e+06, causal = true,
        layers = [conv, attention]>} {
    }
    ```
  }];
  let parameters = (ins
    StringRefParameter<"name of the model">:$name,
    StringRefParameter<"architecture word of the checkpoint">:$architecture,
    "int64_t":$hidden,
    "int64_t":$vocab,
    "int64_t":$heads,
    "int64_t":$head_size,
    "int64_t":$taps,
    "int64_t":$context_length,
    LFM2_Double:$norm_eps,
    LFM2_Double:$rope_theta,
    "bool":$causal,
    ArrayRefParameter<"::lfm2c::lfm2::LayerKind", "kind of each layer">:$layers,
    OptionalParameter<"::lfm2c::lfm2::RopeScalingAttr">:$rope_scaling
  );
  let assemblyFormat = [{
    `<` struct($name, $architecture, $hidden, $vocab, $heads, $head_size, $taps,
               $context_length, $norm_eps, $rope_theta, $causal)
    `,` `layers` `=` `[` $layers `]`
    (`,` `rope_scaling` `=` $rope_scaling^)? `>`
  }];
  let genVerifyDecl = 1;
}

def LFM2_OptionsAttr : AttrDef<LFM2_Dialect, "Options"> {
  let mnemonic = "options";
  let summary = "What a user asks of the program";
  let description = [{
    What `lfm2-compile` was told when it wrote the module, and what its phases took
    where nothing was said: `pre`, the pre-tokenizer in place of the checkpoint's;
    `quantize`, the format of weights; `kv`, what caches hold; `activations`, what they
    are rounded to before they meet weights; `context_length`, the most tokens of a conversation or of a text;
    `chunk`, the most tokens of a step. A compilation that goes on from the module
    takes each that it is not given itself. No pass reads it.

    ```mlir
    module attributes {lfm2.options = #lfm2.options<pre = "qwen2", quantize = "q8_0", context_length = 2048>} {
    }
    ```
  }];
  let parameters = (ins
    OptionalParameter<"::mlir::StringAttr">:$pre,
    OptionalParameter<"::mlir::StringAttr">:$quantize,
    OptionalParameter<"::mlir::StringAttr">:$activations,
    OptionalParameter<"std::optional<int64_t>">:$context_length,
    OptionalParameter<"std::optional<int64_t>">:$chunk,
    OptionalParameter<"::mlir::StringAttr">:$kv
  );
  let assemblyFormat = "`<` struct(params) `>`";
}

#endif // LFM2C_DIALECTS_LFM2_IR_LFM2ATTRS_TD
