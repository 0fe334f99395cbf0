func.func @to_float(%from: !exec.ptr<scratch>, %to: !exec.ptr<scratch>) {
  %0 = arith.constant 0 : index
  %h = exec.load %from[%0] : vector<8xf16> in scratch
  %x = arith.extf %h : vector<8xf16> to vector<8xf32>
  exec.store %x, %to[%0] : vector<8xf32> in scratch
  return
}
func.func @to_half(%from: !exec.ptr<scratch>, %to: !exec.ptr<scratch>) {
  %0 = arith.constant 0 : index
  %x = exec.load %from[%0] : vector<8xf32> in scratch
  %h = arith.truncf %x : vector<8xf32> to vector<8xf16>
  exec.store %h, %to[%0] : vector<8xf16> in scratch
  return
}
