// RUN: lfm2-opt %s --exec-cut-phases --exec-tile-phases | FileCheck %s --check-prefix=DEFAULT
// RUN: lfm2-opt %s --exec-cut-phases=entries=1,2,16,64 --exec-tile-phases | FileCheck %s --check-prefix=GIVEN
// RUN: lfm2-opt %s --exec-cut-phases=entries=1 --exec-tile-phases | FileCheck %s --check-prefix=ONE
// RUN: not lfm2-opt %s --exec-cut-phases=entries=8,1 --exec-tile-phases 2>&1 | FileCheck %s --check-prefix=FALLING
// RUN: not lfm2-opt %s --exec-cut-phases=entries=0,8 --exec-tile-phases 2>&1 | FileCheck %s --check-prefix=ZERO
// RUN: not lfm2-opt %s --exec-tile-phases 2>&1 | FileCheck %s --check-prefix=UNCUT

// UNCUT:   expected a function of phases for each size of step; run exec-cut-phases first
// DEFAULT: exec.entries = [#exec.entry<name = "decode", tokens = 1, symbol = "step_1",{{.*}}, #exec.entry<name = "verify8", tokens = 8, symbol = "step_8",{{.*}}, #exec.entry<name = "prefill", tokens = 128, symbol = "step_128",{{.*}}>]
// GIVEN:   exec.entries = [{{.*}}name = "decode"{{.*}}name = "verify2"{{.*}}name = "verify16"{{.*}}name = "prefill"{{.*}}symbol = "step_64"
// ONE:     exec.entries = [#exec.entry<name = "decode", tokens = 1, symbol = "step_1", stretches = [{{.*}}], order = [0, 1], layers = [-1, -1]>]
// ONE-NOT: func.func @step_{{[^1]}}
// FALLING: expected positive, rising sizes of step in 'entries', but found 1 after 8
// ZERO:    expected positive, rising sizes of step in 'entries', but found 0

lfm2.weight @embd : tensor<16x8xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>})
    -> (tensor<?x16xf32> {lfm2.role = #lfm2.role<logits>}) {
  %x = exec.phase "embed" -> tensor<?x8xf32> {
    %e = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x8xf32>
    exec.yield %e : tensor<?x8xf32>
  }
  %y = exec.phase "head" -> tensor<?x16xf32> {
    %l = lfm2.head %x, @embd : tensor<?x8xf32> -> tensor<?x16xf32>
    exec.yield %l : tensor<?x16xf32>
  }
  return %y : tensor<?x16xf32>
}
