"""One Vulkan device, by ctypes: memory with addresses, kernels of
targets/vulkan run over it. Needs libvulkan.so.1 and a driver, no headers.

The interface of kernels is that of targets/vulkan/Kernel.h: push constants are
64-bit numbers, the address of the step's block first.
"""

import ctypes
import re
from ctypes import POINTER, byref, c_char_p, c_float, c_uint32, c_uint64, c_void_p, sizeof

import numpy

API_1_3 = 1 << 22 | 3 << 12


class NoDevice(Exception):
    """There is no Vulkan here, or nothing that has it."""


def struct(name, *fields):
    return type(name, (ctypes.Structure,), {"_fields_": list(fields)})


def chained(name, *fields):
    return struct(name, ("type", c_uint32), ("next", c_void_p), *fields)


Application = chained("Application", ("name", c_char_p), ("version", c_uint32), ("engine", c_char_p),
                      ("engine_version", c_uint32), ("api", c_uint32))
InstanceInfo = chained("InstanceInfo", ("flags", c_uint32), ("application", POINTER(Application)),
                       ("num_layers", c_uint32), ("layers", POINTER(c_char_p)), ("num_extensions", c_uint32),
                       ("extensions", c_void_p))
QueueInfo = chained("QueueInfo", ("flags", c_uint32), ("family", c_uint32), ("count", c_uint32),
                    ("priorities", POINTER(c_float)))
DeviceInfo = chained("DeviceInfo", ("flags", c_uint32), ("num_queues", c_uint32), ("queues", POINTER(QueueInfo)),
                     ("num_layers", c_uint32), ("layers", c_void_p), ("num_extensions", c_uint32),
                     ("extensions", c_void_p), ("features", c_void_p))
MemoryType = struct("MemoryType", ("flags", c_uint32), ("heap", c_uint32))
MemoryHeap = struct("MemoryHeap", ("size", c_uint64), ("flags", c_uint32))
MemoryProperties = struct("MemoryProperties", ("num_types", c_uint32), ("types", MemoryType * 32),
                          ("num_heaps", c_uint32), ("heaps", MemoryHeap * 16))
BufferInfo = chained("BufferInfo", ("flags", c_uint32), ("size", c_uint64), ("usage", c_uint32), ("sharing", c_uint32),
                     ("num_families", c_uint32), ("families", c_void_p))
Requirements = struct("Requirements", ("size", c_uint64), ("alignment", c_uint64), ("types", c_uint32))
AllocateFlags = chained("AllocateFlags", ("flags", c_uint32), ("mask", c_uint32))
AllocateInfo = chained("AllocateInfo", ("size", c_uint64), ("memory_type", c_uint32))
AddressInfo = chained("AddressInfo", ("buffer", c_uint64))
ShaderInfo = chained("ShaderInfo", ("flags", c_uint32), ("size", ctypes.c_size_t), ("code", c_char_p))
PushRange = struct("PushRange", ("stages", c_uint32), ("offset", c_uint32), ("size", c_uint32))
LayoutInfo = chained("LayoutInfo", ("flags", c_uint32), ("num_sets", c_uint32), ("sets", c_void_p),
                     ("num_ranges", c_uint32), ("ranges", POINTER(PushRange)))
StageInfo = chained("StageInfo", ("flags", c_uint32), ("stage", c_uint32), ("module", c_uint64), ("name", c_char_p),
                    ("specialization", c_void_p))
PipelineInfo = chained("PipelineInfo", ("flags", c_uint32), ("stage", StageInfo), ("layout", c_uint64),
                       ("base", c_uint64), ("base_index", ctypes.c_int32))
PoolInfo = chained("PoolInfo", ("flags", c_uint32), ("family", c_uint32))
CommandsInfo = chained("CommandsInfo", ("pool", c_uint64), ("level", c_uint32), ("count", c_uint32))
BeginInfo = chained("BeginInfo", ("flags", c_uint32), ("inheritance", c_void_p))
Barrier = chained("Barrier", ("source", c_uint32), ("target", c_uint32))
SubmitInfo = chained("SubmitInfo", ("num_waits", c_uint32), ("waits", c_void_p), ("wait_stages", c_void_p),
                     ("num_commands", c_uint32), ("commands", POINTER(c_void_p)), ("num_signals", c_uint32),
                     ("signals", c_void_p))


