// What a module says of its entries.

#include "dialects/exec/IR/Exec.h"
#include "lfm2rt/abi.h"
#include "lib/Support/Error.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace lfm2c;
using namespace lfm2c::exec;

LogicalResult ScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   int64_t streams, int64_t prefetch,
                                   int64_t tokens, int64_t groups,
                                   int64_t ahead) {
  if (streams < 1 || streams > 8)
    return emitError() << "expects 1 to 8 'streams', but found " << streams;
  if (prefetch < 0 || prefetch > 65536)
    return emitError() << "expects a 'prefetch' of 0 to 65536 bytes, but found "
                       << prefetch;
  if (tokens < 1 || tokens > 16)
    return emitError() << "expects tiles of 1 to 16 'tokens', but found "
                       << tokens;
  if (groups < 1 || groups > 4)
    return emitError() << "expects tiles of 1 to 4 'groups', but found "
                       << groups;
  if (ahead < 0 || ahead > 4)
    return emitError() << "expects tiles to look 0 to 4 groups 'ahead', but "
                          "found "
                       << ahead;
  return success();
}

LogicalResult StretchAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  StringRef layer, StringRef phase,
                                  int64_t weights, int64_t expertBytes,
                                  int64_t experts, int64_t used, int64_t macs,
                                  int64_t cacheBytes, int64_t cacheMacs, bool,
                                  int64_t near, ScheduleAttr) {
  auto fail = [&] {
    return emitError() << "the stretch '" << phase << "' of '" << layer << "' ";
  };
  if (phase.empty())
    return fail() << "has no name in 'phase'";
  for (auto [name, value] : {std::pair<StringRef, int64_t>{"weights", weights},
                             {"expert_bytes", expertBytes},
                             {"experts", experts},
                             {"used", used},
                             {"macs", macs},
                             {"cache_bytes", cacheBytes},
                             {"cache_macs", cacheMacs},
                             {"near", near}})
    if (value < 0)
      return fail() << "expects '" << name << "' not to be negative, but it is "
                    << value;
  if (used > experts)
    return fail() << "uses " << used << " of " << experts << " experts";
  return success();
}

LogicalResult EntryAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                StringRef name, int64_t tokens,
                                StringRef symbol,
                                std::optional<int64_t> scratch, int64_t near,
                                ArrayAttr stretches, DenseI16ArrayAttr order,
                                DenseI16ArrayAttr layers) {
  auto fail = [&] { return emitError() << "the entry '" << name << "' "; };
  if (name.empty() || symbol.empty())
    return fail() << "expects a 'name' and the 'symbol' of its function";
  if (tokens < 1)
    return fail() << "expects 'tokens' to be positive, but it is " << tokens;
  if (scratch.value_or(0) < 0)
    return fail() << "expects 'scratch' not to be negative, but it is "
                  << *scratch;
  if (near < 0 || near % LFM2_NEAR_ALIGN != 0)
    return fail() << "expects 'near' to be a multiple of " << LFM2_NEAR_ALIGN
                  << ", but it is " << near;
  if (stretches && !llvm::all_of(stretches, llvm::IsaPred<StretchAttr>))
    return fail() << "expects 'stretches' to hold #exec.stretch, but they are "
                  << stretches;
  const size_t count = stretches ? stretches.size() : 0;
  const size_t places = order ? order.size() : 0;
  if (places != static_cast<size_t>(layers ? layers.size() : 0))
    return fail() << "expects as many 'layers' as there are in 'order'";
  if (count > 0 && places == 0)
    return fail() << "expects the 'order' of its 'stretches'";
  for (size_t i = 0; i < places; ++i)
    if (order[i] < 0 || static_cast<size_t>(order[i]) >= count)
      return fail() << "names stretch " << order[i] << " of " << count
                    << " in 'order'";
  return success();
}

/// That the entries are of their type, and none stands twice.
static LogicalResult checkEntries(Operation *op, Attribute value) {
  auto entries = dyn_cast<ArrayAttr>(value);
  if (!entries || !llvm::all_of(entries, llvm::IsaPred<EntryAttr>))
    return op->emitOpError("expects 'exec.entries' to be an array of "
                           "#exec.entry, one for each size of step, but it is ")
           << value;
  llvm::StringSet<> names, symbols;
  for (auto entry : entries.getAsRange<EntryAttr>())
    if (!names.insert(entry.getName()).second ||
        !symbols.insert(entry.getSymbol()).second)
      return op->emitOpError("expects entries with names and functions of "
                             "their own, but two of 'exec.entries' have those "
                             "of '")
             << entry.getName() << "'";
  return success();
}

/// That a module has no attribute which nobody would read, and that each is of
/// its type; what exec.entries holds is checked apart.
static LogicalResult checkModuleAttribute(Operation *op,
                                          NamedAttribute attribute) {
  auto isInteger = [](Attribute a) { return isa<IntegerAttr>(a); };
  const struct {
    StringRef name;
    StringRef type;
    bool (*isOfType)(Attribute);
  } known[] = {
      {"exec.done", "a string", [](Attribute a) { return isa<StringAttr>(a); }},
      {"exec.target", "#exec.target",
       [](Attribute a) { return isa<TargetAttr>(a); }},
      {"exec.entries", "an array", [](Attribute) { return true; }},
      {"exec.kept", "an array of #exec.kept",
       [](Attribute a) {
         auto array = dyn_cast<ArrayAttr>(a);
         return array && llvm::all_of(array, llvm::IsaPred<KeptAttr>);
       }},
      {"exec.state_fixed", "an integer", isInteger},
      {"exec.state_per_token", "an integer", isInteger},
      {"exec.state_head", "an integer", isInteger},
      {"exec.state_form", "a string",
       [](Attribute a) { return isa<StringAttr>(a); }},
      {"exec.weights_bytes", "an integer", isInteger},
  };
  const StringRef name = attribute.getName();
  std::vector<StringRef> names;
  for (const auto &row : known) {
    if (row.name == name)
      return row.isOfType(attribute.getValue())
                 ? success()
                 : LogicalResult(op->emitOpError("expects '")
                                 << name << "' to be " << row.type
                                 << ", but it is " << attribute.getValue());
    names.push_back(row.name);
  }
  return op->emitOpError("has the unknown attribute '")
         << name << "'" << nearestNames(name, names)
         << "; the dialect's README lists those of a module";
}

LogicalResult ExecDialect::verifyOperationAttribute(Operation *op,
                                                    NamedAttribute attribute) {
  if (!isa<ModuleOp>(op))
    return success();
  if (failed(checkModuleAttribute(op, attribute)))
    return failure();
  if (attribute.getName() == "exec.entries")
    return checkEntries(op, attribute.getValue());
  return success();
}
