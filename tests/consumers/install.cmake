# SPDX-License-Identifier: MIT
# cmake -DBUILD= -DPREFIX= -DTYPE= -P install.cmake: a fresh installed tree, so that deleted headers are gone.
file(REMOVE_RECURSE "${PREFIX}")
execute_process(COMMAND "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${PREFIX}" --config "${TYPE}"
  RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "failed (${status})")
endif()
