#ifndef LFM2C_PASSES_QUANT_PASSES_TD
#define LFM2C_PASSES_QUANT_PASSES_TD

include "mlir/Pass/PassBase.td"

def QuantizePass : Pass<"lfm2-quantize", "::mlir::ModuleOp"> {
  let summary = "Choose the format that matrices are stored in";
  let description = [{
    Changes the types of `lfm2.weight` ops, and nothing else; the packer converts
    the values. A weight is changed if all that reads it are products
    (`lfm2.linear`, `lfm2.experts`, `lfm2.head`) or the embedding (`lfm2.embed`).
    So norms, convolution filters and the router keep their formats: they are
    small, and what they lose would be felt.

    Which format each gets is said by a recipe: one of the presets, as `q4_k_m`, or
    lines of patterns and formats (`lib/Quantize/Recipe.h`). The embedding and the
    head are what `lfm2.embed` and `lfm2.head` read.

    Left as they are, with a remark: weights that are quantised already, since
    nothing gets better by quantising twice. Those whose rows are no whole blocks of
    the format get one of smaller blocks, or f16, as llama-quantize gives them, with
    a remark, too.

    ```mlir
    // lfm2-opt --lfm2-quantize=format=q4_0
    lfm2.weight @token_embd : tensor<96x32xf32>
    lfm2.weight @norm : tensor<32xf32>
    lfm2.weight @up : tensor<64x32xbf16>
    func.func @forward(%ids: tensor<?xi32>) -> tensor<?x64xf32> {
      %x = lfm2.embed %ids, @token_embd : tensor<?xi32> -> tensor<?x32xf32>
      %n = lfm2.rms_norm %x, @norm eps(1.000000e-05) : tensor<?x32xf32>
      %u = lfm2.linear %n, @up : tensor<?x32xf32> -> tensor<?x64xf32>
      return %u : tensor<?x64xf32>
    }
    ```

    becomes

    ```mlir
    lfm2.weight @token_embd : tensor<96x32x!lfm2.quant<q8_0>>
    lfm2.weight @norm : tensor<32xf32>
    lfm2.weight @up : tensor<64x32x!lfm2.quant<q4_0>>
    func.func @forward(%ids: tensor<?xi32>) -> tensor<?x64xf32> {
      %x = lfm2.embed %ids, @token_embd : tensor<?xi32> -> tensor<?x32xf32>
      %n = lfm2.rms_norm %x, @norm eps(1.000000e-05) : tensor<?x32xf32>
      %u = lfm2.linear %n, @up : tensor<?x32xf32> -> tensor<?x64xf32>
      return %u : tensor<?x64xf32>
    }
    ```
  }];
  let options = [Option<"format", "format", "std::string", /*default=*/"\"q8_0\"",
                        "A preset, or a file with a recipe: its name, where rules are given">,
                 Option<"rules", "rules", "std::string", /*default=*/"\"\"",
                        "The text of the recipe, in place of that of the preset or file">];
  let statistics = [Statistic<"numChanged", "num-changed", "Weights changed">,
                    Statistic<"numOthers", "num-others",
                              "Weights whose rows do not fit the format asked for">,
                    Statistic<"numLeft", "num-left", "Weights left as they are">];
}

def ChooseCachesPass : Pass<"lfm2-choose-caches", "::mlir::ModuleOp"> {
  let summary = "Choose what caches of keys and values hold";
  let description = [{
    Changes the element type of all caches: of the arguments and results with the
    roles `keys` and `values`, and of the `lfm2.attention` between them. It refuses
    `q8_0` and `q4_0` where heads are no multiple of 4 channels, and caches that
    something else than attention reads.

    ```mlir
    // lfm2-opt --lfm2-choose-caches=format=q8_0
    func.func @forward(%q: tensor<?x64xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>,
                       %k0: tensor<?x2x16xf16>, %v0: tensor<?x2x16xf16>, %p: index)
        -> (tensor<?x64xf32>, tensor<?x2x16xf16>, tensor<?x2x16xf16>) {
      %y, %k1, %v1 = lfm2.attention %q, %k, %v cache(%k0, %v0) position(%p)
          heads(4 of 16) kv_heads(2) causal
          : tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x2x16xf16>
      return %y, %k1, %v1 : tensor<?x64xf32>, tensor<?x2x16xf16>, tensor<?x2x16xf16>
    }
    ```

    becomes

    ```mlir
    func.func @forward(%q: tensor<?x64xf32>, %k: tensor<?x32xf32>, %v: tensor<?x32xf32>,
                       %k0: tensor<?x2x16x!lfm2.quant<q8_0>>,
                       %v0: tensor<?x2x16x!lfm2.quant<q8_0>>, %p: index)
        -> (tensor<?x64xf32>, tensor<?x2x16x!lfm2.quant<q8_0>>,
            tensor<?x2x16x!lfm2.quant<q8_0>>) {
      %y, %k1, %v1 = lfm2.attention %q, %k, %v cache(%k0, %v0) position(%p)
          heads(4 of 16) kv_heads(2) causal
          : tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x2x16x!lfm2.quant<q8_0>>
      return %y, %k1, %v1 : tensor<?x64xf32>, tensor<?x2x16x!lfm2.quant<q8_0>>,
                            tensor<?x2x16x!lfm2.quant<q8_0>>
    }
    ```
  }];
  let options = [Option<"format", "format", "std::string", /*default=*/"\"f16\"",
                        "What caches hold: f16, f32, q8_0 or q4_0">];
  let dependentDialects = ["::lfm2c::lfm2::LFM2Dialect"];
}

#endif // LFM2C_PASSES_QUANT_PASSES_TD
