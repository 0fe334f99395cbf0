// Two stages, the second of which comes while the first is read; and a wait at first,
// for nothing.
module attributes {exec.target = #exec.target<lanes = 8, address_bits = 32>} {
func.func @stages(%near: !exec.ptr<near>, %weights: !exec.ptr<weights>, %out: !exec.ptr<scratch>, %step: !exec.ptr<step>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c77 = arith.constant 77 : index
  %c1000 = arith.constant 1000 : index
  %c1024 = arith.constant 1024 : index
  %c3 = arith.constant 3 : index
  exec.stage_wait
  exec.stage_start %near[%c0] = %weights[%c3] {bytes = 1000 : i64}
  exec.stage_wait
  exec.stage_start %near[%c1024] = %weights[%c1024] {bytes = 77 : i64}
  scf.for %i = %c0 to %c1000 step %c1 {
    %v = exec.load %near[%i] : i8 in near
    exec.store %v, %out[%i] : i8 in scratch
  }
  exec.stage_wait
  scf.for %i = %c0 to %c77 step %c1 {
    %from = arith.addi %i, %c1024 : index
    %v = exec.load %near[%from] : i8 in near
    %to = arith.addi %i, %c1000 : index
    exec.store %v, %out[%to] : i8 in scratch
  }
  // A call, so that the address to return to is kept while the engine is called.
  %t = arith.constant 0 : i32
  %cancelled = exec.barrier %step, %t
  return
}
}
