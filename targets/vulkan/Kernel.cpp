#include "targets/vulkan/Kernel.h"

#include "dialects/exec/IR/Exec.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SPIRV/Transforms/SPIRVConversion.h"
#include "mlir/IR/Builders.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

namespace {

constexpr StringLiteral entryName = "main";
constexpr StringLiteral pushName = "push";
constexpr StringLiteral workgroupName = "workgroup";

/// Of exec.local; loads of vectors ask for no more.
constexpr int64_t localAlign = 16;

spirv::StructType pushType(MLIRContext *context, size_t count) {
  SmallVector<Type> members(count, IntegerType::get(context, 64));
  SmallVector<uint32_t> offsets;
  for (size_t i = 0; i < count; ++i)
    offsets.push_back(static_cast<uint32_t>(8 * i));
  return spirv::StructType::get(
      members, offsets, /*memberDecorations=*/{},
      spirv::StructType::StructDecorationInfo(spirv::Decoration::Block,
                                              UnitAttr::get(context)));
}

/// Builds the module of one kernel.
class Maker {
public:
  explicit Maker(func::FuncOp kernel)
      : kernel(kernel), b(kernel.getContext()), loc(kernel.getLoc()) {}

  spirv::ModuleOp make() {
    b.setInsertionPoint(kernel);
    auto module = spirv::ModuleOp::create(
        b, loc, spirv::AddressingModel::PhysicalStorageBuffer64,
        spirv::MemoryModel::GLSL450, std::nullopt, kernel.getName());
    module->setAttr(exec::kernelAttr, kernel->getAttr(exec::kernelAttr));
    b.setInsertionPointToStart(module.getBody());
    const size_t count = kernel.getNumArguments() - 1;
    Type push = spirv::PointerType::get(pushType(b.getContext(), count),
                                        spirv::StorageClass::PushConstant);
    spirv::GlobalVariableOp::create(b, loc, push, pushName,
                                    FlatSymbolRefAttr());
    auto entry = spirv::FuncOp::create(
        b, loc, entryName, b.getFunctionType(TypeRange(), TypeRange()));
    entry.getBody().takeBody(kernel.getBody());
    Operation *end = entry.getBody().front().getTerminator();
    b.setInsertionPoint(end);
    spirv::ReturnOp::create(b, loc);
    end->erase();
    b.setInsertionPointToStart(&entry.getBody().front());
    replaceArguments(entry);
    replaceNumbers<exec::InvocationOp>(entry,
                                       spirv::BuiltIn::LocalInvocationId);
    replaceNumbers<exec::ThreadsOp>(entry, spirv::BuiltIn::NumWorkgroups);
    placeWorkgroupMemory(entry);
    kernel.erase();
    return module;
  }

private:
  Value cast(Type type, Value value) {
    return UnrealizedConversionCastOp::create(b, loc, type, value).getResult(0);
  }

  Value builtIn(spirv::BuiltIn which, Operation *in) {
    Value all = spirv::getBuiltinVariableValue(in, which, b.getI32Type(), b,
                                               /*prefix=*/"", /*suffix=*/"");
    return spirv::CompositeExtractOp::create(b, loc, all, ArrayRef<int32_t>{0});
  }

  Value pushConstant(size_t index, Operation *in) {
    auto variable =
        SymbolTable::lookupNearestSymbolFrom<spirv::GlobalVariableOp>(
            in, b.getStringAttr(pushName));
    Value all = spirv::AddressOfOp::create(b, loc, variable);
    Value at = spirv::ConstantOp::create(
        b, loc, b.getI32Type(),
        b.getI32IntegerAttr(static_cast<int32_t>(index)));
    Value place = spirv::AccessChainOp::create(b, loc, all, at);
    return spirv::LoadOp::create(b, loc, place);
  }

  void replaceArguments(spirv::FuncOp entry) {
    Block &block = entry.getBody().front();
    for (auto [i, argument] : llvm::enumerate(block.getArguments())) {
      if (argument.use_empty())
        continue;
      // The thread stands between the step and the rest.
      Value value = i == 1 ? builtIn(spirv::BuiltIn::WorkgroupId, entry)
                           : pushConstant(i == 0 ? 0 : i - 1, entry);
      argument.replaceAllUsesWith(i == 1 ? value
                                         : cast(argument.getType(), value));
    }
    block.eraseArguments(0, block.getNumArguments());
  }

  /// All ops that ask for one number of the dispatch have the same index.
  template <typename Op>
  void replaceNumbers(spirv::FuncOp entry, spirv::BuiltIn which) {
    SmallVector<Op> ops;
    entry.walk([&](Op op) { ops.push_back(op); });
    if (ops.empty())
      return;
    Value number = spirv::UConvertOp::create(b, loc, b.getI64Type(),
                                             builtIn(which, entry));
    Value index = cast(b.getIndexType(), number);
    for (Op op : ops) {
      op.getResult().replaceAllUsesWith(index);
      op.erase();
    }
  }

