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

    The embedding and the head are sensitive too: with a format of fewer than 8
    bits they become `q8_0`.

    Left as they are, with a remark: weights that are quantised already, since
    nothing gets better by quantising twice, and those whose rows are no whole
    blocks of the format.

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
                        "Format of matrices: q8_0, q4_0, bf16, f16 or f32">];
  let statistics = [Statistic<"numChanged", "num-changed", "Weights changed">,
                    Statistic<"numLeft", "num-left", "Weights left as they are">];
}

#endif // LFM2C_PASSES_QUANT_PASSES_TD
