// RUN: lfm2-opt %s --lfm2-fuse-phases --split-input-file --verify-diagnostics

// expected-error@+1 {{expected one function '@forward' of one block, as a front end makes it}}
module {
  func.func @other() {
    return
  }
}

// -----

// expected-error@+1 {{expected one function '@forward' of one block, as a front end makes it}}
module {
  func.func private @forward()
}

// -----

// expected-error@+1 {{expected one function '@forward' of one block, as a front end makes it}}
module {
  func.func @forward() {
    cf.br ^bb1
  ^bb1:
    return
  }
}
