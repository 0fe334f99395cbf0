// The program of FakeProgram.h for devices: its kernels compute the same
// numbers, bit for bit, and its variant for CPUs is that one's.
#ifndef LFM2C_TEST_UNIT_RUNTIME_FAKEDEVICE_H
#define LFM2C_TEST_UNIT_RUNTIME_FAKEDEVICE_H

#include "test/unit/Runtime/FakeProgram.h"

namespace fake {

/// Of a variant that devices run, and one for CPUs.
#ifdef FAKE_ON_DEVICES
extern const lfm2_program deviceProgram __asm__("lfm2_program");
#else
extern const lfm2_program deviceProgram;
#endif

} // namespace fake

#endif // LFM2C_TEST_UNIT_RUNTIME_FAKEDEVICE_H
