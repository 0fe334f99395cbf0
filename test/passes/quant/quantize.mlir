// What changes: matrices that are multiplied by. Norms, filters, the router and
// its bias do not, whatever is asked for.

// RUN: lfm2-opt %s --lfm2-quantize=format=q8_0 | FileCheck %s --check-prefixes=CHECK,Q8
// RUN: lfm2-opt %s --lfm2-quantize=format=q4_0 | FileCheck %s --check-prefixes=CHECK,Q4
// RUN: lfm2-opt %s --lfm2-quantize=format=f16 | FileCheck %s --check-prefixes=CHECK,F16

// CHECK: lfm2.weight @norm : tensor<32xf32>
lfm2.weight @norm : tensor<32xf32>
// CHECK: lfm2.weight @filter : tensor<32x3xbf16>
lfm2.weight @filter : tensor<32x3xbf16>
// CHECK: lfm2.weight @router : tensor<6x32xf32>
lfm2.weight @router : tensor<6x32xf32>
// CHECK: lfm2.weight @bias : tensor<6xf32>
lfm2.weight @bias : tensor<6xf32>

// The embedding, the head and a tied one get more bits.
// Rows that no K-quant has blocks for get what has smaller blocks.
// RUN: lfm2-opt %s --lfm2-quantize=format=q4_k_m | FileCheck %s --check-prefixes=CHECK,SMALL
// By a recipe: the first line that fits decides.
// RUN: lfm2-opt %s --lfm2-quantize=format=%S/Inputs/some.recipe | FileCheck %s --check-prefixes=CHECK,RECIPE

// Q8:  lfm2.weight @embedding : tensor<50x32x!lfm2.quant<q8_0>>
// Q4:  lfm2.weight @embedding : tensor<50x32x!lfm2.quant<q8_0>>
// F16: lfm2.weight @embedding : tensor<50x32xf16>
// SMALL: lfm2.weight @embedding : tensor<50x32x!lfm2.quant<q8_0>>
// RECIPE: lfm2.weight @embedding : tensor<50x32xf32>
lfm2.weight @embedding : tensor<50x32xf32>
// RECIPE: lfm2.weight @head : tensor<50x32xf16>
// Q4:  lfm2.weight @head : tensor<50x32x!lfm2.quant<q8_0>>
lfm2.weight @head : tensor<50x32xbf16>
// Q4:  lfm2.weight @tied : tensor<50x32x!lfm2.quant<q8_0>>
lfm2.weight @tied : tensor<50x32xf16>

// Q8:  lfm2.weight @in_proj : tensor<96x32x!lfm2.quant<q8_0>>
// Q4:  lfm2.weight @in_proj : tensor<96x32x!lfm2.quant<q4_0>>
// F16: lfm2.weight @in_proj : tensor<96x32xf16>
// SMALL: lfm2.weight @in_proj : tensor<96x32x!lfm2.quant<q5_0>>
// RECIPE: lfm2.weight @in_proj : tensor<96x32x!lfm2.quant<q8_0>>
lfm2.weight @in_proj : tensor<96x32xbf16>
// Q8:  lfm2.weight @gate_exps : tensor<6x64x32x!lfm2.quant<q8_0>>
// Q4:  lfm2.weight @gate_exps : tensor<6x64x32x!lfm2.quant<q4_0>>
// RECIPE: lfm2.weight @gate_exps : tensor<6x64x32x!lfm2.quant<q4_0>>
lfm2.weight @gate_exps : tensor<6x64x32xf32>
lfm2.weight @up_exps : tensor<6x64x32xf32>
// Q4:  lfm2.weight @down_exps : tensor<6x32x64x!lfm2.quant<q4_0>>
lfm2.weight @down_exps : tensor<6x32x64xf32>

// What is read as a vector too stays, though something multiplies by it; so does
// what nothing reads.
// CHECK: lfm2.weight @both : tensor<32x32xf32>
lfm2.weight @both : tensor<32x32xf32>
// CHECK: lfm2.weight @unread : tensor<32x32xf32>
lfm2.weight @unread : tensor<32x32xf32>

func.func @forward(%ids: tensor<?xi32>, %s: tensor<2x32xf32>)
    -> (tensor<?x50xf32>, tensor<?x50xf32>, tensor<2x32xf32>) {
  %e = lfm2.embed %ids, @embedding : tensor<?xi32> -> tensor<?x32xf32>
  %t = lfm2.embed %ids, @tied : tensor<?xi32> -> tensor<?x32xf32>
  %x = arith.addf %e, %t : tensor<?x32xf32>
  %u = lfm2.rms_norm %x, @norm eps(1.0e-5) : tensor<?x32xf32>
  %g = lfm2.linear %u, @in_proj : tensor<?x32xf32> -> tensor<?x96xf32>
  %c, %n = lfm2.short_conv %g, @filter state(%s)
      : tensor<?x96xf32>, tensor<2x32xf32> -> tensor<?x32xf32>
  %w, %i = lfm2.route %c, @router bias(@bias) use(2) normalize scale(1.0)
      : tensor<?x32xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  %y = lfm2.experts %c, %w, %i gate(@gate_exps) up(@up_exps) down(@down_exps)
      : tensor<?x32xf32>, tensor<?x2xf32>, tensor<?x2xi32>
  %b = lfm2.linear %y, @both : tensor<?x32xf32> -> tensor<?x32xf32>
  %v, %j = lfm2.route %b, @both use(2) scale(1.0)
      : tensor<?x32xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  %l = lfm2.head %b, @head : tensor<?x32xf32> -> tensor<?x50xf32>
  %m = lfm2.head %b, @tied : tensor<?x32xf32> -> tensor<?x50xf32>
  return %l, %m, %n : tensor<?x50xf32>, tensor<?x50xf32>, tensor<2x32xf32>
}
