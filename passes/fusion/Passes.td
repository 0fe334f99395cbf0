#ifndef LFM2C_PASSES_FUSION_PASSES_TD
#define LFM2C_PASSES_FUSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def FusePhasesPass : Pass<"lfm2-fuse-phases", "::mlir::ModuleOp"> {
  let summary = "Gather the ops of the model into the work between two barriers";
  let description = [{
    Walks `@forward` in order and lets an op join the running phase where a
    thread has all that the op reads, as the op says by `ModelOpInterface`: a
    contraction joins the norm before it (every thread norms for itself) and its
    siblings over the same input; a short convolution, a head's norm and RoPE,
    SwiGLU, a cache write and a residual sum join the contraction whose rows they
    work on. All else waits for all threads and opens a new phase; so does the
    first op of another layer, and a head beside other contractions of the same
    input: it is for those tokens alone of which logits are asked. `lfm2.attention` and `lfm2.experts` are split where
    threads need each other's results: experts in two, attention in three, the
    last of which (`exec.attend_merge`) every thread does for itself, as it
    does a norm. The mark `lfm2.layer` goes from the ops to their phase.

    A conv layer with a dense feed-forward part becomes 4 phases, an attention
    layer 5.

    ```mlir
    // lfm2-opt --lfm2-fuse-phases
    lfm2.weight @norm : tensor<32xf32>
    lfm2.weight @gate : tensor<64x32xf32>
    lfm2.weight @up : tensor<64x32xf32>
    lfm2.weight @down : tensor<32x64xf32>
    func.func @forward(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
      %n = lfm2.rms_norm %x, @norm eps(1.000000e-05) : tensor<?x32xf32>
      %g = lfm2.linear %n, @gate : tensor<?x32xf32> -> tensor<?x64xf32>
      %u = lfm2.linear %n, @up : tensor<?x32xf32> -> tensor<?x64xf32>
      %a = lfm2.swiglu %g, %u : tensor<?x64xf32>
      %d = lfm2.linear %a, @down : tensor<?x64xf32> -> tensor<?x32xf32>
      %y = arith.addf %x, %d : tensor<?x32xf32>
      return %y : tensor<?x32xf32>
    }
    ```

    becomes

    ```mlir
    ...
    func.func @forward(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
      %hidden = exec.phase "gate_up" -> tensor<?x64xf32> {
        %n = lfm2.rms_norm %x, @norm eps(1.000000e-05) : tensor<?x32xf32>
        %g = lfm2.linear %n, @gate : tensor<?x32xf32> -> tensor<?x64xf32>
        %u = lfm2.linear %n, @up : tensor<?x32xf32> -> tensor<?x64xf32>
        %a = lfm2.swiglu %g, %u : tensor<?x64xf32>
        exec.yield %a : tensor<?x64xf32>
      }
      %y = exec.phase "down" -> tensor<?x32xf32> {
        %d = lfm2.linear %hidden, @down : tensor<?x64xf32> -> tensor<?x32xf32>
        %s = arith.addf %x, %d : tensor<?x32xf32>
        exec.yield %s : tensor<?x32xf32>
      }
      return %y : tensor<?x32xf32>
    }
    ```

    Remarks (`--remarks-filter-missed=lfm2-fuse-phases`) say why an op opens a phase.
  }];
  let dependentDialects = ["::lfm2c::exec::ExecDialect"];
  let statistics = [Statistic<"numPhases", "num-phases", "Phases formed">];
}

