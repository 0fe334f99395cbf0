#include "lib/Compiler/ProgramTable.h"

#include "lfm2rt/abi.h"
#include "lib/Compiler/PackKernels.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DerivedTypes.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/Module.h"
#include <map>
#include <tuple>

using namespace lfm2c;

namespace {
/// Makes the constants of one module. The fields follow abi.h, and a literal
/// struct is laid out for the target as its C compiler would.
class TableBuilder {
public:
  explicit TableBuilder(llvm::Module &module)
      : module(module), context(module.getContext()),
        pointer(llvm::PointerType::get(context, 0)),
        i16(llvm::Type::getInt16Ty(context)),
        i32(llvm::Type::getInt32Ty(context)),
        i64(llvm::Type::getInt64Ty(context)) {}

  llvm::Constant *half(uint16_t value) {
    return llvm::ConstantInt::get(i16, value);
  }
  llvm::Constant *word(uint64_t value) {
    return llvm::ConstantInt::get(i32, value);
  }
  llvm::Constant *wide(uint64_t value) {
    return llvm::ConstantInt::get(i64, value);
  }
  llvm::Constant *bytes(llvm::ArrayRef<uint8_t> data) {
    return llvm::ConstantDataArray::get(context, data);
  }
  llvm::Constant *bytes(llvm::ArrayRef<uint8_t> data, const llvm::Twine &name) {
    return place(llvm::ConstantDataArray::get(context, data), name);
  }
  llvm::Constant *none() { return llvm::ConstantPointerNull::get(pointer); }
  llvm::Constant *record(llvm::ArrayRef<llvm::Constant *> fields) {
    return llvm::ConstantStruct::getAnon(context, fields);
  }
  /// A private constant that the table points to.
  llvm::Constant *place(llvm::Constant *value, const llvm::Twine &name) {
    llvm::Constant *&at = placed[value];
    if (!at)
      at = new llvm::GlobalVariable(
          module, value->getType(), /*isConstant=*/true,
          llvm::GlobalValue::InternalLinkage, value, name);
    return at;
  }
  llvm::Constant *text(llvm::StringRef value, const llvm::Twine &name) {
    return place(llvm::ConstantDataArray::getString(context, value), name);
  }
  llvm::Constant *array(llvm::ArrayRef<llvm::Constant *> values,
                        const llvm::Twine &name) {
    if (values.empty())
      return none();
    auto *type = llvm::ArrayType::get(values.front()->getType(), values.size());
    return place(llvm::ConstantArray::get(type, values), name);
  }
  /// The driver of the runtime for the devices of a program.
  llvm::Constant *driver(llvm::StringRef symbol) {
    auto *global = new llvm::GlobalVariable(
        module, pointer, /*isConstant=*/true,
        llvm::GlobalValue::ExternalLinkage, nullptr, symbol);
    global->setVisibility(llvm::GlobalValue::HiddenVisibility);
    return global;
  }
  llvm::Constant *stepFunction(llvm::StringRef symbol) {
    auto *type = llvm::FunctionType::get(llvm::Type::getVoidTy(context),
                                         {pointer, i32}, /*isVarArg=*/false);
    auto *fn = llvm::cast<llvm::Function>(
        module.getOrInsertFunction(symbol, type).getCallee());
    fn->setVisibility(llvm::GlobalValue::HiddenVisibility);
    return fn;
  }

private:
  llvm::Module &module;
  llvm::LLVMContext &context;
  llvm::PointerType *pointer;
  llvm::Type *i16, *i32, *i64;
  /// Equal contents are one constant: entries and variants share most of it.
  llvm::DenseMap<llvm::Constant *, llvm::Constant *> placed;
};

llvm::Constant *makeStretch(TableBuilder &b, const ProgramStretch &stretch) {
  return b.record({b.text(stretch.layer, "layer"),
                   b.text(stretch.phase, "phase"), b.wide(stretch.weightBytes),
                   b.wide(stretch.expertBytes), b.wide(stretch.macs),
                   b.word(stretch.cacheBytes), b.word(stretch.cacheMacs),
                   b.word(stretch.experts), b.word(stretch.expertsUsed),
                   b.word(stretch.flags), b.word(0)});
}

std::vector<llvm::Constant *> makeKernels(TableBuilder &b,
                                          llvm::ArrayRef<Kernel> kernels) {
  std::vector<llvm::ArrayRef<uint32_t>> codes;
  for (const Kernel &kernel : kernels)
    codes.push_back(kernel.code);
  std::vector<llvm::Constant *> records;
  for (const auto &[kernel, code] :
       llvm::zip_equal(kernels, packKernels(codes)))
    records.push_back(
        b.record({b.text(kernel.name, "kernel"), b.bytes(code, "code"),
                  b.word(code.size()), b.word(kernel.invocations),
                  b.word(kernel.nearBytes), b.word(kernel.numArguments)}));
  return records;
}

uint32_t codeOf(CodeKind kind) {
  switch (kind) {
  case CodeKind::Cpu:
    return LFM2_CODE_CPU;
  case CodeKind::Vulkan:
    return LFM2_CODE_VULKAN;
  }
  llvm_unreachable("covered switch");
}

uint32_t stateFormOf(llvm::StringRef word) {
  return llvm::StringSwitch<uint32_t>(word)
      .Case("f16", LFM2_STATE_F16)
      .Case("f32", LFM2_STATE_F32)
      .Case("q8_0", LFM2_STATE_Q8_0)
      .Case("q4_0", LFM2_STATE_Q4_0)
      .Default(LFM2_STATE_NO_CACHE);
}

llvm::Constant *makeEntry(TableBuilder &b, const ProgramEntry &entry,
                          const ProgramVariant &variant) {
  std::vector<llvm::Constant *> stretches, places, dispatches, arguments;
  for (const ProgramDispatch &dispatch : entry.dispatches) {
    const auto kernel = llvm::find_if(variant.kernels, [&](const Kernel &k) {
      return k.name == dispatch.kernel;
    });
    dispatches.push_back(b.record({b.word(kernel - variant.kernels.begin()),
                                   b.word(dispatch.groups),
                                   b.word(arguments.size()), b.word(0)}));
    for (uint64_t argument : dispatch.arguments)
      arguments.push_back(b.wide(argument));
  }
  for (const ProgramStretch &stretch : entry.stretches)
    stretches.push_back(makeStretch(b, stretch));
  for (const ProgramPlace &place : entry.places)
    places.push_back(b.record(
        {b.half(place.stretch), b.half(static_cast<uint16_t>(place.layer))}));
  return b.record(
      {b.word(entry.tokens), b.word(places.size()), b.wide(entry.scratchBytes),
       variant.code == CodeKind::Cpu ? b.stepFunction(entry.symbol) : b.none(),
       b.array(stretches, "stretches"), b.array(places, "places"),
       b.word(stretches.size()), b.word(entry.nearBytes),
       b.array(dispatches, "dispatches"), b.array(arguments, "arguments")});
}
} // namespace

