#include "lib/Chat/Scopes.h"

#include "llvm/ADT/STLExtras.h"

using namespace lfm2c;
using llvm::StringRef;

Scope::Scope(Scope *parent, FunctionSlots &function)
    : parent(parent), function(&function),
      slots(std::make_shared<std::map<std::string, unsigned>>()) {}

std::optional<Variable> Scope::lookup(StringRef name) const {
  for (const Scope *scope = this; scope; scope = scope->parent)
    if (const auto it = scope->variables.find(name.str());
        it != scope->variables.end())
      return it->second;
  return std::nullopt;
}

Variable Scope::find(StringRef name) const {
  return lookup(name).value_or(Variable());
}

bool Scope::isSet(StringRef name) const {
  for (const Scope *scope = this; scope; scope = scope->parent)
    if (scope->stores.count(name.str()))
      return true;
  return false;
}

Variable Scope::define(StringRef name) {
  const auto [it, isNew] = slots->try_emplace(name.str(), function->count);
  function->count += isNew;
  return variables[name.str()] = {function->depth, it->second};
}

void Scope::setStart(StringRef name, Start::Kind kind, Variable outer) {
  const Variable variable = variables[name.str()];
  for (Start &start : starts)
    if (start.variable == variable) {
      start.kind = kind;
      start.outer = outer;
      return;
    }
  starts.push_back({kind, name.str(), variable, outer});
}

void Scope::load(StringRef name) {
  if (lookup(name) || isFull())
    return;
  define(name);
  setStart(name, Start::Caller);
}

void Scope::store(StringRef name) {
  if (isFull())
    return;
  stores.insert(name.str());
  if (variables.count(name.str()))
    return;
  const std::optional<Variable> outer =
      parent ? parent->lookup(name) : std::nullopt;
  define(name);
  setStart(name, outer ? Start::Outer : Start::Undefined,
           outer.value_or(Variable()));
}

void Scope::addParameter(StringRef name) {
  if (isFull())
    return;
  stores.insert(name.str());
  define(name);
}

void Scope::addLoop() {
  addParameter("loop");
  hasLoop = true;
}

bool Scope::isInLoop() const {
  for (const Scope *scope = this; scope; scope = scope->parent)
    if (scope->variables.count("loop"))
      return scope->hasLoop;
  return false;
}

void Scope::addParameters(const Node &target) {
  if (target.kind == NodeKind::Name)
    addParameter(target.text);
  for (const NodePtr &part : target.parts)
    addParameters(*part);
}

void Scope::storeTarget(const Node &target) {
  if (target.kind == NodeKind::Name)
    store(target.text);
  else if (target.kind == NodeKind::Field)
    load(target.text);
  for (const NodePtr &part : target.parts)
    storeTarget(*part);
}

void Scope::add(const std::vector<NodePtr> &statements) {
  for (const NodePtr &statement : statements)
    add(*statement);
}

void Scope::addBranches(const Node &node) {
  add(*node.parts[0]);
  Scope branches[] = {*this, *this};
  branches[0].add(node.body);
  branches[1].add(node.other);
  std::set<std::string> stored;
  for (const Scope &branch : branches)
    for (const std::string &name : branch.stores)
      if (!stores.count(name))
        stored.insert(name);
  for (const Scope &branch : branches) {
    variables.insert(branch.variables.begin(), branch.variables.end());
    stores.insert(branch.stores.begin(), branch.stores.end());
    for (const Start &start : branch.starts)
      setStart(start.name, start.kind, start.outer);
  }
  for (const std::string &name : stored) {
    const std::optional<Variable> outer =
        parent ? parent->lookup(name) : std::nullopt;
    setStart(name, outer ? Start::Outer : Start::Caller,
             outer.value_or(Variable()));
  }
}

void Scope::add(const Node &node) {
  switch (node.kind) {
  case NodeKind::If:
    addBranches(node);
    return;
  case NodeKind::For: // The rest is a block of its own.
    add(*node.parts[1]);
    return;
  case NodeKind::Set:
    add(*node.parts[1]);
    storeTarget(*node.parts[0]);
    return;
  case NodeKind::SetBlock:
    storeTarget(*node.parts[0]);
    if (node.parts[1])
      add(*node.parts[1]);
    return;
  case NodeKind::Macro:
    store(node.text);
    return;
  case NodeKind::With:
    for (size_t i = 1; i < node.parts.size(); i += 2)
      add(*node.parts[i]);
    return;
  case NodeKind::ListOf: // The same.
    add(*node.parts[2]);
    return;
  case NodeKind::Name:
    load(node.text);
    return;
  default:
    const bool isKnown = function->isHelper && node.kind == NodeKind::Call &&
                         node.parts[0]->kind == NodeKind::Name;
    for (const NodePtr &part : llvm::drop_begin(node.parts, isKnown))
      if (part)
        add(*part);
  }
}
