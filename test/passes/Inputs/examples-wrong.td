// Read by check_examples.py alone, which has something to say about each.
include "mlir/Pass/PassBase.td"

def Silent : Pass<"cse"> {
  let description = [{
    Says nothing.
  }];
}

def Wrong : Pass<"canonicalize"> {
  let description = [{
    ```mlir
    // lfm2-opt --canonicalize
    func.func @f(%x: i32) -> i32 {
      %one = arith.constant 1 : i32
      %y = arith.addi %one, %x : i32
      return %y : i32
    }
    ```
    ```mlir
    func.func @f(%x: i32) -> i32 {
      %one = arith.constant 1 : i32 ... arith.subi %x, %one ...
    }
    ```
  }];
}

def Other : Pass<"symbol-dce"> {
  let description = [{
    ```mlir
    // lfm2-opt --cse
    func.func @f() {
      return
    }
    ```
    ```mlir
    func.func @f() {
      return
    }
    ```
  }];
}
