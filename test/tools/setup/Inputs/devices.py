"""Prints the devices of the Vulkan loader, a line each: their name, the driver and
Vulkan's version. With --wrong it asks for one in a way that the interface does not allow."""

import ctypes
import sys

INSTANCE_CREATE_INFO, PROPERTIES_2, DRIVER_PROPERTIES = 1, 1000059001, 1000196000


class ApplicationInfo(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("next", ctypes.c_void_p), ("name", ctypes.c_char_p),
                ("version", ctypes.c_uint32), ("engine", ctypes.c_char_p), ("engine_version", ctypes.c_uint32),
                ("api", ctypes.c_uint32)]


class InstanceCreateInfo(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("next", ctypes.c_void_p), ("flags", ctypes.c_uint32),
                ("application", ctypes.POINTER(ApplicationInfo)), ("layers", ctypes.c_uint32),
                ("layer_names", ctypes.c_void_p), ("extensions", ctypes.c_uint32),
                ("extension_names", ctypes.c_void_p)]


class DriverProperties(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("next", ctypes.c_void_p), ("id", ctypes.c_int),
                ("name", ctypes.c_char * 256), ("info", ctypes.c_char * 256), ("conformance", ctypes.c_uint8 * 4)]


class Properties(ctypes.Structure):
    """VkPhysicalDeviceProperties2; what follows the name (the limits) is not looked at."""
    _fields_ = [("type", ctypes.c_int), ("next", ctypes.POINTER(DriverProperties)), ("api", ctypes.c_uint32),
                ("driver", ctypes.c_uint32), ("vendor", ctypes.c_uint32), ("device", ctypes.c_uint32),
                ("kind", ctypes.c_int), ("name", ctypes.c_char * 256), ("rest", ctypes.c_uint64 * 128)]


def version(number):
    return f"{number >> 22 & 127}.{number >> 12 & 1023}.{number & 4095}"


def call(function, *arguments):
    status = function(*arguments)
    if status:
        sys.exit(f"{function.__name__}: {status}")


def main():
    vulkan = ctypes.CDLL("libvulkan.so.1")
    application = ApplicationInfo(0, None, b"devices", 0, None, 0, 1 << 22 | 3 << 12)
    info = InstanceCreateInfo(INSTANCE_CREATE_INFO, None, 0, ctypes.pointer(application), 0, None, 0, None)
    instance, count = ctypes.c_void_p(), ctypes.c_uint32()
    call(vulkan.vkCreateInstance, ctypes.byref(info), None, ctypes.byref(instance))
    call(vulkan.vkEnumeratePhysicalDevices, instance, ctypes.byref(count), None)
    devices = (ctypes.c_void_p * count.value)()
    call(vulkan.vkEnumeratePhysicalDevices, instance, ctypes.byref(count), devices)
    for device in devices:
        driver = DriverProperties(DRIVER_PROPERTIES)
        properties = Properties(0 if "--wrong" in sys.argv else PROPERTIES_2, ctypes.pointer(driver))
        vulkan.vkGetPhysicalDeviceProperties2(ctypes.c_void_p(device), ctypes.byref(properties))
        print(f"{properties.name.decode()}; {driver.name.decode()} {driver.info.decode()}; Vulkan {version(properties.api)}")
    vulkan.vkDestroyInstance(instance, None)


main()
