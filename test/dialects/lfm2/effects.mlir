// RUN: lfm2-opt %s -canonicalize -cse | FileCheck %s

// Ops of the dialect have no effects: equal ones are one, unused ones go.

lfm2.weight @w : tensor<8x8xf32>
lfm2.weight @norm : tensor<8xf32>

// CHECK-LABEL: func.func @twice
func.func @twice(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // CHECK-NEXT: %[[Y:.*]] = lfm2.linear
  // CHECK-NEXT: %[[Z:.*]] = lfm2.swiglu %[[Y]], %[[Y]]
  // CHECK-NEXT: return %[[Z]]
  %a = lfm2.linear %x, @w : tensor<?x8xf32> -> tensor<?x8xf32>
  %b = lfm2.linear %x, @w : tensor<?x8xf32> -> tensor<?x8xf32>
  %unused = lfm2.rms_norm %x, @norm eps(1.0e-5) : tensor<?x8xf32>
  %z = lfm2.swiglu %a, %b : tensor<?x8xf32>
  return %z : tensor<?x8xf32>
}
