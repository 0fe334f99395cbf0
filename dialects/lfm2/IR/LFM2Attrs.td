// Attributes of the lfm2 dialect: what a whole model is, as data.

#ifndef LFM2_ATTRS_TD
#define LFM2_ATTRS_TD

include "dialects/lfm2/IR/LFM2Dialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

def LFM2_LayerKind : I32Enum<"LayerKind", "What mixes the tokens of a layer", [
    I32EnumCase<"conv", 0>,
    I32EnumCase<"attention", 1>
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

#endif // LFM2_ATTRS_TD