def OutlineLayersPass : Pass<"lfm2-outline-layers", "::mlir::ModuleOp"> {
  let summary = "Make one function of all layers that are alike";
  let description = [{
    A layer is the run of phases with one mark `lfm2.layer`. Layers whose phases
    differ in nothing but the names of weights of equal types become one
    `exec.layer`, called after their kind; `@forward` calls it with each layer's
    weights and state. Phases without a mark (embedding, head) stay where they
    are, and in a module without marks all do.

    Declines a layer whose phases do not stand behind each other.

    ```mlir
    // lfm2-opt --lfm2-fuse-phases --lfm2-outline-layers
    #layer0 = #lfm2.layer<index = 0, kind = "ffn">
    #layer1 = #lfm2.layer<index = 1, kind = "ffn">
    lfm2.weight @blk.0.down.weight : tensor<32x32xf32>
    lfm2.weight @blk.1.down.weight : tensor<32x32xf32>
    func.func @forward(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
      %0 = lfm2.linear %x, @blk.0.down.weight {lfm2.layer = #layer0} : tensor<?x32xf32> -> tensor<?x32xf32>
      %1 = arith.addf %x, %0 {lfm2.layer = #layer0} : tensor<?x32xf32>
      %2 = lfm2.linear %1, @blk.1.down.weight {lfm2.layer = #layer1} : tensor<?x32xf32> -> tensor<?x32xf32>
      %3 = arith.addf %1, %2 {lfm2.layer = #layer1} : tensor<?x32xf32>
      return %3 : tensor<?x32xf32>
    }
    ```

    becomes

    ```mlir
    ...
    exec.layer @ffn {
    ^bb0(%x: tensor<?x32xf32>):
      lfm2.weight @down : tensor<32x32xf32>
      %y = exec.phase "out" -> tensor<?x32xf32> {
        %d = lfm2.linear %x, @down : tensor<?x32xf32> -> tensor<?x32xf32>
        %s = arith.addf %x, %d : tensor<?x32xf32>
        exec.yield %s : tensor<?x32xf32>
      }
      exec.yield %y : tensor<?x32xf32>
    }
    func.func @forward(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
      %0 = exec.call @ffn(%x) weights [@blk.0.down.weight] : (tensor<?x32xf32>) -> tensor<?x32xf32>
      %1 = exec.call @ffn(%0) weights [@blk.1.down.weight] : (tensor<?x32xf32>) -> tensor<?x32xf32>
      return %1 : tensor<?x32xf32>
    }
    ```
  }];
  let dependentDialects = ["::lfm2c::exec::ExecDialect"];
  let statistics = [Statistic<"numLayers", "num-layers", "Layers outlined">,
                    Statistic<"numKinds", "num-kinds", "Kinds of layers found">];
}

def KeepInputsPass : Pass<"exec-keep-inputs", "::mlir::ModuleOp"> {
  let summary = "Keep of each step what its products read, for calibration";
  let description = [{
    Puts a phase behind each phase that multiplies by weights, which keeps what is
    multiplied (`exec.keep`): rows of f32, before anything is rounded for the product.
    They are state of the sequence, with the role `kept`, so that whoever runs a step
    finds them afterwards. Of experts the ids that were chosen are kept, too. A value
    that several products read is kept once. `exec.kept` lists all of them in the
    order of their arguments.

    Declines the router, which is never quantised.

    To be run between `lfm2-fuse-phases` and `lfm2-outline-layers`; `tokens` is the
    size of the largest step.

    ```mlir
    // lfm2-opt --exec-keep-inputs=tokens=8
    lfm2.weight @up : tensor<64x32xf32>
    func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>},
                       %x: tensor<?x32xf32> {lfm2.role = #lfm2.role<embeddings>})
        -> (tensor<?x64xf32> {lfm2.role = #lfm2.role<hidden>}) {
      %y = exec.phase "linear" -> tensor<?x64xf32> {
        %u = lfm2.linear %x, @up : tensor<?x32xf32> -> tensor<?x64xf32>
        exec.yield %u : tensor<?x64xf32>
      }
      return %y : tensor<?x64xf32>
    }
    ```

    becomes

    ```mlir
    module attributes {exec.kept = [#exec.kept<weights = ["up"], columns = 32, stride = 32, rows = 8, per_token = 1,
                                               choices = -1>]} {
      ...
      func.func @forward(%ids: tensor<?xi32> {...}, %x: tensor<?x32xf32> {...},
                         %s: tensor<8x32xf32> {lfm2.role = #lfm2.role<kept>})
          -> (tensor<?x64xf32> {...}, tensor<8x32xf32> {lfm2.role = #lfm2.role<kept>}) {
        %y = exec.phase "linear" -> tensor<?x64xf32> {
          %u = lfm2.linear %x, @up : tensor<?x32xf32> -> tensor<?x64xf32>
          exec.yield %u : tensor<?x64xf32>
        }
        %n = exec.phase "keep" -> tensor<8x32xf32> {
          %k = exec.keep %x into %s : tensor<?x32xf32>, tensor<8x32xf32>
          exec.yield %k : tensor<8x32xf32>
        }
        return %y, %n : tensor<?x64xf32>, tensor<8x32xf32>
      }
    }
    ```
  }];
  let dependentDialects = ["::lfm2c::exec::ExecDialect"];
  let options = [Option<"tokens", "tokens", "int64_t", /*default=*/"128",
                        "Tokens of the largest step">];
  let statistics = [Statistic<"numKept", "num-kept", "Values kept">];
}

#endif // LFM2C_PASSES_FUSION_PASSES_TD
