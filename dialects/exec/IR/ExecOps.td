// The program dialect, all of it.
//
// The program that all threads enter: phases between barriers, layers called
// with other weights, bytes in archive, state and scratch, and the one int8
// primitive.

#ifndef LFM2C_DIALECTS_EXEC_IR_EXECOPS_TD
#define LFM2C_DIALECTS_EXEC_IR_EXECOPS_TD

include "dialects/exec/IR/ExecByteOps.td"
include "dialects/exec/IR/ExecPhaseOps.td"

#endif // LFM2C_DIALECTS_EXEC_IR_EXECOPS_TD
