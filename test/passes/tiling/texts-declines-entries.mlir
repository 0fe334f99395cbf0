// RUN: lfm2-opt %s --exec-cut-phases=entries=1,8 --verify-diagnostics

// Whole texts have one size of step.
lfm2.weight @embd : tensor<16x8xf32>
lfm2.weight @in : tensor<24x8xf32>
lfm2.weight @filter : tensor<8x3xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>})
    -> (tensor<?x8xf32> {lfm2.role = #lfm2.role<hidden>}) {
  %x = exec.phase "embed" -> tensor<?x8xf32> {
    %e = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x8xf32>
    exec.yield %e : tensor<?x8xf32>
  }
  %y = exec.phase "conv" -> tensor<?x8xf32> {
    %g = lfm2.linear %x, @in : tensor<?x8xf32> -> tensor<?x24xf32>
    // expected-error@+1 {{takes whole texts, for which there is one size of step, but 'entries' has 2}}
    %c = lfm2.centred_conv %g, @filter : tensor<?x24xf32> -> tensor<?x8xf32>
    exec.yield %c : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}
