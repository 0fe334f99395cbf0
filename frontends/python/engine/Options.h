// How an answer is asked for: from keyword arguments to a request of the
// engine.

#ifndef LFM2C_FRONTENDS_PYTHON_ENGINE_OPTIONS_H
#define LFM2C_FRONTENDS_PYTHON_ENGINE_OPTIONS_H

#include "lib/Engine/Model.h"
#include "lib/Engine/Request.h"

#include <pybind11/pybind11.h>

namespace lfm2py {

/// Throws Refusal where an option is unknown or its value is none. What is None
/// is as if it was not there. `options` has, beside what
/// lfm2_compile/options.py says, "seed" in any case, "form" ((kind, flags,
/// tool, text)) and "is_answer".
lfm2e::Request requestOf(const lfm2e::Model &model, std::vector<int32_t> prompt,
                         const pybind11::dict &options);

} // namespace lfm2py

#endif // LFM2C_FRONTENDS_PYTHON_ENGINE_OPTIONS_H
