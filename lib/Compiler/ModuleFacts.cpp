#include "lib/Compiler/ModuleFacts.h"

#include "dialects/exec/IR/Exec.h"
#include "lfm2rt/abi.h"
#include "lib/Support/Error.h"
#include "lib/Weights/Format.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <set>

using namespace lfm2c;
using llvm::StringRef;

/// What the profile knows of a step, if the module says it. The dialect has
/// verified it.
static void readStretches(exec::EntryAttr attribute, ProgramEntry &entry) {
  mlir::ArrayAttr stretches = attribute.getStretches();
  if (!stretches)
    return;
  for (auto stretch : stretches.getAsRange<exec::StretchAttr>())
    entry.stretches.push_back(
        {stretch.getLayer().str(), stretch.getPhase().str(),
         stretch.getWeights(), stretch.getExpertBytes(), stretch.getMacs(),
         stretch.getCacheBytes(), stretch.getCacheMacs(), stretch.getExperts(),
         stretch.getUsed(),
         stretch.getLogits() ? uint32_t(LFM2_STRETCH_LOGITS) : 0});
  if (attribute.getOrder())
    for (auto [stretch, layer] : llvm::zip(attribute.getOrder().asArrayRef(),
                                           attribute.getLayers().asArrayRef()))
      entry.places.push_back({static_cast<uint16_t>(stretch), layer});
}

/// The list that a step of a device is; leaves it empty for other steps.
static llvm::Error readDispatches(mlir::ModuleOp module, ProgramEntry &entry) {
  auto step = llvm::dyn_cast_if_present<mlir::FunctionOpInterface>(
      module.lookupSymbol(entry.symbol));
  if (!step || step.isExternal() ||
      step.getFunctionBody().getOps<exec::DispatchOp>().empty())
    return llvm::Error::success();
  for (mlir::Operation &op : step.getFunctionBody().getOps()) {
    if (op.hasTrait<mlir::OpTrait::ConstantLike>() ||
        op.hasTrait<mlir::OpTrait::IsTerminator>())
      continue;
    auto dispatch = llvm::dyn_cast<exec::DispatchOp>(op);
    if (!dispatch)
      return makeError("the step '@{0}' has '{1}' among its dispatches; the "
                       "step of a device is a list of these and their "
                       "constants",
                       entry.symbol, op.getName().getStringRef());
    ProgramDispatch &made = entry.dispatches.emplace_back();
    made.kernel = dispatch.getKernel().str();
    made.groups = dispatch.getThreads();
    for (mlir::Value value : dispatch.getArguments()) {
      llvm::APInt argument;
      if (!mlir::matchPattern(value, mlir::m_ConstantInt(&argument)))
        return makeError("the step '@{0}' dispatches '@{1}' with an argument "
                         "that is no number",
                         entry.symbol, made.kernel);
      made.arguments.push_back(argument.getZExtValue());
    }
  }
  if (entry.dispatches.size() != entry.places.size())
    return makeError("the step '@{0}' has {1} dispatches, and 'exec.entries' "
                     "lists {2} places; each needs one",
                     entry.symbol, entry.dispatches.size(),
                     entry.places.size());
  return llvm::Error::success();
}

llvm::Expected<std::vector<ProgramEntry>>
lfm2c::readEntries(mlir::ModuleOp module, StringRef suffix) {
  auto list = module->getAttrOfType<mlir::ArrayAttr>("exec.entries");
  if (!list || list.empty())
    return makeError(
        "the module has no 'exec.entries'; it has not been through stage "
        "'plan'");
  std::vector<ProgramEntry> entries;
  for (auto attribute : list.getAsRange<exec::EntryAttr>()) {
    if (!attribute.getScratch())
      return makeError("the entry '{0}' has no 'scratch'; the module has not "
                       "been through stage 'plan'",
                       attribute.getName());
    ProgramEntry &entry = entries.emplace_back();
    entry.tokens = attribute.getTokens();
    entry.scratchBytes = *attribute.getScratch();
    entry.nearBytes = attribute.getNear();
    entry.symbol = attribute.getSymbol().str();
    readStretches(attribute, entry);
    if (llvm::Error error = readDispatches(module, entry))
      return error;
    entry.symbol += suffix;
  }
  llvm::sort(entries, [](const ProgramEntry &a, const ProgramEntry &b) {
    return a.tokens < b.tokens;
  });
  return entries;
}

