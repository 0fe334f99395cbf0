// RUN: lfm2-opt %s -o /dev/null
// RUN: %python %S/Inputs/check_examples.py %s %root/dialects/lfm2/IR

// The examples of the ops' and types' descriptions, word for word: the second
// command fails for one that is not here.

lfm2.weight @blk.0.attn_norm.weight : tensor<1024xf32>
lfm2.weight @blk.0.ffn_up.weight : tensor<4608x1024x!lfm2.quant<q4_0>>

lfm2.weight @token_embd.weight : tensor<65536x1024x!lfm2.quant<q6_k>>
lfm2.weight @blk.0.shortconv.conv.weight : tensor<1024x3xf32>
lfm2.weight @blk.2.attn_q.weight : tensor<1024x1024xbf16>
lfm2.weight @blk.2.attn_q_norm.weight : tensor<64xf32>
lfm2.weight @blk.2.ffn_gate_inp.weight : tensor<32x2048xf32>
lfm2.weight @blk.2.exp_probs_b.bias : tensor<32xf32>
lfm2.weight @blk.2.ffn_gate_exps.weight : tensor<32x1792x2048xf16>
lfm2.weight @blk.2.ffn_up_exps.weight : tensor<32x1792x2048x!lfm2.quant<q8_0>>
lfm2.weight @blk.2.ffn_down_exps.weight : tensor<32x2048x1792x!lfm2.quant<q5_k>>

func.func @embed_and_head(%ids: tensor<?xi32>) -> tensor<?x65536xf32> {
  %x = lfm2.embed %ids, @token_embd.weight : tensor<?xi32> -> tensor<?x1024xf32>
  %logits = lfm2.head %x, @token_embd.weight : tensor<?x1024xf32> -> tensor<?x65536xf32>
  return %logits : tensor<?x65536xf32>
}

func.func @given_embeddings(%ids: tensor<?xi32>, %rows: tensor<?x1024xf32>)
    -> tensor<?x1024xf32> {
  %x = lfm2.embed %ids, @token_embd.weight embeddings(%rows)
      : tensor<?xi32>, tensor<?x1024xf32> -> tensor<?x1024xf32>
  return %x : tensor<?x1024xf32>
}

func.func @norm_and_projection(%x: tensor<?x1024xf32>) -> tensor<?x1024xf32> {
  %u = lfm2.rms_norm %x, @blk.0.attn_norm.weight eps(1.000000e-05) : tensor<?x1024xf32>
  %q = lfm2.linear %u, @blk.2.attn_q.weight : tensor<?x1024xf32> -> tensor<?x1024xf32>
  return %q : tensor<?x1024xf32>
}

func.func @convolution(%gates: tensor<?x3072xf32>, %s0: tensor<2x1024xf32>)
    -> (tensor<?x1024xf32>, tensor<2x1024xf32>) {
  %y, %s1 = lfm2.short_conv %gates, @blk.0.shortconv.conv.weight state(%s0)
      : tensor<?x3072xf32>, tensor<2x1024xf32> -> tensor<?x1024xf32>
  return %y, %s1 : tensor<?x1024xf32>, tensor<2x1024xf32>
}

func.func @centred_convolution(%gates: tensor<?x3072xf32>) -> tensor<?x1024xf32> {
  %y = lfm2.centred_conv %gates, @blk.0.shortconv.conv.weight
      : tensor<?x3072xf32> -> tensor<?x1024xf32>
  return %y : tensor<?x1024xf32>
}

func.func @rope(%q: tensor<?x1024xf32>, %p: index) -> tensor<?x1024xf32> {
  %qr = lfm2.head_norm_rope %q, @blk.2.attn_q_norm.weight position(%p) heads(16 of 64)
      eps(1.000000e-05) theta(1.000000e+06) : tensor<?x1024xf32>
  return %qr : tensor<?x1024xf32>
}

