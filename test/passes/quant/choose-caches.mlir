// RUN: lfm2-opt %s --lfm2-choose-caches=format=q8_0 | FileCheck %s --check-prefixes=CHECK,Q8
// RUN: lfm2-opt %s --lfm2-choose-caches=format=q4_0 | FileCheck %s --check-prefixes=CHECK,Q4
// RUN: lfm2-opt %s --lfm2-choose-caches=format=f32 | FileCheck %s --check-prefixes=CHECK,F32
// RUN: not lfm2-opt %s --lfm2-choose-caches=format=q5_0 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: sed 's/of 8)/of 6)/; s/x32xf32/x24xf32/g; s/x16xf32/x12xf32/g; s/x2x8xf16/x2x6xf16/g' %s > %t.narrow.mlir
// RUN: not lfm2-opt %t.narrow.mlir --lfm2-choose-caches=format=q8_0 2>&1 | FileCheck %s --check-prefix=NARROW
// RUN: lfm2-opt %t.narrow.mlir --lfm2-choose-caches=format=f32
// RUN: not lfm2-opt %t.narrow.mlir --lfm2-choose-caches=format=f32 --lfm2-choose-caches=format=q4_0 2>&1 | FileCheck %s --check-prefix=NARROW
// RUN: sed 's|^  return %y|  %other = arith.addf %k0, %v0 : tensor<?x2x8xf16> return %y|' %s > %t.read.mlir
// RUN: not lfm2-opt %t.read.mlir --lfm2-choose-caches=format=q8_0 2>&1 | FileCheck %s --check-prefix=READ

// UNKNOWN: error: cannot make caches of 'q5_0'; expected one of f16, f32, q8_0, q4_0
// NARROW: error: {{.*}}has heads of 6 channels, and caches of {{q8_0|q4_0}} need a multiple of 4; choose f16 or f32
// READ: error: {{.*}}reads a cache; expected 'lfm2.attention' alone to do so

// A cache is an argument, goes through attention, and is a result. Nothing else changes.

// CHECK-LABEL: func.func @forward(%{{.*}}: tensor<?x32xf32>, %{{.*}}: tensor<?x16xf32>,
// Q8-SAME: %{{.*}}: tensor<?x2x8x!lfm2.quant<q8_0>>, %{{.*}}: tensor<?x2x8x!lfm2.quant<q8_0>>, %{{.*}}: index)
// Q8-SAME: -> (tensor<?x32xf32>, tensor<?x2x8x!lfm2.quant<q8_0>>, tensor<?x2x8x!lfm2.quant<q8_0>>)
// Q4-SAME: %{{.*}}: tensor<?x2x8x!lfm2.quant<q4_0>>, %{{.*}}: tensor<?x2x8x!lfm2.quant<q4_0>>, %{{.*}}: index)
// F32-SAME: %{{.*}}: tensor<?x2x8xf32>, %{{.*}}: tensor<?x2x8xf32>, %{{.*}}: index)
// Q8: : tensor<?x32xf32>, tensor<?x16xf32>, tensor<?x2x8x!lfm2.quant<q8_0>>
// F32: : tensor<?x32xf32>, tensor<?x16xf32>, tensor<?x2x8xf32>
func.func @forward(%q: tensor<?x32xf32>, %kv: tensor<?x16xf32>,
                   %k0: tensor<?x2x8xf16>, %v0: tensor<?x2x8xf16>, %p: index)
    -> (tensor<?x32xf32>, tensor<?x2x8xf16>, tensor<?x2x8xf16>) {
  %y, %k1, %v1 = lfm2.attention %q, %kv, %kv cache(%k0, %v0) position(%p) heads(4 of 8) kv_heads(2) causal
      : tensor<?x32xf32>, tensor<?x16xf32>, tensor<?x2x8xf16>
  return %y, %k1, %v1 : tensor<?x32xf32>, tensor<?x2x8xf16>, tensor<?x2x8xf16>
}
