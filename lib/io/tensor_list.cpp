// SPDX-License-Identifier: MIT
#include "betwixt/io/tensor_list.h"

namespace betwixt {

JsonValue tensor_list(const SafetensorsFile& file) {
  JsonValue tensors = JsonValue::array();
  for (const std::string& name : file.names()) {
    const SafetensorsInfo& info = file.info(name);
    JsonValue shape = JsonValue::array();
    for (const std::int64_t size : info.shape) shape.push(size);
    JsonValue tensor = JsonValue::object();
    tensor.set("name", name).set("type", safetensors_type_name(info.type)).set("shape", shape);
    tensors.push(tensor);
  }
  return tensors;
}

}  // namespace betwixt
