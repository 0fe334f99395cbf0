// RUN: lfm2-opt %s --lfm2-fuse-phases --exec-keep-inputs=tokens=4 | FileCheck %s
// RUN: lfm2-opt %s --lfm2-fuse-phases --exec-keep-inputs=tokens=4 --exec-cut-phases=entries=1,4 | FileCheck %s --check-prefix=CUT
// RUN: echo 'module {}' | not lfm2-opt --exec-keep-inputs 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: expected one function '@forward' of one block, as lfm2-fuse-phases leaves it

// What gate and up read is one value; the router's input is experts' too, and the router is left out. Ids are kept
// once for both products, and the rows between them by choice. The head reads the last norm.

// CHECK: exec.kept = [
// CHECK-SAME: #exec.kept<weights = [], columns = 2, stride = 32, rows = 4, per_token = 1, choices = -1>,
// CHECK-SAME: #exec.kept<weights = ["gate", "up"], columns = 40, stride = 64, rows = 4, per_token = 1, choices = 0>,
// CHECK-SAME: #exec.kept<weights = ["down"], columns = 32, stride = 32, rows = 8, per_token = 2, choices = 0>,
// CHECK-SAME: #exec.kept<weights = ["embedding"], columns = 40, stride = 64, rows = 4, per_token = 1, choices = -1>]
lfm2.weight @embedding : tensor<96x40xf32>
lfm2.weight @norm : tensor<40xf32>
lfm2.weight @router : tensor<8x40xf32>
lfm2.weight @gate : tensor<8x32x40xf32>
lfm2.weight @up : tensor<8x32x40xf32>
lfm2.weight @down : tensor<8x40x32xf32>

// CHECK-LABEL: func.func @forward
// CHECK-COUNT-4: lfm2.role = #lfm2.role<kept>
// CHECK: %[[UP:.*]]:4 = exec.phase "experts_up" -> {{.*}} {
// CHECK: exec.phase "keep" -> tensor<4x32xf32>
// CHECK-NEXT: exec.keep %[[UP]]#{{.*}} : tensor<?x2xi32>, tensor<4x32xf32>
// CHECK: exec.phase "keep" -> tensor<4x64xf32>
// CHECK-NEXT: exec.keep %[[UP]]#{{.*}} : tensor<?x40xf32>, tensor<4x64xf32>
// CHECK: exec.phase "experts_down"
// CHECK: exec.phase "keep" -> tensor<8x32xf32>
// CHECK-NEXT: exec.keep %[[UP]]#{{.*}} : tensor<?x2x32xf32>, tensor<8x32xf32>
// CHECK: %[[HEAD:.*]]:2 = exec.phase "head"
// CHECK: exec.phase "keep" -> tensor<4x64xf32>
// CHECK-NEXT: exec.keep %[[HEAD]]#1
// CHECK-NOT: exec.keep

// A step of one token keeps nothing.

// CUT-LABEL: func.func @step_1
// CUT-NOT: exec.keep
// CUT-LABEL: func.func @step_4
// CUT-COUNT-4: exec.keep
// CUT-NOT: exec.keep
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>})
    -> (tensor<?x96xf32> {lfm2.role = #lfm2.role<logits>}) {
  %x = lfm2.embed %ids, @embedding : tensor<?xi32> -> tensor<?x40xf32>
  %u = lfm2.rms_norm %x, @norm eps(1.000000e-05) : tensor<?x40xf32>
  %w, %e = lfm2.route %u, @router use(2) normalize scale(1.000000e+00)
      : tensor<?x40xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  %m = lfm2.experts %u, %w, %e gate(@gate) up(@up) down(@down) : tensor<?x40xf32>, tensor<?x2xf32>, tensor<?x2xi32>
  %y = arith.addf %x, %m : tensor<?x40xf32>
  %n = lfm2.rms_norm %y, @norm eps(1.000000e-05) : tensor<?x40xf32>
  %l = lfm2.head %n, @embedding : tensor<?x40xf32> -> tensor<?x96xf32>
  return %l : tensor<?x96xf32>
}
