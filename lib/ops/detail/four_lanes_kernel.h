// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>

// For kernel files: pixels of three or four channels as vectors of four lanes, at any address.

namespace betwixt::BETWIXT_ISA {

template <class T>
using Four = Eigen::Array<T, 4, 1>;

template <class T>
Four<T> load4(const T* from) {
  return Eigen::Map<const Four<T>>(from);
}

template <class T>
void store4(T* to, const Four<T>& value) {
  Eigen::Map<Four<T>> map(to);
  map = value;
}

}  // namespace betwixt::BETWIXT_ISA
