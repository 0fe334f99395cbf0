// A parser by recursive descent, in the order of Jinja's grammar. After an
// error it stands at the end of the template, so that every loop ends.

#include "lib/Chat/Parser.h"

#include "lib/Chat/Lexer.h"

#include "lib/Support/Error.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace lfm2c;
using llvm::StringRef;
using llvm::Twine;

namespace {

using Nodes = std::vector<NodePtr>;
using Words = llvm::ArrayRef<StringRef>;

constexpr unsigned maxDepth = 200; // Of expressions and blocks in each other.

class Parser {
public:
  Parser(std::vector<Token> tokens, bool forHelpers)
      : tokens(std::move(tokens)), forHelpers(forHelpers) {}

  llvm::Expected<Nodes> run();

private:
  // Reading tokens.
  const Token &peek(size_t ahead = 0) const {
    return tokens[std::min(at + ahead, tokens.size() - 1)];
  }
  Token take() {
    Token token = peek();
    at = std::min(at + 1, tokens.size() - 1);
    return token;
  }
  bool isOp(StringRef spelling, size_t ahead = 0) const {
    return peek(ahead).is(TokenKind::Operator, spelling);
  }
  bool isName(StringRef spelling, size_t ahead = 0) const {
    return peek(ahead).is(TokenKind::Name, spelling);
  }
  bool takeOp(StringRef spelling) { return isOp(spelling) && (take(), true); }
  bool takeName(StringRef spelling) {
    return isName(spelling) && (take(), true);
  }
  void expectOp(StringRef spelling);
  std::string expectName(const char *what);
  void expectKind(TokenKind kind, const char *what);

  // Making nodes.
  NodePtr make(NodeKind kind, unsigned line, StringRef text = "") const {
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->line = line;
    node->text = text.str();
    return node;
  }
  NodePtr make(NodeKind kind, NodePtr first, NodePtr second = nullptr) const {
    NodePtr node = make(kind, first->line);
    node->parts.push_back(std::move(first));
    if (second)
      node->parts.push_back(std::move(second));
    return node;
  }
  NodePtr fail(unsigned line, const Twine &what);
  NodePtr unexpected(const Twine &expected);

  // Statements.
  Nodes statements(Words ends);
  Nodes block(Words ends);
  NodePtr statement();
  NodePtr ifStatement();
  NodePtr forStatement();
  NodePtr setStatement();
  NodePtr macro();
  NodePtr callBlock();
  NodePtr with();
  NodePtr printStatement();
  NodePtr target(bool fields, bool tuples, StringRef end);
  void checkTarget(const Node &node);
  Parameters parameters();

  // Expressions, from the loosest operators to the tightest.
  NodePtr expression();
  NodePtr conditional();
  NodePtr tuple(bool conditions, StringRef end, bool parentheses);
  NodePtr anyOf();
  NodePtr allOf();
  NodePtr negation();
  NodePtr comparison();
  NodePtr sum();
  NodePtr concat();
  NodePtr product();
  NodePtr power();
  NodePtr unary(bool filters);
  NodePtr primary(bool fields);
  NodePtr mapping();
  NodePtr list();
  void listOf(Node &node);
  NodePtr postfix(NodePtr node);
  NodePtr filters(NodePtr node);
  NodePtr filter(NodePtr node);
  NodePtr test(NodePtr node);
  NodePtr subscript(NodePtr node);
  void arguments(Node &call);

