// RUN: lfm2-opt %s --exec-plan-memory --verify-diagnostics

// expected-error@+1 {{expected the entries of the program in 'exec.entries'; run exec-tile-phases first}}
module {
}
