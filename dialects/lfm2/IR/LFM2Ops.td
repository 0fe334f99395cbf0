// Ops of the lfm2 dialect: one per architectural idea of the model family. The
// letters of the shapes are explained in LFM2Dialect.td.

#ifndef LFM2C_DIALECTS_LFM2_IR_LFM2OPS_TD
#define LFM2C_DIALECTS_LFM2_IR_LFM2OPS_TD

include "dialects/lfm2/IR/LFM2Attrs.td"
include "dialects/lfm2/IR/LFM2Dialect.td"
include "dialects/lfm2/IR/LFM2Types.td"
include "dialects/lfm2/Interfaces/CacheElement.td"
include "dialects/lfm2/Interfaces/ModelOpInterface.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class LFM2_Op<string mnemonic, list<Trait> traits = []>
    : Op<LFM2_Dialect, mnemonic, traits>;

/// An op that reads weights: it checks their shapes where its symbols are known.
class LFM2_WeightedOp<string mnemonic, list<Trait> traits = []>
    : LFM2_Op<mnemonic, !listconcat(
        [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>], traits)>;

/// An op whose answers to the passes are those of `methods`; the others are usual.
class LFM2_Answers<list<string> methods>
    : DeclareOpInterfaceMethods<LFM2_ModelOpInterface, methods>;

def LFM2_Activations : 2DTensorOf<[F32]>;
def LFM2_Ids : 1DTensorOf<[I32]>;
def LFM2_ExpertIds : 2DTensorOf<[I32]>;
def LFM2_Cache : 3DTensorOf<[LFM2_CacheElement]>;

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

