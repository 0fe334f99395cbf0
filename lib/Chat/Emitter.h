// Makes instructions of the statements of a template.

#ifndef LFM2C_LIB_CHAT_EMITTER_H
#define LFM2C_LIB_CHAT_EMITTER_H

#include "lib/Chat/Builtins.h"
#include "lib/Chat/Program.h"
#include "lib/Chat/Scopes.h"

#include <deque>

namespace lfm2c {

/// The instructions of one function, whose places count from its own start.
struct FunctionCode {
  FunctionSlots slots;
  std::vector<uint32_t> code;
  std::vector<uint16_t> lines;
};

/// Names of the parameters of a macro: where its body uses caller(), this is
/// the last.
std::vector<std::string> parameterNames(const Node &macro);

class Emitter {
public:
  explicit Emitter(TemplateProgram &program) : program(program) {}

  /// Fails where a statement has no instructions, or where they are too many.
  llvm::Error run(const std::vector<NodePtr> &statements);

private:
  struct Loop {
    size_t next;                // Where it goes on.
    std::vector<size_t> breaks; // Jumps to behind it.
  };

  void fail(const Node &node, const std::string &what);
  void fail(llvm::Error error);

  // Instructions. Jumps are patched when their place is known.
  void add(const Node &node, unsigned op, unsigned small = 0, size_t wide = 0);
  size_t jump(const Node &node, unsigned op, unsigned small = 0);
  void land(size_t jump);
  size_t here() const { return function->code.size(); }
  void simple(const Node &node, unsigned kind, bool isTrue = false) {
    add(node, LFM2_OP_SIMPLE, kind, isTrue);
  }

  // Statements.
  void emitAll(const std::vector<NodePtr> &statements);
  void emit(const Node &node);
  void emitIf(const Node &node);
  void emitFor(const Node &node);
  void emitFiltered(const Node &node);
  void emitBlock(const Node &node, Scope &scope);
  void emitMacro(const Node &node, llvm::StringRef name);
  void emitFunction(const Node &node, size_t number,
                    const std::vector<std::string> &names);
  void enter(const Node &node, Scope &scope);
  void assign(const Node &target);
  /// The number of a helper, which gets its instructions behind all others.
  size_t helper(llvm::StringRef name);
  size_t helper(llvm::StringRef name, const Node &node);
  size_t declare(llvm::StringRef name, size_t parameters);
  void findMacros(const std::vector<NodePtr> &statements);
  void emitEntry();
  void resolve(const Node &node, llvm::StringRef name);
  void emitMain(const std::vector<NodePtr> &statements);
  void emitHelpers();
  void finish();
  void store(const Node &node, llvm::StringRef name);
  void load(const Node &node, llvm::StringRef name);

  // Expressions; each pushes one value.
  void value(const Node &node);
  void values(const Node &node);
  void compare(const Node &node);
  void conditional(const Node &node);
  void call(const Node &node, bool withCaller);
  void callMethod(const Node &node);
  void callFunction(const Node &node);
  void callHelper(const Node &node);
  void help(const Node &node, llvm::StringRef name, size_t values);
  void native(const Node &node, unsigned which) {
    add(node, LFM2_OP_NATIVE, which);
  }
  void constant(const Node &node, int64_t number);
  void listOf(const Node &node);
  void attribute(const Node &node);
  void range(const Node &node);
  void time(const Node &node);
  void cycle(const Node &node);
  void slice(const Node &node);
  void fieldsOf(const Node &node, bool isNamespace);
  void callMacro(const Node &node, const Node *caller);
  void ofLoop(const Node &node);
  // What these are called on is on the stack.
  void filter(const CallSite &call, const Node &node);
  void test(const CallSite &call, const Node &node);
  void keyed(const Node &node, const Builtin &builtin,
             llvm::ArrayRef<Argument> arguments);
  void joined(const Node &node, const Builtin &builtin,
              std::vector<Argument> arguments);
  void mapped(const CallSite &call, const Node &node);
  void selected(const CallSite &call, const Node &node);
  void argument(const Node &node, const Argument &argument);
  void arguments(const Node &node, llvm::ArrayRef<Argument> arguments);
  void fields(const Node &node, const Node &attribute, const Node *other);
  template <typename Each> void transform(const Node &node, const Each &each);

  TemplateProgram &program;
  FunctionCode *function = nullptr;
  Scope *scope = nullptr;
  std::vector<Loop> loops;
  std::deque<FunctionCode> done;
  std::map<std::string, size_t> helpers;
  std::vector<std::pair<size_t, const Node *>> pending; // Helpers.
  std::vector<NodePtr> made; // Helpers of this template.
  bool inHelper = false;
  // Of names that stand for macros with the same parameters, and for nothing
  // else, one of these; null of others.
  std::map<std::string, const Node *> macros;
  llvm::Error error = llvm::Error::success();
  bool failed = false;
};

} // namespace lfm2c

#endif // LFM2C_LIB_CHAT_EMITTER_H
