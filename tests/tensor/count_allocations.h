// SPDX-License-Identifier: MIT
#pragma once

namespace betwixt {

/// Counts calls of operator new, on any thread, while alive.
class AllocationCounter {
 public:
  AllocationCounter();
  ~AllocationCounter();
  AllocationCounter(const AllocationCounter&) = delete;
  AllocationCounter& operator=(const AllocationCounter&) = delete;
  int count() const;
};

}  // namespace betwixt
