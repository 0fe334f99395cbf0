// A target whose program is a list: one function for each phase of a step, and
// a loop that calls one after the other, with a barrier between. The phases are
// those of x86-64, each tiled for itself; so their results have to be the same.
// It is what a device that is given its work by a host would look like.
#include "test/targets/calls/PhaseFunctions.h"

#include "lfm2rt/abi.h"
#include "lib/Support/Error.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "passes/tiling/Passes.h"
#include "passes/tiling/Pipeline.h"
#include "targets/Target.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include <cstddef>

using namespace lfm2c;
using llvm::StringRef;

namespace lfm2c {
void registerTarget_x86(TargetRegistry &registry);
} // namespace lfm2c

namespace {

/// Writes the lists of a module, and the loop.
class ListWriter {
public:
  ListWriter(llvm::Module &module, StringRef suffix, unsigned numOffsets)
      : module(module), suffix(suffix), numOffsets(numOffsets),
        context(module.getContext()),
        pointer(llvm::PointerType::get(context, 0)),
        i32(llvm::Type::getInt32Ty(context)),
        i64(llvm::Type::getInt64Ty(context)),
        nothing(llvm::Type::getVoidTy(context)),
        offsets(llvm::ArrayType::get(i64, numOffsets)),
        call(llvm::StructType::get(context, {pointer, offsets})) {
    std::vector<llvm::Type *> types = {pointer, i32};
    types.insert(types.end(), numOffsets, i64);
    phase = llvm::FunctionType::get(nothing, types, /*isVarArg=*/false);
  }

  /// The function of a step, called `name`: it gives its list to the loop.
  void writeStep(StringRef name, mlir::ArrayAttr list, bool mayStop) {
    std::vector<llvm::Constant *> calls;
    for (auto words : list.getAsRange<mlir::ArrayAttr>())
      calls.push_back(makeCall(words));
    auto *type = llvm::ArrayType::get(call, calls.size());
    auto *global = new llvm::GlobalVariable(
        module, type, /*isConstant=*/true, llvm::GlobalValue::InternalLinkage,
        llvm::ConstantArray::get(type, calls), name + "_calls");
    auto *fn = llvm::Function::Create(
        llvm::FunctionType::get(nothing, {pointer, i32}, false),
        llvm::GlobalValue::ExternalLinkage, name, module);
    llvm::IRBuilder<> b(llvm::BasicBlock::Create(context, "", fn));
    b.CreateCall(getLoop(), {global, b.getInt64(calls.size()),
                             b.getInt1(mayStop), fn->getArg(0), fn->getArg(1)});
    b.CreateRetVoid();
  }

private:
  llvm::Constant *makeCall(mlir::ArrayAttr words) {
    auto name = llvm::cast<mlir::FlatSymbolRefAttr>(words[0]).getValue();
    auto callee = module.getOrInsertFunction((name + suffix).str(), phase);
    std::vector<llvm::Constant *> values;
    for (mlir::Attribute word : words.getValue().drop_front())
      values.push_back(llvm::ConstantInt::get(
          i64, llvm::cast<mlir::IntegerAttr>(word).getInt()));
    return llvm::ConstantStruct::get(
        call, {llvm::cast<llvm::Constant>(callee.getCallee()),
               llvm::ConstantArray::get(offsets, values)});
  }

  /// void loop(calls, count, mayStop, step, thread): calls them, and stops
  /// between two where a barrier says so.
  llvm::Function *getLoop() {
    if (loop)
      return loop;
    auto *i1 = llvm::Type::getInt1Ty(context);
    loop = llvm::Function::Create(
        llvm::FunctionType::get(nothing, {pointer, i64, i1, pointer, i32},
                                false),
        llvm::GlobalValue::InternalLinkage, "run_calls", module);
    llvm::Value *step = loop->getArg(3), *thread = loop->getArg(4);
    auto *entry = llvm::BasicBlock::Create(context, "entry", loop);
    auto *body = llvm::BasicBlock::Create(context, "body", loop);
    auto *between = llvm::BasicBlock::Create(context, "between", loop);
    auto *done = llvm::BasicBlock::Create(context, "done", loop);
    llvm::IRBuilder<> b(entry);
    b.CreateBr(body);
    b.SetInsertPoint(body);
    auto *i = b.CreatePHI(i64, 2);
    i->addIncoming(b.getInt64(0), entry);
    llvm::Value *at = b.CreateGEP(call, loop->getArg(0), i);
    std::vector<llvm::Value *> args = {step, thread};
    for (unsigned k = 0; k < numOffsets; ++k)
      args.push_back(b.CreateLoad(
          i64, b.CreateGEP(call, at,
                           {b.getInt64(0), b.getInt32(1), b.getInt64(k)})));
    b.CreateCall(phase, b.CreateLoad(pointer, at), args);
    llvm::Value *next = b.CreateAdd(i, b.getInt64(1));
    i->addIncoming(next, between);
    b.CreateCondBr(b.CreateICmpEQ(next, loop->getArg(1)), done, between);
    b.SetInsertPoint(between);
    llvm::Value *barrier = b.CreateLoad(
        pointer, b.CreateGEP(b.getInt8Ty(), step,
                             b.getInt64(offsetof(lfm2_step, barrier))));
    llvm::Value *told =
        b.CreateCall(llvm::FunctionType::get(i32, {pointer, i32}, false),
                     barrier, {step, thread});
    b.CreateCondBr(
        b.CreateAnd(loop->getArg(2), b.CreateICmpNE(told, b.getInt32(0))), done,
        body);
    b.SetInsertPoint(done);
    b.CreateRetVoid();
    return loop;
  }

