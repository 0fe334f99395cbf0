#include "runtime/grammar/Syntax.h"
#include "runtime/include/lfm2rt/tokenizer_format.h"

namespace lfm2rt {
namespace grammar {

Node *Syntax::make(Op op) {
  void *memory = arena.take(sizeof(Node));
  if (!memory) {
    noNode = Node();
    return &noNode;
  }
  Node *node = new (At{memory}) Node();
  node->op = op;
  return node;
}

static uint32_t sum(uint64_t a, uint64_t b) {
  return uint32_t(min<uint64_t>(a + b, noLimit));
}

void Syntax::add(Node *parent, Node *child) {
  if (overflowed())
    return;
  (parent->last ? parent->last->next : parent->child) = child;
  parent->last = child;
  parent->cost = sum(parent->cost, child->cost + uint64_t(1));
}

Node *Syntax::sequence(Node *a, Node *b, Node *c) {
  Node *node = sequence();
  add(node, a);
  add(node, b);
  if (c)
    add(node, c);
  return node;
}

Node *Syntax::bytes(Text text) {
  Node *node = make(Op::Bytes);
  node->bytes = text.at;
  node->low = node->cost = text.bytes;
  return node;
}

// The ranges are few, and most often in order.
static uint32_t sortAndJoin(Range *ranges, uint32_t count) {
  for (uint32_t i = 1; i < count; ++i)
    for (uint32_t j = i; j > 0 && ranges[j].low < ranges[j - 1].low; --j) {
      Range other = ranges[j];
      ranges[j] = ranges[j - 1];
      ranges[j - 1] = other;
    }
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; ++i) {
    if (kept > 0 && ranges[i].low <= uint64_t(ranges[kept - 1].high) + 1)
      ranges[kept - 1].high = max(ranges[kept - 1].high, ranges[i].high);
    else
      ranges[kept++] = ranges[i];
  }
  return kept;
}

Node *Syntax::set(const Range *ranges, uint32_t count, bool allOthers,
                  bool escaped) {
  Node *node = make(Op::Set);
  auto *own =
      static_cast<Range *>(arena.take(sizeof(Range) * (uint64_t(count) + 1)));
  if (!own)
    return node;
  memcpy(own, ranges, sizeof(Range) * count);
  count = sortAndJoin(own, count);
  if (allOthers) {
    // In place: each gap is known before its range is overwritten.
    uint32_t from = 0, kept = 0;
    for (uint32_t i = 0; i < count; ++i) {
      Range range = own[i];
      if (range.low > from)
        own[kept++] = {from, range.low - 1};
      from = range.high + 1;
    }
    if (from <= lastCodePoint)
      own[kept++] = {from, lastCodePoint};
    count = kept;
  }
  if (count == 0)
    node->op = Op::Never;
  node->ranges = own;
  node->low = count;
  node->escaped = escaped;
  const bool wide = count > 0 && own[count - 1].high > 0x7f;
  node->cost = count + (wide ? 8 : 0) + (escaped ? 8 : 0);
  return node;
}

Node *Syntax::repeat(Node *child, uint32_t low, uint32_t high) {
  const uint64_t copies = high == noLimit ? low + uint64_t(1) : high;
  // What is long is a rule of its own, so that a copy is one state.
  if (copies > 1 && child->cost > 3 && child->op != Op::Call)
    child = call(newRule({"", 0}, 0, child));
  Node *node = make(Op::Repeat);
  node->low = low;
  node->high = high;
  add(node, child);
  node->cost = sum(copies * (child->cost + uint64_t(1)), 1);
  return node;
}

Node *Syntax::call(Rule *rule) {
  Node *node = make(Op::Call);
  node->rule = rule;
  node->cost = 1;
  return node;
}

Node *Syntax::token(uint32_t id, bool allOthers) {
  Node *node = make(Op::Token);
  node->low = id;
  node->high = allOthers;
  node->cost = 1;
  return node;
}

Node *Syntax::member(Text key, Node *value, bool required) {
  Node *node = make(Op::Member);
  node->bytes = key.at;
  node->high = key.bytes;
  node->low = required;
  node->cost = 2 * key.bytes + uint64_t(8);
  add(node, value);
  return node;
}

Rule *Syntax::newRule(Text name, uint64_t at, Node *body) {
  void *memory = arena.take(sizeof(Rule));
  if (!memory) {
    noRule = Rule();
    return &noRule;
  }
  Rule *rule = new (At{memory}) Rule();
  rule->name = name;
  rule->at = at;
  rule->body = body;
  (lastRule ? lastRule->next : first) = rule;
  lastRule = rule;
  return rule;
}

Rule *Syntax::rule(Text name, uint64_t at) {
  if (overflowed())
    return &noRule;
  Rule *&bucket =
      named[lfm2_tokenizer_hash(reinterpret_cast<const uint8_t *>(name.at),
                                name.bytes) %
            numBuckets];
  for (Rule *rule = bucket; rule; rule = rule->sameBucket)
    if (equal(rule->name, name))
      return rule;
  Rule *rule = newRule(name, at, nullptr);
  if (!overflowed()) {
    rule->sameBucket = bucket;
    bucket = rule;
  }
  return rule;
}

} // namespace grammar
} // namespace lfm2rt
