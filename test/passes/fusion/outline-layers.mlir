// RUN: lfm2-opt %s --lfm2-fuse-phases --lfm2-outline-layers --split-input-file | FileCheck %s

// Three layers: two alike, one whose gate has another format. What comes before and
// after the layers stays.

#layer0 = #lfm2.layer<index = 0, kind = "conv_ffn">
#layer1 = #lfm2.layer<index = 1, kind = "conv_ffn">
#layer2 = #lfm2.layer<index = 2, kind = "conv_ffn">
lfm2.weight @token_embd.weight : tensor<96x32xf32>
lfm2.weight @blk.0.norm.weight : tensor<32xf32>
lfm2.weight @blk.0.ffn_gate.weight : tensor<64x32x!lfm2.quant<q4_0>>
lfm2.weight @blk.0.ffn_up.weight : tensor<64x32x!lfm2.quant<q4_0>>
lfm2.weight @blk.0.ffn_down.weight : tensor<32x64x!lfm2.quant<q4_0>>
lfm2.weight @blk.1.norm.weight : tensor<32xf32>
lfm2.weight @blk.1.ffn_gate.weight : tensor<64x32x!lfm2.quant<q8_0>>
lfm2.weight @blk.1.ffn_up.weight : tensor<64x32x!lfm2.quant<q4_0>>
lfm2.weight @blk.1.ffn_down.weight : tensor<32x64x!lfm2.quant<q4_0>>
lfm2.weight @blk.2.norm.weight : tensor<32xf32>
lfm2.weight @blk.2.ffn_gate.weight : tensor<64x32x!lfm2.quant<q4_0>>
lfm2.weight @blk.2.ffn_up.weight : tensor<64x32x!lfm2.quant<q4_0>>
lfm2.weight @blk.2.ffn_down.weight : tensor<32x64x!lfm2.quant<q4_0>>

// CHECK-LABEL: exec.layer @conv_ffn {
// CHECK-NEXT:  ^bb0(%[[X:.*]]: tensor<?x32xf32>):
// CHECK-NEXT:    lfm2.weight @norm : tensor<32xf32>
// CHECK-NEXT:    lfm2.weight @ffn_gate : tensor<64x32x!lfm2.quant<q4_0>>
// CHECK-NEXT:    lfm2.weight @ffn_up : tensor<64x32x!lfm2.quant<q4_0>>
// CHECK-NEXT:    lfm2.weight @ffn_down : tensor<32x64x!lfm2.quant<q4_0>>
// CHECK-NEXT:    exec.phase "gate_up"
// CHECK-NEXT:      lfm2.rms_norm %[[X]], @norm
// CHECK-NEXT:      lfm2.linear %{{.*}}, @ffn_gate
// CHECK-NEXT:      lfm2.linear %{{.*}}, @ffn_up
// CHECK:         %[[Y:.*]] = exec.phase "down"
// CHECK:         exec.yield %[[Y]] : tensor<?x32xf32>

// CHECK-LABEL: exec.layer @conv_ffn_1 {
// CHECK:         lfm2.weight @ffn_gate : tensor<64x32x!lfm2.quant<q8_0>>
// CHECK-NOT:   exec.layer

