// Which variable a name stands for, as Jinja decides it: before anything runs,
// by what a block sets and reads.
//
// A block of its own (the body of a loop or macro, {% set %} with a body) has
// variables of its own. A name that it sets is its own variable, which starts
// with the value of the outer one; a name that it only reads is the nearest
// outer variable or, where there is none, one of the caller's. {% if %} is no
// such block, but a name that is set in one branch alone starts with the
// caller's value.

#ifndef LFM2C_LIB_CHAT_SCOPES_H
#define LFM2C_LIB_CHAT_SCOPES_H

#include "lib/Chat/Syntax.h"

#include "llvm/ADT/STLExtras.h"

#include <map>
#include <optional>
#include <set>

namespace lfm2c {

/// A variable of the function that is `depth` functions deep.
struct Variable {
  unsigned depth = 0, slot = 0;
  bool operator==(const Variable &other) const {
    return depth == other.depth && slot == other.slot;
  }
};

/// What a variable starts with when its block is entered.
struct Start {
  enum Kind { Undefined, Caller, Outer } kind;
  std::string name;
  Variable variable; // The block's own.
  Variable outer;
};

/// The function whose variables blocks have.
struct FunctionSlots {
  unsigned depth = 0;
  unsigned count = 0;    // At most mostSlots; then there were too many.
  bool isHelper = false; // What it calls are no variables.
};

constexpr unsigned mostSlots = 1000;

class Scope {
public:
  /// Variables are those of `function`.
  Scope(Scope *parent, FunctionSlots &function);

  /// What the block reads and sets, in its order.
  void add(const std::vector<NodePtr> &statements);
  void add(const Node &node);
  /// A target, set by those who enter the block.
  void addParameters(const Node &target);
  void addParameter(llvm::StringRef name);
  /// The variable `loop` of a loop's body.
  void addLoop();

  /// Of a name that the block reads or sets.
  Variable find(llvm::StringRef name) const;
  /// Whether a name is a variable that the template sets, here or further out.
  bool isSet(llvm::StringRef name) const;
  /// Whether `loop` is that of a loop.
  bool isInLoop() const;
  const std::vector<Start> &getStarts() const { return starts; }

private:
  void load(llvm::StringRef name);
  void store(llvm::StringRef name);
  void storeTarget(const Node &target);
  void addBranches(const Node &node);
  std::optional<Variable> lookup(llvm::StringRef name) const;
  Variable define(llvm::StringRef name);
  bool isFull() const { return function->count >= mostSlots; }
  void setStart(llvm::StringRef name, Start::Kind kind, Variable outer = {});

  Scope *parent;
  bool hasLoop = false;
  FunctionSlots *function;
  // Slots by name, also of branches, so that both branches mean one variable.
  std::shared_ptr<std::map<std::string, unsigned>> slots;
  std::map<std::string, Variable> variables;
  std::vector<Start> starts;
  std::set<std::string> stores;
};

} // namespace lfm2c

#endif // LFM2C_LIB_CHAT_SCOPES_H
