// Kernels that run_kernels.py runs, and compares with numpy. Each
// invocation has item 256 * thread + invocation of `count`, unless it says otherwise.

// Every f16 becomes f32.
func.func @widen(%step: !exec.ptr<step>, %thread: i32) attributes {exec.kernel = 256 : i64} {
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %c256 = arith.constant 256 : index
  %weights = exec.field %step "weights" : !exec.ptr<weights>
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %t = arith.index_cast %thread : i32 to index
  %first = arith.muli %t, %c256 : index
  %i = exec.invocation
  %item = arith.addi %first, %i : index
  %from = arith.muli %item, %c2 : index
  %to = arith.muli %item, %c4 : index
  %h = exec.load %weights[%from] {constant} : f16 in weights
  %f = arith.extf %h : f16 to f32
  exec.store %f, %scratch[%to] : f32 in scratch
  return
}

// f32 becomes f16.
func.func @narrow(%step: !exec.ptr<step>, %thread: i32) attributes {exec.kernel = 256 : i64} {
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %c256 = arith.constant 256 : index
  %weights = exec.field %step "weights" : !exec.ptr<weights>
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %t = arith.index_cast %thread : i32 to index
  %first = arith.muli %t, %c256 : index
  %i = exec.invocation
  %item = arith.addi %first, %i : index
  %from = arith.muli %item, %c4 : index
  %to = arith.muli %item, %c2 : index
  %f = exec.load %weights[%from] {constant} : f32 in weights
  %h = arith.truncf %f : f32 to f16
  exec.store %h, %scratch[%to] : f16 in scratch
  return
}

// Item i: dot products of words i of the weights with words i behind %x there, first of
// unsigned, then of signed bytes.
func.func @dots(%step: !exec.ptr<step>, %thread: i32, %x: index) attributes {exec.kernel = 256 : i64} {
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  %three = arith.constant 3 : i32
  %weights = exec.field %step "weights" : !exec.ptr<weights>
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %i = exec.invocation
  %from = arith.muli %i, %c4 : index
  %from_x = arith.addi %from, %x : index
  %to = arith.muli %i, %c8 : index
  %w = exec.load %weights[%from] {constant} : i32 in weights
  %v = exec.load %weights[%from_x] {constant} : i32 in weights
  %u = exec.packed_dot4 %three, %w, %v
  %s = exec.packed_dot4 %three, %w, %v {signed_w}
  %both = vector.from_elements %u, %s : vector<2xi32>
  exec.store %both, %scratch[%to] {align = 8 : i64} : vector<2xi32> in scratch
  return
}

// Sums of 256 floats by a tree in near memory, behind a local that is in the way; every
// invocation writes the sum.
func.func @sum(%step: !exec.ptr<step>, %thread: i32) attributes {exec.kernel = 256 : i64, exec.near = 1024 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %c128 = arith.constant 128 : index
  %c1024 = arith.constant 1024 : index
  %minus = arith.constant -1.0 : f32
  %weights = exec.field %step "weights" : !exec.ptr<weights>
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %near = exec.field %step "near" : !exec.ptr<near>
  %local = exec.local 1024
  %t = arith.index_cast %thread : i32 to index
  %first = arith.muli %t, %c1024 : index
  %i = exec.invocation
  %own = arith.muli %i, %c4 : index
  %at = arith.addi %first, %own : index
  %f = exec.load %weights[%at] {constant} : f32 in weights
  exec.store %f, %near[%own] : f32 in near
  exec.store %minus, %local[%own] : f32 in local
  exec.join
  %last = scf.while (%half = %c128) : (index) -> index {
    %more = arith.cmpi uge, %half, %c1 : index
    scf.condition(%more) %half : index
  } do {
  ^bb0(%half: index):
    %adds = arith.cmpi ult, %i, %half : index
    scf.if %adds {
      %other = arith.addi %i, %half : index
      %other_at = arith.muli %other, %c4 : index
      %a = exec.load %near[%own] : f32 in near
      %b = exec.load %near[%other_at] : f32 in near
      %s = arith.addf %a, %b : f32
      exec.store %s, %near[%own] : f32 in near
    }
    exec.join
    %next = arith.divui %half, %c2 : index
    scf.yield %next : index
  }
  %sum = exec.load %near[%c0] : f32 in near
  %m = exec.load %local[%own] : f32 in local
  %result = arith.mulf %sum, %m : f32
  exec.store %result, %scratch[%at] : f32 in scratch
  return
}