// CHECK-LABEL: func.func @forward
// CHECK-NEXT:    %[[X0:.*]] = exec.phase "embed"
// CHECK:         %[[X1:.*]] = exec.call @conv_ffn(%[[X0]]) weights [@blk.0.norm.weight, @blk.0.ffn_gate.weight, @blk.0.ffn_up.weight, @blk.0.ffn_down.weight]
// CHECK-NEXT:    %[[X2:.*]] = exec.call @conv_ffn_1(%[[X1]]) weights [@blk.1.norm.weight,
// CHECK-NEXT:    %[[X3:.*]] = exec.call @conv_ffn(%[[X2]]) weights [@blk.2.norm.weight,
// CHECK-NEXT:    exec.phase "head"
// CHECK-NEXT:      lfm2.head %[[X3]]
func.func @forward(%ids: tensor<?xi32>) -> tensor<?x96xf32> {
  %x0 = lfm2.embed %ids, @token_embd.weight : tensor<?xi32> -> tensor<?x32xf32>
  %n0 = lfm2.rms_norm %x0, @blk.0.norm.weight eps(1.0e-5) {lfm2.layer = #layer0} : tensor<?x32xf32>
  %g0 = lfm2.linear %n0, @blk.0.ffn_gate.weight {lfm2.layer = #layer0} : tensor<?x32xf32> -> tensor<?x64xf32>
  %u0 = lfm2.linear %n0, @blk.0.ffn_up.weight {lfm2.layer = #layer0} : tensor<?x32xf32> -> tensor<?x64xf32>
  %a0 = lfm2.swiglu %g0, %u0 {lfm2.layer = #layer0} : tensor<?x64xf32>
  %d0 = lfm2.linear %a0, @blk.0.ffn_down.weight {lfm2.layer = #layer0} : tensor<?x64xf32> -> tensor<?x32xf32>
  %x1 = arith.addf %x0, %d0 {lfm2.layer = #layer0} : tensor<?x32xf32>
  %n1 = lfm2.rms_norm %x1, @blk.1.norm.weight eps(1.0e-5) {lfm2.layer = #layer1} : tensor<?x32xf32>
  %g1 = lfm2.linear %n1, @blk.1.ffn_gate.weight {lfm2.layer = #layer1} : tensor<?x32xf32> -> tensor<?x64xf32>
  %u1 = lfm2.linear %n1, @blk.1.ffn_up.weight {lfm2.layer = #layer1} : tensor<?x32xf32> -> tensor<?x64xf32>
  %a1 = lfm2.swiglu %g1, %u1 {lfm2.layer = #layer1} : tensor<?x64xf32>
  %d1 = lfm2.linear %a1, @blk.1.ffn_down.weight {lfm2.layer = #layer1} : tensor<?x64xf32> -> tensor<?x32xf32>
  %x2 = arith.addf %x1, %d1 {lfm2.layer = #layer1} : tensor<?x32xf32>
  %n2 = lfm2.rms_norm %x2, @blk.2.norm.weight eps(1.0e-5) {lfm2.layer = #layer2} : tensor<?x32xf32>
  %g2 = lfm2.linear %n2, @blk.2.ffn_gate.weight {lfm2.layer = #layer2} : tensor<?x32xf32> -> tensor<?x64xf32>
  %u2 = lfm2.linear %n2, @blk.2.ffn_up.weight {lfm2.layer = #layer2} : tensor<?x32xf32> -> tensor<?x64xf32>
  %a2 = lfm2.swiglu %g2, %u2 {lfm2.layer = #layer2} : tensor<?x64xf32>
  %d2 = lfm2.linear %a2, @blk.2.ffn_down.weight {lfm2.layer = #layer2} : tensor<?x64xf32> -> tensor<?x32xf32>
  %x3 = arith.addf %x2, %d2 {lfm2.layer = #layer2} : tensor<?x32xf32>
  %logits = lfm2.head %x3, @token_embd.weight : tensor<?x32xf32> -> tensor<?x96xf32>
  return %logits : tensor<?x96xf32>
}

// -----

// Another eps is another layer, and so is another order of the same weights. A
// weight that is read twice is one parameter.

#layer0 = #lfm2.layer<index = 0, kind = "conv_ffn">
#layer1 = #lfm2.layer<index = 1, kind = "conv_ffn">
lfm2.weight @blk.0.norm.weight : tensor<32xf32>
lfm2.weight @blk.0.up.weight : tensor<64x32xf32>
lfm2.weight @blk.0.down.weight : tensor<32x64xf32>

// CHECK-LABEL: exec.layer @conv_ffn {
// CHECK:         lfm2.weight @norm : tensor<32xf32>
// CHECK-NEXT:    lfm2.weight @up : tensor<64x32xf32>
// CHECK-NEXT:    lfm2.weight @down : tensor<32x64xf32>
// CHECK-NEXT:    exec.phase
// CHECK:           eps(1.000000e-05)
// CHECK-LABEL: exec.layer @conv_ffn_1 {
// CHECK:           eps(1.000000e-03)
// CHECK-LABEL: func.func @forward
// CHECK-NEXT:    exec.call @conv_ffn(
// CHECK-NEXT:    exec.call @conv_ffn_1(
// CHECK-NEXT:    return
func.func @forward(%x0: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %n0 = lfm2.rms_norm %x0, @blk.0.norm.weight eps(1.0e-5) {lfm2.layer = #layer0} : tensor<?x32xf32>
  %g0 = lfm2.linear %n0, @blk.0.up.weight {lfm2.layer = #layer0} : tensor<?x32xf32> -> tensor<?x64xf32>
  %u0 = lfm2.linear %n0, @blk.0.up.weight {lfm2.layer = #layer0} : tensor<?x32xf32> -> tensor<?x64xf32>
  %a0 = lfm2.swiglu %g0, %u0 {lfm2.layer = #layer0} : tensor<?x64xf32>
  %d0 = lfm2.linear %a0, @blk.0.down.weight {lfm2.layer = #layer0} : tensor<?x64xf32> -> tensor<?x32xf32>
  %x1 = arith.addf %x0, %d0 {lfm2.layer = #layer0} : tensor<?x32xf32>
  %n1 = lfm2.rms_norm %x1, @blk.0.norm.weight eps(1.0e-3) {lfm2.layer = #layer1} : tensor<?x32xf32>
  %g1 = lfm2.linear %n1, @blk.0.up.weight {lfm2.layer = #layer1} : tensor<?x32xf32> -> tensor<?x64xf32>
  %u1 = lfm2.linear %n1, @blk.0.up.weight {lfm2.layer = #layer1} : tensor<?x32xf32> -> tensor<?x64xf32>
  %a1 = lfm2.swiglu %g1, %u1 {lfm2.layer = #layer1} : tensor<?x64xf32>
  %d1 = lfm2.linear %a1, @blk.0.down.weight {lfm2.layer = #layer1} : tensor<?x64xf32> -> tensor<?x32xf32>
  %x2 = arith.addf %x1, %d1 {lfm2.layer = #layer1} : tensor<?x32xf32>
  return %x2 : tensor<?x32xf32>
}

// -----

// No op says that it is of a layer, so there is none: all is left as it is.

lfm2.weight @w : tensor<32x32xf32>

// CHECK-LABEL: func.func @forward
// CHECK-NEXT:    exec.phase "linear"
// CHECK:         exec.phase "linear"
// CHECK-NOT:     exec.call
func.func @forward(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %y = lfm2.linear %x, @w : tensor<?x32xf32> -> tensor<?x32xf32>
  %z = lfm2.linear %y, @w : tensor<?x32xf32> -> tensor<?x32xf32>
  return %z : tensor<?x32xf32>
}

// -----

// Ops of two layers never share a phase, though the second norm's reader could
// follow: each layer is a function of its own.

#first = #lfm2.layer<index = 0, kind = "short">
#second = #lfm2.layer<index = 1, kind = "short">
lfm2.weight @w : tensor<32x32xf32>

// CHECK-LABEL: exec.layer @short {
// CHECK-NOT:   exec.layer
// CHECK-LABEL: func.func @forward
// CHECK-NEXT:    exec.call @short(
// CHECK-NEXT:    exec.call @short(
// CHECK-NEXT:    return
func.func @forward(%x: tensor<?x32xf32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  %a = lfm2.linear %x, @w {lfm2.layer = #first} : tensor<?x32xf32> -> tensor<?x32xf32>
  %b = lfm2.linear %x, @w {lfm2.layer = #second} : tensor<?x32xf32> -> tensor<?x32xf32>
  return %a, %b : tensor<?x32xf32>, tensor<?x32xf32>
}
