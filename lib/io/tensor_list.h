// SPDX-License-Identifier: MIT
#pragma once

#include "betwixt/io/json.h"
#include "betwixt/io/safetensors.h"

namespace betwixt {

/// Name, type and shape of every tensor of a file, for machines.
JsonValue tensor_list(const SafetensorsFile& file);

}  // namespace betwixt
