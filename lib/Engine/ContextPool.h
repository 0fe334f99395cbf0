// The contexts of a scheduler: those in use, and those kept for requests that
// begin as theirs did.

#ifndef LFM2C_LIB_ENGINE_CONTEXTPOOL_H
#define LFM2C_LIB_ENGINE_CONTEXTPOOL_H

#include "lib/Engine/Context.h"
#include <list>

namespace lfm2e {

/// Of one thread at a time.
class ContextPool {
public:
  struct Member {
    explicit Member(std::shared_ptr<const Model> model,
                    const lfm2rt_context_options &options)
        : context(std::move(model), options) {}
    Context context;
    /// Of a request that is in the making, all of its prompt; nullptr: it is
    /// kept.
    const std::vector<int32_t> *prompt = nullptr;
    /// Tokens whose memory it has touched.
    uint32_t touched = 0;
    /// Of the tokens that it has touched, and may touch.
    uint64_t bytes = 0;
    uint64_t lastUsed = 0;
  };

  ContextPool(std::shared_ptr<const Model> model, uint32_t tokens,
              uint64_t budget)
      : model(std::move(model)), tokens(tokens), budget(budget) {}

  enum class Found {
    Context, ///< It is here.
    NoRoom,  ///< Others use all of the budget.
    Later,   ///< Another request is reading the same beginning at this moment.
  };
  struct Result {
    Found found = Found::NoRoom;
    Member *member = nullptr;
    uint32_t kept = 0; ///< Tokens of the prompt that it has read.
  };
  /// A context for a request whose prompt, which must live until release(), and
  /// answer have `reserve` tokens together. It stands behind the longest
  /// beginning of the prompt that any context has read, and that it can get by
  /// copying and by going back to a mark. Throws Failure where not even one
  /// fits into memory.
  Result acquire(const std::vector<int32_t> &prompt, uint32_t reserve);
  /// It is kept, as long as there is room.
  void release(Member &member);
  /// It is not: what it has read may be wrong.
  void drop(Member &member);

  uint32_t kept() const { return uint32_t(members.size()) - inUse; }
  /// Bytes that all may touch.
  uint64_t bytes() const { return used; }

private:
  /// Shorter beginnings are not worth a copy.
  static constexpr uint32_t shortest = 16;
  /// So many tokens may be lost where a kept context goes back.
  static constexpr uint32_t mostLost = 128;
  /// A request waits for another one to read so many more tokens than are
  /// there.
  static constexpr uint32_t worthWaiting = 64;

  lfm2rt_context_options optionsFor(uint32_t tokens) const;
  uint64_t bytesFor(uint32_t tokens) const;
  bool makeRoom(uint64_t needed, const Member *but);
  Member *oldestKept(const Member *but);
  void setReserve(Member &member, uint32_t tokens);
  bool isWorthTaking(const Member &source, uint32_t kept) const;
  Member *place(Member *source, uint32_t kept, uint32_t reserve);
  void copy(Member &to, const Member &from);

  std::shared_ptr<const Model> model;
  const uint32_t tokens;
  const uint64_t budget;
  uint64_t clock = 0;
  std::list<Member> members;
  uint64_t used = 0;  ///< Sum of the members' `bytes`.
  uint32_t inUse = 0; ///< Members with a prompt.
};

} // namespace lfm2e

#endif // LFM2C_LIB_ENGINE_CONTEXTPOOL_H