#rope_scaling = #lfm2.rope_scaling<
    magnitude = 1.100000e+00, scales = [1.000000e+00, 6.250000e-01, 2.500000e-01, 2.500000e-01]>

lfm2.weight @head_norm : tensor<8xf32>

func.func @scaled_rope(%k: tensor<?x16xf32>, %p: index) -> tensor<?x16xf32> {
  %kr = lfm2.head_norm_rope %k, @head_norm position(%p) heads(2 of 8)
      eps(1.000000e-05) theta(1.000000e+06) scaling(#rope_scaling) : tensor<?x16xf32>
  return %kr : tensor<?x16xf32>
}

func.func @attention(%q: tensor<?x1024xf32>, %k: tensor<?x512xf32>, %v: tensor<?x512xf32>,
                     %k0: tensor<?x8x64xf16>, %v0: tensor<?x8x64xf16>, %p: index)
    -> (tensor<?x1024xf32>, tensor<?x8x64xf16>, tensor<?x8x64xf16>) {
  %y, %k1, %v1 = lfm2.attention %q, %k, %v cache(%k0, %v0) position(%p)
      heads(16 of 64) kv_heads(8) causal
      : tensor<?x1024xf32>, tensor<?x512xf32>, tensor<?x8x64xf16>
  return %y, %k1, %v1 : tensor<?x1024xf32>, tensor<?x8x64xf16>, tensor<?x8x64xf16>
}

func.func @feed_forward(%gate: tensor<?x4608xf32>, %up: tensor<?x4608xf32>) -> tensor<?x4608xf32> {
  %a = lfm2.swiglu %gate, %up : tensor<?x4608xf32>
  return %a : tensor<?x4608xf32>
}

func.func @mixture(%u: tensor<?x2048xf32>) -> tensor<?x2048xf32> {
  %w, %e = lfm2.route %u, @blk.2.ffn_gate_inp.weight bias(@blk.2.exp_probs_b.bias)
      use(4) normalize scale(1.000000e+00)
      : tensor<?x2048xf32> -> tensor<?x4xf32>, tensor<?x4xi32>
  %y = lfm2.experts %u, %w, %e gate(@blk.2.ffn_gate_exps.weight)
      up(@blk.2.ffn_up_exps.weight) down(@blk.2.ffn_down_exps.weight)
      : tensor<?x2048xf32>, tensor<?x4xf32>, tensor<?x4xi32>
  return %y : tensor<?x2048xf32>
}

func.func @vector(%x: tensor<?x1024xf32>) -> tensor<?x1024xf32> {
  %y = lfm2.pool %x kind(mean) : tensor<?x1024xf32> -> tensor<?x1024xf32>
  return %y : tensor<?x1024xf32>
}

func.func @model(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>},
                 %p: index {lfm2.role = #lfm2.role<position>})
    -> (tensor<?x1024xf32> {lfm2.role = #lfm2.role<hidden>}) {
  %x = lfm2.embed %ids, @token_embd.weight : tensor<?xi32> -> tensor<?x1024xf32>
  return %x : tensor<?x1024xf32>
}

func.func @part_of_layer(%x: tensor<?x1024xf32>) -> tensor<?x1024xf32> {
  %y = arith.addf %x, %x {lfm2.layer = #lfm2.layer<index = 3, kind = "conv_ffn">} : tensor<?x1024xf32>
  return %y : tensor<?x1024xf32>
}

module attributes {lfm2.model = #lfm2.model<
    name = "LFM2-350M", architecture = "lfm2", hidden = 1024, vocab = 65536,
    heads = 16, head_size = 64, taps = 3, context_length = 128000,
    norm_eps = 1.000000e-05, rope_theta = 1.000000e+06, causal = true,
    layers = [conv, attention]>} {
}

module attributes {lfm2.options = #lfm2.options<pre = "qwen2", quantize = "q8_0", context_length = 2048>} {
}
