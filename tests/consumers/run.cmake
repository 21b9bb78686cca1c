# SPDX-License-Identifier: MIT
# cmake -DSOURCE= -DBUILD= -DGENERATOR= -DTYPE= -DCOMPILER= -DFLAGS= [-DEXTRA=a;b] -P run.cmake
# Configures, builds and runs one consumer; a second run reuses its build folder.
function(must)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "failed (${status}): ${ARGN}")
  endif()
endfunction()

must("${CMAKE_COMMAND}" -S "${SOURCE}" -B "${BUILD}" -G "${GENERATOR}" "-DCMAKE_BUILD_TYPE=${TYPE}"
  "-DCMAKE_CXX_COMPILER=${COMPILER}" "-DCMAKE_CXX_FLAGS=${FLAGS}" ${EXTRA})
must("${CMAKE_COMMAND}" --build "${BUILD}" --target consumer --parallel 2)
must("${BUILD}/consumer")