  /// Near memory and locals become offsets in one array.
  void placeWorkgroupMemory(spirv::FuncOp entry) {
    auto near = kernel->getAttrOfType<IntegerAttr>(exec::nearAttr);
    int64_t bytes = near ? near.getInt() : 0;
    auto place = [&](Operation *op, int64_t at) {
      Value base = spirv::ConstantOp::create(
          b, loc, b.getI32Type(),
          b.getI32IntegerAttr(static_cast<int32_t>(at)));
      op->getResult(0).replaceAllUsesWith(
          cast(op->getResult(0).getType(), base));
      op->erase();
    };
    entry.walk([&](Operation *op) {
      if (auto local = dyn_cast<exec::LocalOp>(op)) {
        bytes = llvm::alignTo(bytes, localAlign);
        int64_t at = bytes;
        bytes += local.getBytes();
        place(op, at);
      } else if (auto field = dyn_cast<exec::FieldOp>(op)) {
        if (isa<exec::PtrType>(field.getType()) && exec::isNear(field))
          place(op, 0);
      }
    });
    if (bytes == 0)
      return;
    auto array = spirv::ArrayType::get(
        b.getI32Type(), static_cast<unsigned>(llvm::divideCeil(bytes, 4)));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(entry);
    spirv::GlobalVariableOp::create(
        b, loc, spirv::PointerType::get(array, spirv::StorageClass::Workgroup),
        workgroupName, FlatSymbolRefAttr());
  }

  func::FuncOp kernel;
  OpBuilder b;
  Location loc;
};

} // namespace

LogicalResult lfm2c::checkKernel(func::FuncOp kernel) {
  auto invocations = kernel->getAttrOfType<IntegerAttr>(exec::kernelAttr);
  if (!invocations || invocations.getInt() < 1)
    return kernel.emitOpError("expects '")
           << exec::kernelAttr
           << "' to be the number of invocations of a workgroup, but it is "
           << kernel->getAttr(exec::kernelAttr);
  ArrayRef<Type> types = kernel.getArgumentTypes();
  auto isStep = [](Type type) {
    auto pointer = dyn_cast<exec::PtrType>(type);
    return pointer && pointer.getMemory() == exec::Memory::Step;
  };
  if (types.size() < 2 || !isStep(types[0]) || !types[1].isInteger(32) ||
      !llvm::all_of(types.drop_front(2), [](Type t) { return t.isIndex(); }))
    return kernel.emitOpError("expects the step, the thread and indexes as a "
                              "kernel's arguments, but it is of type ")
           << kernel.getFunctionType();
  if (!kernel.getBody().hasOneBlock() || kernel.getNumResults() != 0)
    return kernel.emitOpError("expects a kernel of one block without results, "
                              "whose loops and branches are ops of scf");
  const size_t bytes = 8 * (types.size() - 1);
  if (bytes > mostPushConstantBytes)
    return kernel.emitOpError("takes ")
           << bytes << " bytes of push constants, of which devices have "
           << mostPushConstantBytes << "; let it take fewer arguments";
  return success();
}

spirv::ModuleOp lfm2c::makeSpirvModule(func::FuncOp kernel) {
  return Maker(kernel).make();
}

void lfm2c::addEntryPoint(spirv::ModuleOp module) {
  auto entry = module.lookupSymbol<spirv::FuncOp>(entryName);
  auto b = OpBuilder::atBlockEnd(module.getBody());
  SmallVector<Attribute> variables;
  for (auto variable : module.getOps<spirv::GlobalVariableOp>())
    variables.push_back(FlatSymbolRefAttr::get(variable));
  spirv::EntryPointOp::create(
      b, module.getLoc(), spirv::ExecutionModel::GLCompute, entry, variables);
  auto invocations = module->getAttrOfType<IntegerAttr>(exec::kernelAttr);
  spirv::ExecutionModeOp::create(
      b, module.getLoc(), entry, spirv::ExecutionMode::LocalSize,
      ArrayRef<int32_t>{static_cast<int32_t>(invocations.getInt()), 1, 1});
}

spirv::GlobalVariableOp lfm2c::findWorkgroupMemory(spirv::ModuleOp module) {
  return module.lookupSymbol<spirv::GlobalVariableOp>(workgroupName);
}

size_t lfm2c::countPushConstants(spirv::ModuleOp module) {
  auto variable = module.lookupSymbol<spirv::GlobalVariableOp>(pushName);
  auto pointer = cast<spirv::PointerType>(variable.getType());
  return cast<spirv::StructType>(pointer.getPointeeType()).getNumElements();
}