def LFM2_WeightOp : LFM2_Op<"weight", [Symbol]> {
  let summary = "A tensor of the checkpoint, by name";
  let description = [{
    Declares a weight that the ops of the module refer to. The name is that of
    the tensor in the checkpoint; its bytes stay there. The type says the shape,
    outermost dimension first, and the format: `f32`, `f16`, `bf16`, or
    `!lfm2.quant<...>` for a block format, whose rows are whole blocks.

    A matrix is `[outputs, inputs]`, a stack of experts
    `[experts, outputs, inputs]`.

    ```mlir
    lfm2.weight @blk.0.attn_norm.weight : tensor<1024xf32>
    lfm2.weight @blk.0.ffn_up.weight : tensor<4608x1024x!lfm2.quant<q4_0>>
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name,
                       TypeAttrOf<AnyRankedTensor>:$type);
  let assemblyFormat = "$sym_name `:` $type attr-dict";
  let extraClassDeclaration = [{
    ::mlir::RankedTensorType getTensorType() {
      return ::llvm::cast<::mlir::RankedTensorType>(getType());
    }
    ::llvm::ArrayRef<int64_t> getShape() { return getTensorType().getShape(); }
    /// The stored format. The op must be valid.
    ::lfm2c::Format getFormat();
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Embedding and head
//===----------------------------------------------------------------------===//

def LFM2_EmbedOp : LFM2_WeightedOp<"embed",
    [LFM2_Answers<["getWeightUses", "getPhaseName"]>]> {
  let summary = "Rows of the embedding, one per token id";
  let description = [{
    `output[t] = weight[ids[t]]`, without a scale. Ids are below V.

    With `embeddings`, what something else than this model made of an image or a
    sound can stand among the tokens: an id below 0 takes a row of it,
    `output[t] = embeddings[-1 - ids[t]]`.

    Shapes: `ids [T]`, `weight [V, h]`, `embeddings [?, h]`, `output [T, h]`.

    ```mlir
    %x = lfm2.embed %ids, @token_embd.weight : tensor<?xi32> -> tensor<?x1024xf32>
    ```
    ```mlir
    %x = lfm2.embed %ids, @token_embd.weight embeddings(%rows)
        : tensor<?xi32>, tensor<?x1024xf32> -> tensor<?x1024xf32>
    ```
  }];
  let arguments = (ins LFM2_Ids:$ids, FlatSymbolRefAttr:$weight,
                       Optional<LFM2_Activations>:$embeddings);
  let results = (outs LFM2_Activations:$output);
  let assemblyFormat = [{
    $ids `,` $weight (`embeddings` `(` $embeddings^ `)`)? attr-dict
    `:` type($ids) (`,` type($embeddings)^)? `->` type($output)
  }];
  let hasVerifier = 1;
}

def LFM2_HeadOp : LFM2_WeightedOp<"head",
    [LFM2_Answers<["getNeed", "getWeightUses", "getPhaseName", "getMultiplied"]>]> {
  let summary = "Logits of every token";
  let description = [{
    `output = x * transpose(weight)`: the product of `lfm2.linear`, set apart
    because it is the end of the model: its rows are asked for of few tokens
    only, and its weight is often the one of `lfm2.embed`.

    Shapes: `x [T, h]`, `weight [V, h]`, `output [T, V]`.

    ```mlir
    %logits = lfm2.head %x, @token_embd.weight : tensor<?x1024xf32> -> tensor<?x65536xf32>
    ```
  }];
  let arguments = (ins LFM2_Activations:$x, FlatSymbolRefAttr:$weight);
  let results = (outs LFM2_Activations:$output);
  let assemblyFormat = [{
    $x `,` $weight attr-dict `:` type($x) `->` type($output)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Norm and projection
//===----------------------------------------------------------------------===//

def LFM2_RMSNormOp : LFM2_WeightedOp<"rms_norm",
    [LFM2_Answers<["isMadeByEveryThread"]>,
    AllTypesMatch<["x", "output"]>]> {
  let summary = "Root mean square norm over the channels";
  let description = [{
    `output[t, i] = weight[i] * x[t, i] / sqrt(mean_j(x[t, j]^2) + eps)`.

    Shapes: `x [T, h]`, `weight [h]`, `output [T, h]`.

    ```mlir
    %u = lfm2.rms_norm %x, @blk.0.attn_norm.weight eps(1.000000e-05) : tensor<?x1024xf32>
    ```
  }];
  let arguments = (ins LFM2_Activations:$x, FlatSymbolRefAttr:$weight,
                       F64Attr:$eps);
  let results = (outs LFM2_Activations:$output);
  let assemblyFormat = [{
    $x `,` $weight `eps` `(` $eps `)` attr-dict `:` type($x)
  }];
  let hasVerifier = 1;
}

def LFM2_LinearOp : LFM2_WeightedOp<"linear",
    [LFM2_Answers<["getNeed", "getWeightUses", "getPhaseName", "getMultiplied", "getProduct"]>]> {
  let summary = "Product with a weight matrix";
  let description = [{
    `output = x * transpose(weight)`; there is no bias in this family.

    Shapes: `x [T, K]`, `weight [N, K]`, `output [T, N]`.

    ```mlir
    %q = lfm2.linear %u, @blk.2.attn_q.weight : tensor<?x1024xf32> -> tensor<?x1024xf32>
    ```
  }];
  let arguments = (ins LFM2_Activations:$x, FlatSymbolRefAttr:$weight);
  let results = (outs LFM2_Activations:$output);
  let assemblyFormat = [{
    $x `,` $weight attr-dict `:` type($x) `->` type($output)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Token mixers
//===----------------------------------------------------------------------===//

def LFM2_ShortConvOp : LFM2_WeightedOp<"short_conv",
    [LFM2_Answers<["getNeed", "getPhaseName"]>,
    AllTypesMatch<["state", "nextState"]>]> {
  let summary = "Gated depthwise convolution with carried state";
  let description = [{
    The token mixer of the convolution layers. `gates` holds the projections
    `B`, `C` and `x` side by side in the channel dimension. With `g = B * x`,
    elementwise, and the L - 1 rows of `state` standing before the rows of `g`:

    `output[t, c] = C[t, c] * sum_k filter[c, k] * g[t - (L - 1) + k, c]`

    so that `filter[c, L - 1]` meets the current token. There is no bias and no
    activation.

    `state` holds the last L - 1 rows of `g`, oldest first; a new sequence starts
    from zeros. `nextState` is what the following call must receive, so decode
    is this very op with T = 1.

    Shapes: `gates [T, 3*h]`, `filter [h, L]`, `state [L - 1, h]`,
    `output [T, h]`.

    ```mlir
    %y, %s1 = lfm2.short_conv %gates, @blk.0.shortconv.conv.weight state(%s0)
        : tensor<?x3072xf32>, tensor<2x1024xf32> -> tensor<?x1024xf32>
    ```
  }];
  let arguments = (ins LFM2_Activations:$gates, FlatSymbolRefAttr:$filter,
                       LFM2_Activations:$state);
  let results = (outs LFM2_Activations:$output, LFM2_Activations:$nextState);
  let assemblyFormat = [{
    $gates `,` $filter `state` `(` $state `)` attr-dict
    `:` type($gates) `,` type($state) `->` type($output)
  }];
  let extraClassDeclaration = [{
    int64_t getTaps() { return getState().getType().getDimSize(0) + 1; }
    int64_t getChannels() { return getState().getType().getDimSize(1); }
  }];
  let hasVerifier = 1;
}

def LFM2_CentredConvOp : LFM2_WeightedOp<"centred_conv",
    [LFM2_Answers<["getNeed", "getPhaseName"]>]> {
  let summary = "Gated depthwise convolution over both neighbours";
  let description = [{
    The token mixer of the convolution layers of models that are not causal. As in
    `lfm2.short_conv`, `gates` holds `B`, `C` and `x` side by side and `g = B * x`,
    but the filter reaches (L - 1) / 2 tokens to both sides, L being odd:

    `output[t, c] = C[t, c] * sum_k filter[c, k] * g[t - (L - 1) / 2 + k, c]`

    with zeros outside of the call's tokens. So a text is given whole, and nothing
    is carried.

    Shapes: `gates [T, 3*h]`, `filter [h, L]`, `output [T, h]`.

    ```mlir
    %y = lfm2.centred_conv %gates, @blk.0.shortconv.conv.weight
        : tensor<?x3072xf32> -> tensor<?x1024xf32>
    ```
  }];
  let arguments = (ins LFM2_Activations:$gates, FlatSymbolRefAttr:$filter);
  let results = (outs LFM2_Activations:$output);
  let assemblyFormat = [{
    $gates `,` $filter attr-dict `:` type($gates) `->` type($output)
  }];
  let hasVerifier = 1;
}

def LFM2_HeadNormRopeOp : LFM2_WeightedOp<"head_norm_rope",
    [LFM2_Answers<["getNeed"]>,
    AllTypesMatch<["x", "output"]>]> {
  let summary = "Norm of each head, then rotation by position";
  let description = [{
    What queries and keys pass through before attention. Each head z of D
    channels is normed, `n[i] = weight[i] * z[i] / sqrt(mean(z^2) + eps)`, with
    one weight for all heads, then rotated in halves: for `i < D / 2`,

    `output[i]         = n[i] * cos(a) - n[i + D/2] * sin(a)`
    `output[i + D/2]   = n[i + D/2] * cos(a) + n[i] * sin(a)`

    with `a = p * theta^(-2i / D)`, p being `position` for the first token, one
    more for each that follows. With `scaling` s, of a model that was stretched to
    longer texts, `a = p * theta^(-2i / D) * s.scales[i]`, and s.magnitude times
    cos(a) and sin(a) stand for them.

    Shapes: `x [T, heads*D]`, `weight [D]`, `output [T, heads*D]`.

    ```mlir
    %qr = lfm2.head_norm_rope %q, @blk.2.attn_q_norm.weight position(%p) heads(16 of 64)
        eps(1.000000e-05) theta(1.000000e+06) : tensor<?x1024xf32>
    ```
    ```mlir
    %kr = lfm2.head_norm_rope %k, @head_norm position(%p) heads(2 of 8)
        eps(1.000000e-05) theta(1.000000e+06) scaling(#rope_scaling) : tensor<?x16xf32>
    ```
  }];
  let arguments = (ins LFM2_Activations:$x, FlatSymbolRefAttr:$weight,
                       Index:$position, I64Attr:$heads, I64Attr:$head_size,
                       F64Attr:$eps, F64Attr:$theta,
                       OptionalAttr<LFM2_RopeScalingAttr>:$scaling);
  let results = (outs LFM2_Activations:$output);
  let assemblyFormat = [{
    $x `,` $weight `position` `(` $position `)`
    `heads` `(` $heads `of` $head_size `)` `eps` `(` $eps `)`
    `theta` `(` $theta `)` (`scaling` `(` $scaling^ `)`)? attr-dict
    `:` type($x)
  }];
  let hasVerifier = 1;
}

def LFM2_AttentionOp : LFM2_Op<"attention", [LFM2_ModelOpInterface,
    Pure,
    AllTypesMatch<["q", "output"]>, AllTypesMatch<["k", "v"]>,
    AllTypesMatch<["keys", "values", "nextKeys", "nextValues"]>]> {
  let summary = "Grouped-query attention over a cache of keys and values";
  let description = [{
    `k` and `v` are written to rows `position`, `position + 1`, ... of the cache,
    rounded to its element type; `nextKeys` and `nextValues` are the caches with
    these rows replaced. Then, for the token at position p and head j,

    `output = softmax_s(q . nextKeys[s, g] / sqrt(D)) . nextValues[s, g]`

    where `g = j / (H / G)`. With `causal`, s runs over positions 0 to p; without
    it, over all positions up to the last token of this call.

    Rows of the cache from `position + T` on are not read. The capacity C is at
    least `position + T`.

    In caches of `!lfm2.quant<q8_0>` and `!lfm2.quant<q4_0>` some channels of a
    head share an f16 scale d: the most, up to 32, of an even number that divides
    D / 2. Of q8_0, d is the largest magnitude of them by 127 and a
    channel is d times an integer from -127 to 127; of q4_0, d is the channel of
    the largest magnitude by -8, and a channel d times an integer from -8 to 7.
    Integers are the nearest, those of x / d, with d as it is stored.

    Shapes: `q [T, H*D]`, `k` and `v [T, G*D]`, caches `[C, G, D]`,
    `output [T, H*D]`.

    ```mlir
    %y, %k1, %v1 = lfm2.attention %q, %k, %v cache(%k0, %v0) position(%p)
        heads(16 of 64) kv_heads(8) causal
        : tensor<?x1024xf32>, tensor<?x512xf32>, tensor<?x8x64xf16>
    ```
  }];
  let arguments = (ins LFM2_Activations:$q, LFM2_Activations:$k,
                       LFM2_Activations:$v, LFM2_Cache:$keys,
                       LFM2_Cache:$values, Index:$position, I64Attr:$heads,
                       I64Attr:$kv_heads, I64Attr:$head_size,
                       UnitAttr:$causal);
  let results = (outs LFM2_Activations:$output, LFM2_Cache:$nextKeys,
                      LFM2_Cache:$nextValues);
  let assemblyFormat = [{
    $q `,` $k `,` $v `cache` `(` $keys `,` $values `)`
    `position` `(` $position `)` `heads` `(` $heads `of` $head_size `)`
    `kv_heads` `(` $kv_heads `)` (`causal` $causal^)? attr-dict
    `:` type($q) `,` type($k) `,` type($keys)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Feed-forward
//===----------------------------------------------------------------------===//

def LFM2_SwiGLUOp : LFM2_Op<"swiglu", [LFM2_Answers<["getNeed", "getPhaseName"]>,
    Pure,
    AllTypesMatch<["gate", "up", "output"]>]> {
  let summary = "Gated activation of the feed-forward";
  let description = [{
    `output = silu(gate) * up`, elementwise, with `silu(z) = z / (1 + exp(-z))`.

    Shapes: all `[T, F]`.

    ```mlir
    %a = lfm2.swiglu %gate, %up : tensor<?x4608xf32>
    ```
  }];
  let arguments = (ins LFM2_Activations:$gate, LFM2_Activations:$up);
  let results = (outs LFM2_Activations:$output);
  let assemblyFormat = "$gate `,` $up attr-dict `:` type($gate)";
}

def LFM2_RouteOp : LFM2_WeightedOp<"route",
    [LFM2_Answers<["getNeed", "isMadeByEveryThread", "getMultiplied"]>]> {
  let summary = "Choice of experts for each token";
  let description = [{
    With `s = sigmoid(u * transpose(gate))`, E scores per token, `experts` are the
    K experts with the largest `s + bias`, the largest first and the lower index
    first among equals; `weights` are their scores s, without the bias. With
    `normalize` these are divided by their sum plus 1e-6. Then they are
    multiplied by `scale`.

    Shapes: `u [T, h]`, `gate [E, h]`, `bias [E]`, `weights` and
    `experts [T, K]`.

    ```mlir
    %w, %e = lfm2.route %u, @blk.2.ffn_gate_inp.weight bias(@blk.2.exp_probs_b.bias)
        use(4) normalize scale(1.000000e+00)
        : tensor<?x2048xf32> -> tensor<?x4xf32>, tensor<?x4xi32>
    ```
  }];
  let arguments = (ins LFM2_Activations:$u, FlatSymbolRefAttr:$gate,
                       OptionalAttr<FlatSymbolRefAttr>:$bias, I64Attr:$used,
                       UnitAttr:$normalize, F64Attr:$scale);
  let results = (outs LFM2_Activations:$weights, LFM2_ExpertIds:$experts);
  let assemblyFormat = [{
    $u `,` $gate (`bias` `(` $bias^ `)`)? `use` `(` $used `)`
    (`normalize` $normalize^)? `scale` `(` $scale `)` attr-dict
    `:` type($u) `->` type($weights) `,` type($experts)
  }];
  let hasVerifier = 1;
}

def LFM2_ExpertsOp : LFM2_WeightedOp<"experts",
    [LFM2_Answers<["getWeightUses", "getExpertsUsed"]>,
    AllTypesMatch<["u", "output"]>]> {
  let summary = "Weighted sum of the chosen experts' feed-forwards";
  let description = [{
    For each token, with j over its K experts e(j) and their weights w(j):

    `output = sum_j w(j) * down[e(j)] . (silu(gate[e(j)] . u) * (up[e(j)] . u))`

    Shapes: `u [T, h]`, `weights` and `experts [T, K]`, `gate` and
    `up [E, F, h]`, `down [E, h, F]`, `output [T, h]`.

    ```mlir
    %y = lfm2.experts %u, %w, %e gate(@blk.2.ffn_gate_exps.weight)
        up(@blk.2.ffn_up_exps.weight) down(@blk.2.ffn_down_exps.weight)
        : tensor<?x2048xf32>, tensor<?x4xf32>, tensor<?x4xi32>
    ```
  }];
  let arguments = (ins LFM2_Activations:$u, LFM2_Activations:$weights,
                       LFM2_ExpertIds:$experts, FlatSymbolRefAttr:$gate,
                       FlatSymbolRefAttr:$up, FlatSymbolRefAttr:$down);
  let results = (outs LFM2_Activations:$output);
  let assemblyFormat = [{
    $u `,` $weights `,` $experts `gate` `(` $gate `)` `up` `(` $up `)`
    `down` `(` $down `)` attr-dict
    `:` type($u) `,` type($weights) `,` type($experts)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Vectors of texts
//===----------------------------------------------------------------------===//

def LFM2_PoolOp : LFM2_Op<"pool", [Pure,
    LFM2_Answers<["getPhaseName"]>]> {
  let summary = "One row for a whole text";
  let description = [{
    What a model for search makes of the hidden states of a text: their `mean`, or
    that of its first (`cls`) or `last` token.

    `output` has a row for each text of the call: one here, where a call has one
    text. A program may take several in a step.

    Shapes: `x [T, h]`, `output [?, h]`.

    ```mlir
    %y = lfm2.pool %x kind(mean) : tensor<?x1024xf32> -> tensor<?x1024xf32>
    ```
  }];
  let arguments = (ins LFM2_Activations:$x,
                       LFM2_PoolKindAttr:$kind);
  let results = (outs LFM2_Activations:$output);
  let assemblyFormat = [{
    $x `kind` `(` $kind `)` attr-dict `:` type($x) `->` type($output)
  }];
  let hasVerifier = 1;
}

#endif // LFM2C_DIALECTS_LFM2_IR_LFM2OPS_TD