// Each thread counts the items that are its share, and leaves where it begins and ends.
func.func @share(%step: !exec.ptr<step>, %thread: i32) attributes {exec.kernel = 1 : i64} {
  %c1 = arith.constant 1 : index
  %c12 = arith.constant 12 : index
  %c4 = arith.constant 4 : index
  %none = arith.constant 0 : i32
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %n = exec.field %step "count" : index
  %lo, %hi = exec.share %n of %thread most 2000000000
  %t = arith.index_cast %thread : i32 to index
  %at = arith.muli %t, %c12 : index
  %one = arith.constant 1 : i32
  %stop = arith.addi %lo, %c12 : index
  %few = arith.minui %hi, %stop : index
  %count = scf.for %k = %lo to %few step %c1 iter_args(%c = %none) -> (i32) {
    %d = arith.addi %c, %one : i32
    scf.yield %d : i32
  }
  %lo32 = arith.index_cast %lo : index to i32
  %hi32 = arith.index_cast %hi : index to i32
  exec.store %lo32, %scratch[%at] : i32 in scratch
  %at_hi = arith.addi %at, %c4 : index
  exec.store %hi32, %scratch[%at_hi] : i32 in scratch
  %at_count = arith.addi %at_hi, %c4 : index
  exec.store %count, %scratch[%at_count] : i32 in scratch
  return
}

// A table of constants, asked for the element that stands in memory; 0 where the memory
// is not given.
func.func @table(%step: !exec.ptr<step>, %thread: i32) attributes {exec.kernel = 256 : i64} {
  %c4 = arith.constant 4 : index
  %zero = arith.constant 0.0 : f32
  %table = arith.constant dense<[1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, -8.5]> : vector<8xf32>
  %weights = exec.field %step "weights" : !exec.ptr<weights>
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %hidden = exec.field %step "hidden" : !exec.ptr<hidden>
  %wanted = exec.given %scratch in scratch
  %unwanted = exec.given %hidden in hidden
  %i = exec.invocation
  %at = arith.muli %i, %c4 : index
  scf.if %wanted {
    %which = exec.load %weights[%at] {constant} : i32 in weights
    %k = arith.index_cast %which : i32 to index
    %f = vector.extract %table[%k] : f32 from vector<8xf32>
    %g = scf.if %unwanted -> (f32) {
      scf.yield %zero : f32
    } else {
      scf.yield %f : f32
    }
    exec.store %g, %scratch[%at] : f32 in scratch
  }
  return
}

// a * b + c without fusion, as a square root and a quotient.
func.func @floats(%step: !exec.ptr<step>, %thread: i32) attributes {exec.kernel = 256 : i64} {
  %c16 = arith.constant 16 : index
  %weights = exec.field %step "weights" : !exec.ptr<weights>
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %i = exec.invocation
  %at = arith.muli %i, %c16 : index
  %all = exec.load %weights[%at] {align = 16 : i64, constant} : vector<4xf32> in weights
  %a = vector.extract %all[0] : f32 from vector<4xf32>
  %b = vector.extract %all[1] : f32 from vector<4xf32>
  %c = vector.extract %all[2] : f32 from vector<4xf32>
  %p = arith.mulf %a, %b : f32
  %s = arith.addf %p, %c : f32
  %q = math.fma %a, %b, %c : f32
  %abs = math.absf %s : f32
  %da = arith.extf %a : f32 to f64
  %db = arith.extf %b : f32 to f64
  %dp = arith.mulf %da, %db : f64
  %r = arith.truncf %dp : f64 to f32
  %out = vector.from_elements %s, %q, %abs, %r : vector<4xf32>
  exec.store %out, %scratch[%at] {align = 16 : i64} : vector<4xf32> in scratch
  return
}

// Parts of words of near memory: byte i + 13 and half word i + 3 of those that are copied.
func.func @parts(%step: !exec.ptr<step>, %thread: i32) attributes {exec.kernel = 256 : i64, exec.near = 1024 : i64} {
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %c13 = arith.constant 13 : index
  %eight = arith.constant 8 : i32
  %weights = exec.field %step "weights" : !exec.ptr<weights>
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %near = exec.field %step "near" : !exec.ptr<near>
  %i = exec.invocation
  %at = arith.muli %i, %c4 : index
  %word = exec.load %weights[%at] {constant} : i32 in weights
  exec.store %word, %near[%at] : i32 in near
  exec.join
  %byte_at = arith.addi %i, %c13 : index
  %byte = exec.load %near[%byte_at] : i8 in near
  %i3 = arith.addi %i, %c3 : index
  %half_at = arith.muli %i3, %c2 : index
  %half = exec.load %near[%half_at] : i16 in near
  %byte_wide = arith.extui %byte : i8 to i32
  %half_wide = arith.extsi %half : i16 to i32
  %high = arith.shli %half_wide, %eight : i32
  %both = arith.ori %high, %byte_wide : i32
  exec.store %both, %scratch[%at] : i32 in scratch
  return
}
