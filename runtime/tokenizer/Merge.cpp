// Byte-pair merges of one pre-token.
//
// The symbols form a linked list over the positions of their first bytes; the
// possible merges wait in a heap, lowest rank first, then leftmost. A merge
// that a neighbour has overtaken stays in the heap and is recognised when it
// comes up, by the rank that its position holds now. So a word of n bytes takes
// O(n log n), a megabyte of one letter included.

#include "runtime/tokenizer/Text.h"

using namespace lfm2rt;

namespace {

constexpr uint32_t none = LFM2_TOKEN_NONE;

struct Symbol {
  uint32_t id;
  uint32_t rank;           // Of the merge with the next symbol, or none.
  uint32_t previous, next; // Positions, or none.
};

// A waiting merge: rank << 32 | position of its left symbol.
using Candidate = uint64_t;

static_assert(sizeof(Symbol) + 2 * sizeof(Candidate) == mergeBytesPerByte,
              "lfm2_tokenizer_work_bytes promises this");

// The merge of two tokens, its result in `id`; its rank, or none.
uint32_t findMerge(const lfm2_tokenizer &t, uint32_t left, uint32_t right,
                   uint32_t &id) {
  uint32_t low = t.merge_starts[left], high = t.merge_starts[left + 1];
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    const uint64_t entry = t.merges[middle];
    const uint32_t found = uint32_t(entry >> LFM2_TOKENIZER_RIGHT_SHIFT);
    if (found == right) {
      id = uint32_t(entry) & ((1u << LFM2_TOKENIZER_ID_BITS) - 1);
      return uint32_t(entry >> LFM2_TOKENIZER_ID_BITS) &
             ((1u << LFM2_TOKENIZER_RANK_BITS) - 1);
    }
    if (found < right)
      low = middle + 1;
    else
      high = middle;
  }
  return none;
}

// A binary heap, its least element first.
class Heap {
public:
  explicit Heap(Candidate *memory) : items(memory) {}

  bool empty() const { return size == 0; }
  void append(Candidate item) { items[size++] = item; } // Before order().

  void order() {
    for (size_t i = size / 2; i-- > 0;)
      sink(i, items[i]);
  }

  void push(Candidate item) {
    size_t at = size++;
    for (; at > 0 && items[(at - 1) / 2] > item; at = (at - 1) / 2)
      items[at] = items[(at - 1) / 2];
    items[at] = item;
  }

  Candidate pop() {
    const Candidate least = items[0];
    --size;
    if (size > 0)
      sink(0, items[size]);
    return least;
  }

private:
  void sink(size_t at, Candidate item) {
    for (size_t child; (child = 2 * at + 1) < size; at = child) {
      if (child + 1 < size && items[child + 1] < items[child])
        ++child;
      if (items[child] >= item)
        break;
      items[at] = items[child];
    }
    items[at] = item;
  }

  Candidate *items;
  size_t size = 0;
};

class Merger {
public:
  // The heap never holds more than 2 n: at most n - 1 merges wait at first, and
  // each of at most n - 1 merges takes one out and puts two in.
  Merger(const lfm2_tokenizer &tokenizer, void *work, size_t bytes)
      : tokenizer(tokenizer), symbols(static_cast<Symbol *>(work)),
        heap(reinterpret_cast<Candidate *>(symbols + bytes)) {}

  void run(const uint8_t *word, size_t bytes, IdSink &sink);

private:
  // Looks at symbol `at` and the next one again; its candidate, or 0.
  bool update(uint32_t at, Candidate &candidate) {
    Symbol &symbol = symbols[at];
    uint32_t id;
    symbol.rank = symbol.next == none ? none
                                      : findMerge(tokenizer, symbol.id,
                                                  symbols[symbol.next].id, id);
    candidate = Candidate(symbol.rank) << 32 | at;
    return symbol.rank != none;
  }

  void merge(uint32_t at);

  const lfm2_tokenizer &tokenizer;
  Symbol *symbols;
  Heap heap;
};

void Merger::merge(uint32_t at) {
  Symbol &left = symbols[at];
  Symbol &right = symbols[left.next];
  findMerge(tokenizer, left.id, right.id, left.id);
  left.next = right.next;
  right.rank = none; // Its waiting merge is overtaken.
  if (left.next != none)
    symbols[left.next].previous = at;
  Candidate candidate;
  if (left.previous != none && update(left.previous, candidate))
    heap.push(candidate);
  if (update(at, candidate))
    heap.push(candidate);
}

void Merger::run(const uint8_t *word, size_t bytes, IdSink &sink) {
  uint32_t count = 0;
  for (size_t i = 0; i < bytes; ++i) {
    const uint32_t id = tokenizer.byte_ids[word[i]];
    if (id == none)
      continue;
    symbols[count] = {id, none, count - 1, count + 1}; // 0 - 1 is none.
    ++count;
  }
  if (count == 0)
    return;
  symbols[count - 1].next = none;

  Candidate candidate;
  for (uint32_t at = 0; at < count; ++at)
    if (update(at, candidate))
      heap.append(candidate);
  heap.order();
  while (!heap.empty()) {
    candidate = heap.pop();
    const uint32_t at = uint32_t(candidate);
    if (symbols[at].rank == uint32_t(candidate >> 32))
      merge(at);
  }
  for (uint32_t at = 0; at != none; at = symbols[at].next)
    sink.add(symbols[at].id);
}

} // namespace

bool lfm2rt::mergeWord(const lfm2_tokenizer &tokenizer, const uint8_t *word,
                       size_t bytes, void *work, uint64_t workBytes,
                       IdSink &sink) {
  if (bytes == 1) {
    const uint32_t id = tokenizer.byte_ids[word[0]];
    if (id != none)
      sink.add(id);
    return true;
  }
  if (bytes > workBytes / mergeBytesPerByte)
    return false;
  Merger(tokenizer, work, bytes).run(word, bytes, sink);
  return true;
}