llvm::Error lfm2c::checkDispatches(const ProgramVariant &variant) {
  for (const ProgramEntry &entry : variant.entries) {
    const size_t count = entry.dispatches.size();
    if (variant.code == CodeKind::Cpu && count > 0)
      return makeError("the step '@{0}' of the CPU {1} has {2} dispatches; a "
                       "CPU runs code",
                       entry.symbol, variant.name, count);
    if (variant.code != CodeKind::Cpu && count == 0)
      return makeError("the step '@{0}' of the device {1} has no dispatches; "
                       "expected a list of them",
                       entry.symbol, variant.name);
    for (const ProgramDispatch &dispatch : entry.dispatches)
      if (llvm::none_of(variant.kernels, [&](const Kernel &kernel) {
            return kernel.name == dispatch.kernel &&
                   kernel.numArguments == dispatch.arguments.size();
          }))
        return makeError("the step '@{0}' dispatches '@{1}' with {2} "
                         "arguments, and the target made no such kernel",
                         entry.symbol, dispatch.kernel,
                         dispatch.arguments.size());
  }
  return llvm::Error::success();
}

void lfm2c::mergeKernels(ProgramVariant &variant) {
  auto contents = [](const Kernel &kernel) {
    return std::tie(kernel.code, kernel.invocations, kernel.nearBytes,
                    kernel.numArguments);
  };
  std::vector<Kernel> kept;
  std::map<std::string, std::string> names; // the kept one's
  for (Kernel &kernel : variant.kernels) {
    const auto same = llvm::find_if(
        kept, [&](const Kernel &k) { return contents(k) == contents(kernel); });
    names[kernel.name] = same == kept.end() ? kernel.name : same->name;
    if (same == kept.end())
      kept.push_back(std::move(kernel));
  }
  variant.kernels = std::move(kept);
  for (ProgramEntry &entry : variant.entries)
    for (ProgramDispatch &dispatch : entry.dispatches)
      dispatch.kernel = names[dispatch.kernel];
}

std::unique_ptr<llvm::Module>
lfm2c::buildProgramTable(llvm::LLVMContext &context,
                         const ProgramDescription &program) {
  static_assert(sizeof(lfm2_entry) == 64 && sizeof(lfm2_stretch) == 64 &&
                    sizeof(lfm2_place) == 4 && sizeof(lfm2_variant) == 48 &&
                    sizeof(lfm2_kernel) == 32 && sizeof(lfm2_dispatch) == 16 &&
                    sizeof(lfm2_program) == 96 && LFM2_ABI_VERSION == 9,
                "the constants below follow these structs field by field");
  auto module = std::make_unique<llvm::Module>("program table", context);
  TableBuilder b(*module);
  std::vector<llvm::Constant *> variants;
  for (const ProgramVariant &variant : program.variants) {
    std::vector<llvm::Constant *> features, entries;
    for (uint32_t index : variant.features)
      features.push_back(b.word(index));
    for (const ProgramEntry &entry : variant.entries)
      entries.push_back(makeEntry(b, entry, variant));
    const std::vector<llvm::Constant *> kernels =
        makeKernels(b, variant.kernels);
    variants.push_back(
        b.record({b.text(variant.name, "name"), b.array(features, "features"),
                  b.word(features.size()), b.word(entries.size()),
                  b.array(entries, "entries"), b.array(kernels, "kernels"),
                  b.word(kernels.size()), b.word(codeOf(variant.code))}));
  }
  const bool hasDevice =
      llvm::any_of(program.variants, [](const ProgramVariant &variant) {
        return variant.code == CodeKind::Vulkan;
      });
  llvm::Constant *table = b.record(
      {b.word(LFM2_ABI_VERSION), b.word(program.vocabulary),
       b.bytes(program.identity), b.word(program.contextMax),
       b.word(variants.size()), b.array(variants, "variants"),
       b.wide(program.stateFixedBytes), b.wide(program.stateBytesPerToken),
       b.wide(program.weightsBytes), b.word(program.hidden),
       b.word(program.vector), b.word(program.outputs), b.word(program.flags),
       b.word(program.stateHeadBytes), b.word(stateFormOf(program.stateForm)),
       hasDevice ? b.driver("lfm2rt_vulkan") : b.none()});
  auto *global = new llvm::GlobalVariable(
      *module, table->getType(), /*isConstant=*/true,
      llvm::GlobalValue::ExternalLinkage, table, program.symbol);
  global->setAlignment(llvm::Align(16));
  return module;
}
