// What the arguments and results of a model are: the only way to find them.

#ifndef LFM2C_DIALECTS_LFM2_IR_ROLES_H
#define LFM2C_DIALECTS_LFM2_IR_ROLES_H

#include "dialects/lfm2/IR/LFM2Dialect.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include <optional>
#include <string>

namespace lfm2c::lfm2 {

/// The role of an argument or a result; nothing where it has none.
std::optional<Role> argumentRole(mlir::FunctionOpInterface function,
                                 unsigned index);
std::optional<Role> resultRole(mlir::FunctionOpInterface function,
                               unsigned index);

/// Gives the argument or the result its role.
void setArgumentRole(mlir::FunctionOpInterface function, unsigned index,
                     Role role);
void setResultRole(mlir::FunctionOpInterface function, unsigned index,
                   Role role);

/// Whether what has this role is carried from call to call. Result i of such a
/// role is what its argument i has become.
bool isState(Role role);

/// Numbers of the arguments or results with a role, rising.
llvm::SmallVector<unsigned>
argumentsWithRole(mlir::FunctionOpInterface function, Role role);
llvm::SmallVector<unsigned> resultsWithRole(mlir::FunctionOpInterface function,
                                            Role role);

/// The same of a role that only one can have; nothing where none has it.
std::optional<unsigned> argumentWithRole(mlir::FunctionOpInterface function,
                                         Role role);
std::optional<unsigned> resultWithRole(mlir::FunctionOpInterface function,
                                       Role role);

/// What keeps `function` from being a model that can be run or compiled, as
/// the end of a sentence that begins with its name; empty where nothing does.
/// Which types and pairs roles stand on, the dialect has verified.
std::string whyNoModel(mlir::FunctionOpInterface function);

} // namespace lfm2c::lfm2

#endif // LFM2C_DIALECTS_LFM2_IR_ROLES_H
