// What a Jinja template says, as a tree.

#ifndef LFM2C_LIB_CHAT_SYNTAX_H
#define LFM2C_LIB_CHAT_SYNTAX_H

#include "llvm/ADT/StringRef.h"

#include <memory>
#include <string>
#include <vector>

namespace lfm2c {

enum class NodeKind {
  // Statements.
  Text,     // text
  Print,    // parts: what is printed
  If,       // parts[0]; body; other
  For,      // parts: target, what to go through, condition or null; body; other
  Set,      // parts: target, value
  SetBlock, // parts: target, then filters on null, or null; body
  Macro,    // text, parameters; body
  CallBlock,   // parts: the call; parameters; body
  FilterBlock, // parts: filters on null; body
  Scope,       // body, with variables of its own
  With,        // parts: target, value, ...; body
  Break,
  Continue,
  Return, // parts[0]; in helpers
  // Expressions.
  None,
  True,
  False,
  String,    // text
  Integer,   // text
  Float,     // text
  Name,      // text
  Field,     // text, names[0]: a namespace and its field, as a target
  Tuple,     // parts
  List,      // parts
  Mapping,   // parts: key, value, ...
  Attribute, // parts[0].text
  Item,      // parts[0][parts[1]]
  Slice,     // parts[0][parts[1]:parts[2]:parts[3]], null where not given
  Call,      // parts[0](the rest; names: of the last of them)
  Filter,    // the same, of the filter `text`; parts[0] may be null
  Test,      // the same, of a test
  Not,
  Negate,
  Plus,
  And,
  Or,
  Binary,      // text: - * / // % **
  Add,         // parts, from the left
  Concat,      // parts
  Compare,     // parts, names: what stands between them
  ListOf,      // parts: element, target, what to go through, condition or null,
               // value of a mapping's key or null
  Conditional, // parts: condition, value, other value or null
};

struct Node;
using NodePtr = std::unique_ptr<Node>;

/// Of a macro or a call block; the last of them have defaults.
struct Parameters {
  std::vector<std::string> names;
  std::vector<NodePtr> defaults;
};

struct Node {
  NodeKind kind;
  unsigned line;
  std::string text;
  std::vector<NodePtr> parts;
  std::vector<std::string> names;
  Parameters parameters;
  std::vector<NodePtr> body, other;
};

} // namespace lfm2c

#endif // LFM2C_LIB_CHAT_SYNTAX_H
