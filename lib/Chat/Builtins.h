// The filters, tests, methods and functions that templates can call.

#ifndef LFM2C_LIB_CHAT_BUILTINS_H
#define LFM2C_LIB_CHAT_BUILTINS_H

#include "lib/Chat/Syntax.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

namespace lfm2c {

/// What a call becomes.
enum class Lowered {
  Help,    // A call of a helper of the name, or of another: see Helpers.h.
  Native,  // What the machine does itself; LFM2_NATIVE_*.
  Kinds,   // Whether the value is one of these kinds.
  Not,     // Whether it is none of them.
  Compare, // A comparison with the argument; LFM2_COMPARE_*.
  Divide,  // Whether the argument, or the number, divides, and leaves `rest`.
  Keyed,  // A helper that takes keys beside the values: sort, unique, min, max.
  Joined, // One that can take the values of an attribute: join and sum.
  List,
  Map,
  Select, // select, reject, selectattr, rejectattr
  Safe,
  Same, // sameas
  Cycle,
  Range,
  Time,
  Namespace,
  Mapping, // dict
};

struct Builtin {
  const char *name;
  /// What is given behind the value, with defaults: "chars=None"; "..." is any
  /// number of arguments.
  const char *parameters;
  Lowered lowered = Lowered::Help;
  int number = 0;
  const char *helper = nullptr; // Its name where it is another.
};

llvm::ArrayRef<Builtin> getFilters();
llvm::ArrayRef<Builtin> getTests();
llvm::ArrayRef<Builtin> getMethods();
llvm::ArrayRef<Builtin> getFunctions();

/// What is called, with what: names are those of the last arguments.
struct CallSite {
  const char *kind; // "filter"
  std::string name;
  unsigned line;
  std::vector<const Node *> arguments;
  llvm::ArrayRef<std::string> names;

  /// Of a node whose parts are what it is called on, then the arguments.
  CallSite(const char *kind, llvm::StringRef name, const Node &node,
           size_t firstArgument = 1);
  size_t numPositional() const { return arguments.size() - names.size(); }
  llvm::Error fail(const std::string &what) const;
};

/// The builtin that is called, or an error that names those like it.
llvm::Expected<const Builtin *> findBuiltin(llvm::ArrayRef<Builtin> all,
                                            const CallSite &call);

struct Argument {
  const Node *given;     // Null: not given.
  llvm::StringRef other; // Then: None, True, False, an integer or a 'string'.
};

/// The arguments of `call`, in the order of the builtin's parameters.
/// Parameters
/// "..." take any number.
llvm::Expected<std::vector<Argument>> bindArguments(const Builtin &builtin,
                                                    const CallSite &call);

} // namespace lfm2c

#endif // LFM2C_LIB_CHAT_BUILTINS_H
