// What a device must have to run a kernel, as SPIR-V's capabilities.
//
// Upstream's pass deduces the least version, too; that of Vulkan 1.3 is taken
// instead, in which all that is used here is no extension any more.

#include "mlir/IR/TypeUtilities.h"
#include "targets/vulkan/Kernel.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace lfm2c;

/// The scalar of a vector, an array, or what a pointer points to.
static Type innermost(Type type) {
  for (;;) {
    if (auto pointer = dyn_cast<spirv::PointerType>(type))
      type = pointer.getPointeeType();
    else if (auto composite = dyn_cast<spirv::CompositeType>(type);
             composite && !isa<spirv::StructType>(type))
      type = composite.getElementType(0);
    else
      return type;
  }
}

namespace {
class Needs {
public:
  void addType(Type type) {
    Type scalar = innermost(type);
    if (scalar.isInteger(8))
      add(spirv::Capability::Int8);
    if (scalar.isInteger(16))
      add(spirv::Capability::Int16);
    if (scalar.isF16())
      add(spirv::Capability::Float16);
    if (scalar.isF64())
      add(spirv::Capability::Float64);
    auto pointer = dyn_cast<spirv::PointerType>(type);
    if (!pointer ||
        pointer.getStorageClass() != spirv::StorageClass::PhysicalStorageBuffer)
      return;
    if (scalar.getIntOrFloatBitWidth() == 8)
      add(spirv::Capability::StorageBuffer8BitAccess);
    if (scalar.getIntOrFloatBitWidth() == 16)
      add(spirv::Capability::StorageBuffer16BitAccess);
  }

  void addOp(Operation *op) {
    for (Type type : op->getResultTypes())
      addType(type);
    if (isa<spirv::SDotOp, spirv::SUDotOp>(op)) {
      add(spirv::Capability::DotProduct);
      add(spirv::Capability::DotProductInput4x8BitPacked);
    }
  }

  ArrayRef<spirv::Capability> get() const { return found.getArrayRef(); }

private:
  void add(spirv::Capability capability) { found.insert(capability); }

  llvm::SetVector<spirv::Capability> found{
      llvm::from_range, std::initializer_list<spirv::Capability>{
                            spirv::Capability::Shader,
                            spirv::Capability::PhysicalStorageBufferAddresses,
                            spirv::Capability::Int64}};
};
} // namespace

void lfm2c::setRequirements(spirv::ModuleOp module) {
  Needs needs;
  module.walk([&](Operation *op) { needs.addOp(op); });
  module.setVceTripleAttr(spirv::VerCapExtAttr::get(
      spirv::Version::V_1_6, needs.get(), ArrayRef<spirv::Extension>(),
      module.getContext()));
}