  llvm::Module &module;
  StringRef suffix;
  unsigned numOffsets;
  llvm::LLVMContext &context;
  llvm::PointerType *pointer;
  llvm::Type *i32, *i64, *nothing;
  llvm::ArrayType *offsets;
  llvm::StructType *call;
  llvm::FunctionType *phase;
  llvm::Function *loop = nullptr;
};

class CallsTarget final : public Target {
public:
  CallsTarget() {
    registerTarget_x86(registry);
    x86 = llvm::cantFail(registry.lookup("x86_64-linux"))->target.get();
  }

private:
  StringRef getDescription() const override {
    return "phases of x86-64 by a list, for a test";
  }
  StringRef getTriple() const override { return x86->getTriple(); }
  bool isHost() const override { return false; }
  llvm::Expected<std::vector<TargetVariant>>
  select(StringRef cpu, int64_t lanes) const override {
    return x86->select(cpu, lanes);
  }
  void listCpus(llvm::raw_ostream &os) const override { x86->listCpus(os); }
  llvm::ArrayRef<Emit> getOutputs() const override {
    static constexpr Emit outputs[] = {Emit::Executable};
    return outputs;
  }
  void registerDialects(mlir::DialectRegistry &dialects) const override {
    x86->registerDialects(dialects);
  }
  void buildTilePipeline(mlir::OpPassManager &pm, const TargetVariant &variant,
                         const TileOptions &options) const override {
    pm.addPass(createSchedulePhasesPass());
    CutPhasesPassOptions cut;
    cut.entries = options.entries;
    pm.addPass(createCutPhasesPass(cut));
    pm.addPass(
        createPhaseFunctionsPass({options.tokenScales, options.roundBF16}));
    pm.addPass(mlir::createCanonicalizerPass());
    pm.addPass(mlir::createCSEPass());
  }
  void buildCodegenPipeline(mlir::OpPassManager &pm,
                            const TargetVariant &variant,
                            CodeUse use) const override {
    pm.addPass(createListCallsPass());
    x86->buildCodegenPipeline(pm, variant, use);
  }

  /// Two images: the functions, and the lists with the loop.
  llvm::Expected<Code> emit(mlir::ModuleOp module, const TargetVariant &variant,
                            const EmitOptions &options,
                            EmitKind kind) const override {
    EmitOptions own = options;
    own.entries.clear(); // The list names all of them.
    auto code = x86->emit(module, variant, own, kind);
    if (!code)
      return code.takeError();
    auto lists = module->getAttrOfType<mlir::ArrayAttr>("calls.lists");
    auto firstList = llvm::cast<mlir::ArrayAttr>(lists[0]);
    auto firstCall = llvm::cast<mlir::ArrayAttr>(firstList[1]);
    llvm::LLVMContext context;
    llvm::Module table("calls", context);
    ListWriter writer(table, options.entrySuffix, firstCall.size() - 1);
    for (auto list : lists.getAsRange<mlir::ArrayAttr>()) {
      StringRef name = llvm::cast<mlir::StringAttr>(list[0]).getValue();
      // A single token is never given up.
      writer.writeStep(name,
                       mlir::ArrayAttr::get(module.getContext(),
                                            list.getValue().drop_front()),
                       /*mayStop=*/name != "step_1");
    }
    own.name = "calls" + options.entrySuffix;
    auto more = x86->emitTable(table, variant, own, kind);
    if (!more)
      return more.takeError();
    std::move(more->begin(), more->end(), std::back_inserter(code->images));
    return code;
  }
  llvm::Expected<std::vector<Image>> emitTable(llvm::Module &module,
                                               const TargetVariant &variant,
                                               const EmitOptions &options,
                                               EmitKind kind) const override {
    return x86->emitTable(module, variant, options, kind);
  }

  std::vector<std::string> getLinkArguments() const override {
    return x86->getLinkArguments();
  }
  StringRef getProgramRuntime() const override {
    return x86->getProgramRuntime();
  }
  StringRef getLibraryRuntime() const override {
    return x86->getLibraryRuntime();
  }

  TargetRegistry registry;
  const Target *x86; ///< The registry's.
};
} // namespace

namespace lfm2c {
// Called by the generated registerAllTargets().
void registerTarget_calls(TargetRegistry &registry) {
  registry.add("calls", std::make_unique<CallsTarget>());
}
} // namespace lfm2c