std::vector<PhaseSchedule> lfm2c::readSchedules(mlir::ModuleOp module) {
  std::vector<PhaseSchedule> schedules;
  auto entries = module->getAttrOfType<mlir::ArrayAttr>("exec.entries");
  // Phases are the same in every entry.
  auto first = llvm::dyn_cast_if_present<exec::EntryAttr>(
      entries && !entries.empty() ? entries[0] : mlir::Attribute());
  if (first && first.getStretches())
    for (auto stretch : first.getStretches().getAsRange<exec::StretchAttr>())
      if (exec::ScheduleAttr schedule = stretch.getSchedule())
        schedules.push_back({stretch.getLayer().str(), stretch.getPhase().str(),
                             schedule.getStreams(), schedule.getPrefetch(),
                             schedule.getTokens(), schedule.getGroups(),
                             schedule.getAhead(), stretch.getNear()});
  return schedules;
}

llvm::Error lfm2c::readSizes(mlir::ModuleOp module,
                             ProgramDescription &program) {
  for (auto [name, field] :
       {std::pair<StringRef, int64_t *>{"exec.state_fixed",
                                        &program.stateFixedBytes},
        {"exec.state_per_token", &program.stateBytesPerToken},
        {"exec.state_head", &program.stateHeadBytes},
        {"exec.weights_bytes", &program.weightsBytes}}) {
    auto value = module->getAttrOfType<mlir::IntegerAttr>(name);
    if (!value)
      return makeError("the module has no integer '{0}'; it has not been "
                       "through stage 'plan'",
                       name);
    *field = value.getInt();
  }
  if (auto form = module->getAttrOfType<mlir::StringAttr>("exec.state_form"))
    program.stateForm = form.str();
  return llvm::Error::success();
}

/// "blk.*.ffn_up.weight" for "blk.7.ffn_up.weight".
static std::string groupOf(StringRef tensor) {
  StringRef rest = tensor;
  unsigned layer;
  if (rest.consume_front("blk.") && !rest.consumeInteger(10, layer))
    return ("blk.*" + rest).str();
  return tensor.str();
}

/// 0 for what packing will refuse.
static uint64_t rowBytes(StringRef name, int64_t columns) {
  std::optional<Format> format = formatFromName(name);
  return format ? formatBytes(*format, columns).value_or(0) : 0;
}

WeightSummary lfm2c::summarizeWeights(mlir::ModuleOp module) {
  WeightSummary summary;
  for (auto weight : module.getOps<exec::WeightOp>()) {
    std::set<std::string> formats;
    for (auto segment : weight.getSegments().getAsRange<exec::SegmentAttr>()) {
      const std::string format =
          weight.getPlain() ? "f32" : segment.getFormat().str();
      formats.insert(format);
      summary.bytesByGroup[groupOf(segment.getTensor())][format] +=
          rowBytes(format, weight.getCols()) * segment.getRows() *
          weight.getCount();
    }
    summary.bytesByFormat[llvm::join(formats, "+")] += weight.getBytes();
  }
  return summary;
}

uint64_t lfm2c::weightBytesOfStep(const ProgramEntry &entry) {
  uint64_t bytes = 0;
  for (const ProgramPlace &place : entry.places) {
    const ProgramStretch &stretch = entry.stretches[place.stretch];
    bytes += stretch.weightBytes + stretch.expertBytes * stretch.expertsUsed;
  }
  return bytes;
}

std::string lfm2c::describeWeightLayout(mlir::ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  for (auto weight : module.getOps<exec::WeightOp>())
    // Its attributes alone: to print an op is to number the whole module.
    os << weight->getAttrDictionary() << '\n';
  return text;
}

std::vector<KeptInput> lfm2c::readKept(mlir::ModuleOp module) {
  std::vector<KeptInput> inputs;
  auto list = module->getAttrOfType<mlir::ArrayAttr>("exec.kept");
  auto fixed = module->getAttrOfType<mlir::IntegerAttr>("exec.state_fixed");
  if (!list || !fixed)
    return inputs;
  // They are the last of what does not grow; see passes/tiling/StateLayout.h.
  int64_t offset = fixed.getInt();
  for (auto kept : list.getAsRange<exec::KeptAttr>())
    offset -= kept.getRows() * kept.getStride() * 4;
  for (auto kept : list.getAsRange<exec::KeptAttr>()) {
    KeptInput &made = inputs.emplace_back();
    for (auto name : kept.getWeights().getAsRange<mlir::StringAttr>())
      made.weights.push_back(name.str());
    made.columns = kept.getColumns();
    made.stride = kept.getStride();
    made.perToken = kept.getPerToken();
    made.choices = kept.getChoices();
    made.offset = offset;
    offset += kept.getRows() * kept.getStride() * 4;
  }
  return inputs;
}