  std::vector<Token> tokens;
  const bool forHelpers;
  size_t at = 0;
  unsigned depth = 0;
  unsigned loops = 0; // Around what is read, within its macro or block.
  std::string error;
  unsigned errorLine = 0;
};

std::string describe(const Token &token) {
  switch (token.kind) {
  case TokenKind::End:
    return "the end of the template";
  case TokenKind::PrintEnd:
  case TokenKind::BlockEnd:
    return "the end of the tag";
  case TokenKind::String:
    return "the string " + quoted(token.text);
  default:
    return quoted(token.text);
  }
}

// The first error counts; what is read from then on is the end.
NodePtr Parser::fail(unsigned line, const Twine &what) {
  if (error.empty()) {
    error = what.str();
    errorLine = line;
  }
  at = tokens.size() - 1;
  return make(NodeKind::None, line);
}

NodePtr Parser::unexpected(const Twine &expected) {
  return fail(peek().line,
              "expected " + expected + ", found " + describe(peek()));
}

void Parser::expectOp(StringRef spelling) {
  if (!takeOp(spelling))
    unexpected(quoted(spelling));
}

std::string Parser::expectName(const char *what) {
  if (peek().kind == TokenKind::Name)
    return take().text;
  unexpected(what);
  return "";
}

void Parser::expectKind(TokenKind kind, const char *what) {
  if (peek().kind == kind)
    take();
  else
    unexpected(what);
}

llvm::Expected<Nodes> Parser::run() {
  Nodes nodes = statements({});
  if (error.empty())
    return std::move(nodes);
  return templateError(errorLine, error);
}

//===-- Statements
//---------------------------------------------------------===//

// Up to a tag that begins with one of `ends`, whose name is not taken.
Nodes Parser::statements(Words ends) {
  Nodes nodes;
  if (++depth > maxDepth)
    fail(peek().line, "blocks within blocks; at most 200 are supported");
  for (;;) {
    const Token token = peek();
    if (token.kind == TokenKind::End) {
      if (!ends.empty())
        unexpected("{% " + ends.back() + " %}");
      break;
    }
    take();
    if (token.kind == TokenKind::Data) {
      nodes.push_back(make(NodeKind::Text, token.line, token.text));
      continue;
    }
    if (token.kind == TokenKind::PrintBegin) {
      nodes.push_back(make(NodeKind::Print, tuple(true, "", false)));
      expectKind(TokenKind::PrintEnd, "the end of the tag, }}");
      continue;
    }
    if (peek().kind == TokenKind::Name && llvm::is_contained(ends, peek().text))
      break;
    nodes.push_back(statement());
    expectKind(TokenKind::BlockEnd, "the end of the tag, %}");
  }
  --depth;
  return nodes;
}

// The rest of a tag, then statements.
Nodes Parser::block(Words ends) {
  takeOp(":");
  expectKind(TokenKind::BlockEnd, "the end of the tag, %}");
  return statements(ends);
}

NodePtr Parser::statement() {
  const unsigned line = peek().line;
  const std::string name = expectName("the name of a tag");
  if (name == "if")
    return ifStatement();
  if (name == "for")
    return forStatement();
  if (name == "set")
    return setStatement();
  if (name == "print")
    return printStatement();
  if (name == "break" || name == "continue") {
    if (!loops)
      return fail(line, "{% " + name +
                            " %} outside of a loop, or in a block of its own "
                            "within the loop; both are not supported");
    return make(name == "break" ? NodeKind::Break : NodeKind::Continue, line);
  }
  if (name == "return" && forHelpers)
    return make(NodeKind::Return, expression());
  // These are no part of a loop around them.
  const unsigned around = loops;
  loops = 0;
  NodePtr node;
  if (name == "macro") {
    node = macro();
  } else if (name == "call") {
    node = callBlock();
  } else if (name == "with") {
    node = with();
  } else if (name == "filter") {
    node = make(NodeKind::FilterBlock, line);
    node->parts.push_back(filter(nullptr));
    while (takeOp("|"))
      node->parts[0] = filter(std::move(node->parts[0]));
    node->body = block({"endfilter"});
    take();
  } else if (name == "generation") {
    node = make(NodeKind::Scope, line);
    node->body = block({"endgeneration"});
    take();
  } else {
    node = fail(line, "{% " + name + " %} is not supported in a chat template");
  }
  loops = around;
  return node;
}

NodePtr Parser::ifStatement() {
  NodePtr node = make(NodeKind::If, peek().line);
  node->parts.push_back(tuple(false, "", false));
  node->body = block({"elif", "else", "endif"});
  const Token end = take();
  if (end.text == "elif") {
    if (++depth > maxDepth)
      return fail(end.line, "a chain of {% elif %}; at most 200 are supported");
    node->other.push_back(ifStatement());
    --depth;
  } else if (end.text == "else") {
    node->other = block({"endif"});
    take();
  }
  return node;
}

NodePtr Parser::forStatement() {
  NodePtr node = make(NodeKind::For, peek().line);
  node->parts.push_back(target(false, true, "in"));
  if (!takeName("in"))
    unexpected("'in'");
  node->parts.push_back(tuple(false, "recursive", false));
  node->parts.push_back(takeName("if") ? expression() : nullptr);
  if (isName("recursive"))
    return fail(peek().line, "a recursive loop is not supported");
  ++loops;
  node->body = block({"else", "endfor"});
  --loops;
  if (take().text == "else") {
    node->other = block({"endfor"});
    take();
  }
  return node;
}

NodePtr Parser::setStatement() {
  NodePtr node = make(NodeKind::Set, peek().line);
  node->parts.push_back(target(true, true, ""));
  if (takeOp("=")) {
    node->parts.push_back(tuple(true, "", false));
    return node;
  }
  node->kind = NodeKind::SetBlock;
  NodePtr filters;
  while (takeOp("|"))
    filters = filter(std::move(filters));
  node->parts.push_back(std::move(filters));
  const unsigned around = loops;
  loops = 0;
  node->body = block({"endset"});
  loops = around;
  take();
  return node;
}

NodePtr Parser::printStatement() {
  NodePtr node = make(NodeKind::Print, peek().line);
  while (peek().kind != TokenKind::BlockEnd && peek().kind != TokenKind::End) {
    if (!node->parts.empty())
      expectOp(",");
    node->parts.push_back(expression());
  }
  return node;
}

Parameters Parser::parameters() {
  Parameters found;
  expectOp("(");
  while (!isOp(")") && peek().kind != TokenKind::End) {
    if (!found.names.empty())
      expectOp(",");
    const unsigned line = peek().line;
    found.names.push_back(expectName("the name of a parameter"));
    if (found.names.size() > 200)
      fail(line, "a macro with more than 200 parameters");
    if (takeOp("="))
      found.defaults.push_back(expression());
    else if (!found.defaults.empty())
      fail(line, "expected a default for parameter " +
                     quoted(found.names.back()) + ", as the one before it has");
  }
  expectOp(")");
  return found;
}

NodePtr Parser::macro() {
  NodePtr node = make(NodeKind::Macro, peek().line);
  node->text = expectName("the name of a macro");
  node->parameters = parameters();
  node->body = block({"endmacro"});
  take();
  return node;
}

NodePtr Parser::callBlock() {
  NodePtr node = make(NodeKind::CallBlock, peek().line);
  if (isOp("("))
    node->parameters = parameters();
  node->parts.push_back(expression());
  if (node->parts[0]->kind != NodeKind::Call)
    fail(node->line, "expected the call of a macro in {% call %}");
  node->body = block({"endcall"});
  take();
  return node;
}

NodePtr Parser::with() {
  NodePtr node = make(NodeKind::With, peek().line);
  while (peek().kind != TokenKind::BlockEnd && peek().kind != TokenKind::End) {
    if (!node->parts.empty())
      expectOp(",");
    node->parts.push_back(target(false, true, ""));
    expectOp("=");
    node->parts.push_back(expression());
  }
  node->body = block({"endwith"});
  take();
  return node;
}

// What is assigned to: a name, a field of a namespace, or several of them.
NodePtr Parser::target(bool fields, bool tuples, StringRef end) {
  const unsigned line = peek().line;
  NodePtr node = primary(fields);
  if (tuples && isOp(",")) {
    node = make(NodeKind::Tuple, std::move(node));
    while (takeOp(",")) {
      const TokenKind kind = peek().kind;
      if (kind == TokenKind::BlockEnd || kind == TokenKind::PrintEnd ||
          isOp(")") || (!end.empty() && isName(end)))
        break;
      node->parts.push_back(primary(fields));
    }
  }
  node->line = line;
  checkTarget(*node);
  return node;
}

void Parser::checkTarget(const Node &node) {
  if (node.kind == NodeKind::Tuple) {
    for (const NodePtr &part : node.parts)
      checkTarget(*part);
    return;
  }
  if (node.kind != NodeKind::Name && node.kind != NodeKind::Field)
    fail(node.line, "expected a name to set, found another expression");
  if (node.kind == NodeKind::Name && node.text == "loop")
    fail(node.line, "'loop' cannot be set");
}

//===-- Expressions
//--------------------------------------------------------===//

NodePtr Parser::expression() {
  if (++depth > maxDepth)
    return fail(peek().line,
                "an expression within expressions; at most 200 are supported");
  NodePtr node = conditional();
  --depth;
  return node;
}

NodePtr Parser::conditional() {
  NodePtr node = anyOf();
  while (takeName("if")) {
    NodePtr condition = anyOf();
    NodePtr other = takeName("else") ? expression() : nullptr;
    NodePtr whole =
        make(NodeKind::Conditional, std::move(condition), std::move(node));
    whole->parts.push_back(std::move(other));
    node = std::move(whole);
  }
  return node;
}

// Expressions with commas between them are a tuple. `end` is a name that ends
// it.
NodePtr Parser::tuple(bool conditions, StringRef end, bool parentheses) {
  const unsigned line = peek().line;
  if (++depth > maxDepth)
    return fail(line,
                "an expression within expressions; at most 200 are supported");
  Nodes parts;
  bool isTuple = false;
  for (;;) {
    const TokenKind kind = peek().kind;
    if (kind == TokenKind::PrintEnd || kind == TokenKind::BlockEnd ||
        kind == TokenKind::End || isOp(")") || (!end.empty() && isName(end)))
      break;
    parts.push_back(conditions ? conditional() : anyOf());
    if (!takeOp(","))
      break;
    isTuple = true;
  }
  --depth;
  if (!isTuple && !parts.empty())
    return std::move(parts[0]);
  if (!isTuple && !parentheses)
    return unexpected("an expression");
  NodePtr node = make(NodeKind::Tuple, line);
  node->parts = std::move(parts);
  return node;
}

NodePtr Parser::anyOf() {
  NodePtr node = allOf();
  while (takeName("or"))
    node = make(NodeKind::Or, std::move(node), allOf());
  return node;
}

NodePtr Parser::allOf() {
  NodePtr node = negation();
  while (takeName("and"))
    node = make(NodeKind::And, std::move(node), negation());
  return node;
}

NodePtr Parser::negation() {
  const unsigned line = peek().line;
  if (!takeName("not"))
    return comparison();
  if (++depth > maxDepth)
    return fail(line,
                "an expression within expressions; at most 200 are supported");
  NodePtr node = make(NodeKind::Not, negation());
  --depth;
  return node;
}

NodePtr Parser::comparison() {
  NodePtr node = sum();
  NodePtr whole;
  for (;;) {
    std::string relation;
    for (StringRef spelling : {"==", "!=", "<", "<=", ">", ">="})
      if (isOp(spelling))
        relation = spelling.str();
    if (!relation.empty())
      take();
    else if (takeName("in"))
      relation = "in";
    else if (isName("not") && isName("in", 1))
      relation = (take(), take(), "not in");
    else
      break;
    if (!whole)
      whole = make(NodeKind::Compare, std::move(node));
    whole->names.push_back(relation);
    whole->parts.push_back(sum());
  }
  return whole ? std::move(whole) : std::move(node);
}

// What is added to each other is one node, however long.
NodePtr Parser::sum() {
  NodePtr node = concat();
  while (isOp("+") || isOp("-")) {
    const std::string operation = take().text;
    NodePtr right = concat();
    if (operation == "+" && node->kind == NodeKind::Add &&
        node->text == "chain") {
      node->parts.push_back(std::move(right));
      continue;
    }
    node = make(operation == "+" ? NodeKind::Add : NodeKind::Binary,
                std::move(node), std::move(right));
    node->text = operation == "+" ? "chain" : "-";
  }
  // One in parentheses is another chain.
  if (node->kind == NodeKind::Add)
    node->text = "";
  return node;
}

NodePtr Parser::concat() {
  NodePtr node = product();
  if (!isOp("~"))
    return node;
  node = make(NodeKind::Concat, std::move(node));
  while (takeOp("~"))
    node->parts.push_back(product());
  return node;
}

NodePtr Parser::product() {
  NodePtr node = power();
  while (isOp("*") || isOp("/") || isOp("//") || isOp("%")) {
    const std::string operation = take().text;
    node = make(NodeKind::Binary, std::move(node), power());
    node->text = operation;
  }
  return node;
}

NodePtr Parser::power() {
  NodePtr node = unary(true);
  while (takeOp("**")) {
    node = make(NodeKind::Binary, std::move(node), unary(true));
    node->text = "**";
  }
  return node;
}

NodePtr Parser::unary(bool withFilters) {
  NodePtr node;
  if (isOp("-") || isOp("+")) {
    const Token sign = take();
    if (++depth > maxDepth)
      return fail(
          sign.line,
          "an expression within expressions; at most 200 are supported");
    node = make(sign.text == "-" ? NodeKind::Negate : NodeKind::Plus,
                unary(false));
    --depth;
  } else {
    node = primary(false);
  }
  node = postfix(std::move(node));
  return withFilters ? filters(std::move(node)) : std::move(node);
}

NodePtr Parser::primary(bool fields) {
  const Token token = peek();
  if (token.kind == TokenKind::Name) {
    take();
    const NodeKind kind = llvm::StringSwitch<NodeKind>(token.text)
                              .Cases({"true", "True"}, NodeKind::True)
                              .Cases({"false", "False"}, NodeKind::False)
                              .Cases({"none", "None"}, NodeKind::None)
                              .Default(NodeKind::Name);
    NodePtr node = make(kind, token.line, token.text);
    if (fields && kind == NodeKind::Name && takeOp(".")) {
      node->kind = NodeKind::Field;
      node->names.push_back(expectName("the name of a field"));
    }
    return node;
  }
  if (token.kind == TokenKind::String) {
    NodePtr node = make(NodeKind::String, token.line);
    while (peek().kind == TokenKind::String)
      node->text += take().text;
    return node;
  }
  if (token.kind == TokenKind::Integer || token.kind == TokenKind::Float) {
    take();
    return make(token.kind == TokenKind::Integer ? NodeKind::Integer
                                                 : NodeKind::Float,
                token.line, token.text);
  }
  if (takeOp("(")) {
    NodePtr node = tuple(true, "", true);
    expectOp(")");
    return node;
  }
  if (isOp("["))
    return list();
  if (isOp("{"))
    return mapping();
  return unexpected("an expression");
}

NodePtr Parser::list() {
  NodePtr node = make(NodeKind::List, take().line);
  while (!isOp("]") && peek().kind != TokenKind::End) {
    if (!node->parts.empty())
      expectOp(",");
    if (!isOp("]"))
      node->parts.push_back(expression());
    if (forHelpers && takeName("for")) {
      listOf(*node);
      break;
    }
  }
  expectOp("]");
  return node;
}

// Behind the element and `for`.
void Parser::listOf(Node &node) {
  node.kind = NodeKind::ListOf;
  node.parts.push_back(target(false, true, "in"));
  takeName("in");
  node.parts.push_back(anyOf());
  node.parts.push_back(takeName("if") ? anyOf() : nullptr);
  node.parts.push_back(nullptr);
}

NodePtr Parser::mapping() {
  NodePtr node = make(NodeKind::Mapping, take().line);
  while (!isOp("}") && peek().kind != TokenKind::End) {
    if (!node->parts.empty())
      expectOp(",");
    if (isOp("}"))
      break;
    node->parts.push_back(expression());
    expectOp(":");
    node->parts.push_back(expression());
    if (forHelpers && takeName("for")) {
      NodePtr value = std::move(node->parts.back());
      node->parts.pop_back();
      listOf(*node);
      node->parts.back() = std::move(value);
      break;
    }
  }
  expectOp("}");
  return node;
}

// Chains of these nest to the left.
NodePtr Parser::postfix(NodePtr node) {
  for (unsigned length = 0; isOp(".") || isOp("[") || isOp("("); ++length) {
    if (length == maxDepth)
      return fail(
          peek().line,
          "an expression within expressions; at most 200 are supported");
    node = isOp("(") ? make(NodeKind::Call, std::move(node))
                     : subscript(std::move(node));
    if (node->kind == NodeKind::Call)
      arguments(*node);
  }
  return node;
}

NodePtr Parser::filters(NodePtr node) {
  for (unsigned length = 0; isOp("|") || isName("is") || isOp("("); ++length) {
    if (length == maxDepth)
      return fail(
          peek().line,
          "an expression within expressions; at most 200 are supported");
    if (takeOp("|")) {
      node = filter(std::move(node));
    } else if (isOp("(")) {
      node = make(NodeKind::Call, std::move(node));
      arguments(*node);
    } else {
      node = test(std::move(node));
    }
  }
  return node;
}

NodePtr Parser::filter(NodePtr node) {
  NodePtr call = make(NodeKind::Filter, peek().line);
  call->text = expectName("the name of a filter");
  while (takeOp("."))
    call->text += "." + expectName("the name of a filter");
  call->parts.push_back(std::move(node));
  if (isOp("("))
    arguments(*call);
  return call;
}

NodePtr Parser::test(NodePtr node) {
  NodePtr call = make(NodeKind::Test, take().line);
  const bool negated = takeName("not");
  call->text = expectName("the name of a test");
  call->parts.push_back(std::move(node));
  const Token next = peek();
  if (isOp("(")) {
    arguments(*call);
  } else if (isName("is")) {
    return fail(next.line, "expected one test, found a second 'is'");
  } else if (next.kind == TokenKind::String ||
             next.kind == TokenKind::Integer || next.kind == TokenKind::Float ||
             isOp("[") || isOp("{") ||
             (next.kind == TokenKind::Name && next.text != "else" &&
              next.text != "or" && next.text != "and")) {
    call->parts.push_back(postfix(primary(false)));
  }
  return negated ? make(NodeKind::Not, std::move(call)) : std::move(call);
}

NodePtr Parser::subscript(NodePtr node) {
  const Token token = take();
  if (token.text == ".") {
    if (peek().kind == TokenKind::Integer) {
      NodePtr key = make(NodeKind::Integer, peek().line, peek().text);
      take();
      return make(NodeKind::Item, std::move(node), std::move(key));
    }
    NodePtr whole = make(NodeKind::Attribute, std::move(node));
    whole->line = token.line;
    whole->text = expectName("the name of an attribute");
    return whole;
  }
  NodePtr first = isOp(":") ? nullptr : expression();
  if (isOp(",")) {
    return fail(token.line,
                "several keys in one pair of brackets are not supported");
  }
  if (first && takeOp("]"))
    return make(NodeKind::Item, std::move(node), std::move(first));
  expectOp(":");
  NodePtr slice = make(NodeKind::Slice, std::move(node));
  slice->parts.push_back(std::move(first));
  slice->parts.push_back(isOp(":") || isOp("]") ? nullptr : expression());
  slice->parts.push_back(!takeOp(":") || isOp("]") ? nullptr : expression());
  expectOp("]");
  return slice;
}

// Adds arguments, those with names last.
void Parser::arguments(Node &call) {
  const unsigned line = take().line;
  bool first = true;
  while (!isOp(")") && peek().kind != TokenKind::End) {
    if (!first)
      expectOp(",");
    first = false;
    if (isOp(")"))
      break;
    if (isOp("*") || isOp("**")) {
      fail(line, "arguments out of a list or a mapping, " +
                     quoted(peek().text) + ", are not supported");
      break;
    }
    if (peek().kind == TokenKind::Name && isOp("=", 1)) {
      call.names.push_back(take().text);
      take();
    } else if (!call.names.empty()) {
      fail(line, "expected a name for each argument behind one with a name");
    }
    call.parts.push_back(expression());
    if (call.parts.size() > 200)
      fail(line, "a call with more than 200 arguments");
  }
  expectOp(")");
}

} // namespace

llvm::Expected<std::vector<NodePtr>>
lfm2c::parseTemplate(llvm::StringRef source, bool forHelpers) {
  auto tokens = tokenizeTemplate(source);
  if (!tokens)
    return tokens.takeError();
  return Parser(std::move(*tokens), forHelpers).run();
}