def flags(name, count):
    """A struct of features: booleans that a device fills and that are asked for as they are."""
    return chained(name, ("flags", c_uint32 * count))


Features10, Features11 = flags("Features10", 55), flags("Features11", 12)
Features12, Features13 = flags("Features12", 47), flags("Features13", 15)

COMPUTE_STAGE, HOST_STAGE, COMPUTE = 0x800, 0x4000, 0x20
READS_AND_WRITES, HOST_READS = 0x60, 0x2000


class Device:
    """The first one of the driver. `validate` asks for the Khronos layer, whose
    messages come on stdout."""

    def __init__(self, validate=False):
        try:
            self.lib = ctypes.CDLL("libvulkan.so.1")
        except OSError as error:
            raise NoDevice(str(error)) from error
        application = Application(0, None, b"lfm2-compile", 0, None, 0, API_1_3)
        layers = (c_char_p * 1)(b"VK_LAYER_KHRONOS_validation")
        info = InstanceInfo(1, None, 0, ctypes.pointer(application), int(validate), layers, 0, None)
        self.instance = c_void_p()
        if self.lib.vkCreateInstance(byref(info), None, byref(self.instance)) != 0:
            raise NoDevice("vkCreateInstance fails: there is no driver")
        count = c_uint32(1)
        physical = c_void_p()
        self.lib.vkEnumeratePhysicalDevices(self.instance, byref(count), byref(physical))
        if count.value == 0:
            raise NoDevice("the driver has no device")
        self.physical = physical
        self.name = self._read_name()
        self.memory_types = MemoryProperties()
        self.lib.vkGetPhysicalDeviceMemoryProperties(physical, byref(self.memory_types))
        self._make_device()

    def _call(self, name, *arguments):
        result = getattr(self.lib, name)(*arguments)
        assert result == 0, f"{name} on {self.name}: {result}"

    def _read_name(self):
        properties = ctypes.create_string_buffer(1024)
        self.lib.vkGetPhysicalDeviceProperties(self.physical, properties)
        return properties.raw[20:276].split(b"\0")[0].decode()

    def _make_device(self):
        last = Features13(53)
        third = Features12(51, ctypes.addressof(last))
        second = Features11(49, ctypes.addressof(third))
        first = Features10(1000059000, ctypes.addressof(second))
        self.lib.vkGetPhysicalDeviceFeatures2(self.physical, byref(first))
        first.flags[0] = 0  # Checks of bounds: there are none of addresses.
        priority = c_float(1)
        queue = QueueInfo(2, None, 0, 0, 1, ctypes.pointer(priority))
        info = DeviceInfo(3, ctypes.addressof(first), 0, 1, ctypes.pointer(queue))
        self.device = c_void_p()
        self._call("vkCreateDevice", self.physical, byref(info), None, byref(self.device))
        self.queue = c_void_p()
        self.lib.vkGetDeviceQueue(self.device, 0, 0, byref(self.queue))
        pool = c_uint64()
        self._call("vkCreateCommandPool", self.device, byref(PoolInfo(39, None, 2, 0)), None, byref(pool))
        self.commands = c_void_p()
        self._call("vkAllocateCommandBuffers", self.device, byref(CommandsInfo(40, None, pool.value, 0, 1)),
                   byref(self.commands))

    def buffer(self, data):
        """Memory that holds `data` (a numpy array) and is of both the host and the device: its address, and a
        view of it in the shape of `data`."""
        usage = 0x20 | 0x20000  # storage buffer, with an address
        buffer, memory, place = c_uint64(), c_uint64(), c_void_p()
        self._call("vkCreateBuffer", self.device, byref(BufferInfo(12, None, 0, max(data.nbytes, 16), usage)), None,
                   byref(buffer))
        need = Requirements()
        self.lib.vkGetBufferMemoryRequirements(self.device, buffer, byref(need))
        coherent = 2 | 4
        kind = next(i for i in range(self.memory_types.num_types) if need.types >> i & 1
                    and self.memory_types.types[i].flags & coherent == coherent)
        addressed = AllocateFlags(1000060000, None, 2)
        info = AllocateInfo(5, ctypes.addressof(addressed), need.size, kind)
        self._call("vkAllocateMemory", self.device, byref(info), None, byref(memory))
        self._call("vkBindBufferMemory", self.device, buffer, memory, c_uint64(0))
        self._call("vkMapMemory", self.device, memory, c_uint64(0), c_uint64(need.size), 0, byref(place))
        self.lib.vkGetBufferDeviceAddress.restype = c_uint64
        address = self.lib.vkGetBufferDeviceAddress(self.device, byref(AddressInfo(1000244001, None, buffer.value)))
        raw = (ctypes.c_uint8 * data.nbytes).from_address(place.value)
        view = numpy.frombuffer(raw, data.dtype).reshape(data.shape)
        view[...] = data
        return address, view

    def pipeline(self, words, push_bytes):
        """A kernel, of the bytes of a SPIR-V module."""
        module, layout, pipeline = c_uint64(), c_uint64(), c_uint64()
        self._call("vkCreateShaderModule", self.device, byref(ShaderInfo(16, None, 0, len(words), words)), None,
                   byref(module))
        pushed = PushRange(COMPUTE, 0, push_bytes)
        info = LayoutInfo(30, None, 0, 0, None, 1, ctypes.pointer(pushed))
        self._call("vkCreatePipelineLayout", self.device, byref(info), None, byref(layout))
        stage = StageInfo(18, None, 0, COMPUTE, module.value, b"main", None)
        info = PipelineInfo(29, None, 0, stage, layout.value, 0, -1)
        self._call("vkCreateComputePipelines", self.device, c_uint64(0), 1, byref(info), None, byref(pipeline))
        return pipeline, layout

    def run(self, words, groups, push):
        """Runs a kernel once with `groups` workgroups and the 64-bit numbers `push`."""
        pushed = (c_uint64 * len(push))(*push)
        pipeline, layout = self.pipeline(words, sizeof(pushed))
        self._call("vkBeginCommandBuffer", self.commands, byref(BeginInfo(42)))
        self.lib.vkCmdBindPipeline(self.commands, 1, pipeline)
        self.lib.vkCmdPushConstants(self.commands, layout, COMPUTE, 0, sizeof(pushed), pushed)
        self.lib.vkCmdDispatch(self.commands, groups, 1, 1)
        barrier = Barrier(46, None, READS_AND_WRITES, READS_AND_WRITES | HOST_READS)
        self.lib.vkCmdPipelineBarrier(self.commands, COMPUTE_STAGE, COMPUTE_STAGE | HOST_STAGE, 0, 1, byref(barrier),
                                      0, None, 0, None)
        self._call("vkEndCommandBuffer", self.commands)
        info = SubmitInfo(4, None, 0, None, None, 1, ctypes.pointer(self.commands), 0, None)
        self._call("vkQueueSubmit", self.queue, 1, byref(info), c_uint64(0))
        self._call("vkQueueWaitIdle", self.queue)


def step_offsets(abi):
    """Where the fields of lfm2_device_step are, of the text of abi.h."""
    text = abi[abi.index("#define LFM2_STEP_FIELDS(X)"):]
    offsets, at = {}, 0
    for kind, name in re.findall(r"^  X\((\w+), .*\b(\w+)\)", text[:text.index("\n\n")], re.MULTILINE):
        size = 4 if kind == "INDEX" else 8
        at = -(-at // size) * size
        offsets[name] = (at, size)
        at += size
    return offsets, -(-at // 8) * 8


def make_step(abi, **fields):
    """The block of a step, with these fields set and all others 0."""
    offsets, size = step_offsets(abi)
    block = numpy.zeros(size, numpy.uint8)
    for name, value in fields.items():
        at, bytes_of = offsets[name]
        block[at:at + bytes_of] = numpy.frombuffer(value.to_bytes(bytes_of, "little"), numpy.uint8)
    return block
