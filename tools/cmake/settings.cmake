# SPDX-License-Identifier: MIT
# Settings shared by every target of the project.

set(BETWIXT_GNU_LIKE OFF)
if(CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
  set(BETWIXT_GNU_LIKE ON)
endif()

# One object cache for all build folders, unless the caller chose a launcher.
if(BETWIXT_TOP_LEVEL AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(BETWIXT_CCACHE ccache)
  mark_as_advanced(BETWIXT_CCACHE)
  if(BETWIXT_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${BETWIXT_CCACHE}")
    set(CMAKE_C_COMPILER_LAUNCHER "${BETWIXT_CCACHE}")
  endif()
endif()

if(BETWIXT_SANITIZE)
  add_compile_options("-fsanitize=${BETWIXT_SANITIZE}" -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options("-fsanitize=${BETWIXT_SANITIZE}")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 sees uninitialised members in its own std::regex once sanitizers are on (gcc.gnu.org/PR105562).
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
endif()

if(BETWIXT_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# betwixt_configure(TARGET): language level, warnings, position-independent code.
function(betwixt_configure target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
  if(BETWIXT_GNU_LIKE)
    target_compile_options(${target} PRIVATE
      $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
      -Woverloaded-virtual -Wno-missing-field-initializers>)  # options use designated initialisers
    if(BETWIXT_WERROR)
      target_compile_options(${target} PRIVATE -Werror)
    endif()
  elseif(MSVC)
    target_compile_options(${target} PRIVATE /W4 /utf-8)
    if(BETWIXT_WERROR)
      target_compile_options(${target} PRIVATE /WX)
    endif()
  endif()
endfunction()

# betwixt_program(TARGET): a program of ours, built to <build>/bin.
function(betwixt_program target)
  betwixt_configure(${target})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
endfunction()

# betwixt_header(VARIABLE HEADER PACKAGE [PATH_SUFFIXES...]): folder of a header-only dependency.
# Only folders are used, never imported targets: users of the installed static library need none of them.
# Cross compilers get those of the host, which fit any target, but see nothing else of its /usr/include.
function(betwixt_header variable header package)
  find_path(${variable} "${header}" PATH_SUFFIXES ${ARGN})
  if(CMAKE_CROSSCOMPILING AND CMAKE_HOST_UNIX)
    find_path(${variable} "${header}" PATHS /usr/include /usr/local/include PATH_SUFFIXES ${ARGN}
      NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
    if(${variable} MATCHES "^/usr(/local)?/include$")
      string(REGEX REPLACE "/.*" "" folder "${header}")
      file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/headers")
      string(REPLACE "vulkan" "vulkan;vk_video" folders "${folder}")  # the one includes the other
      foreach(folder IN LISTS folders)
        file(CREATE_LINK "${${variable}}/${folder}" "${PROJECT_BINARY_DIR}/headers/${folder}" COPY_ON_ERROR SYMBOLIC)
      endforeach()
      set(${variable} "${PROJECT_BINARY_DIR}/headers" CACHE PATH "Where <${header}> is" FORCE)
    endif()
  endif()
  mark_as_advanced(${variable})
  if(NOT ${variable})
    message(FATAL_ERROR "betwixt needs <${header}> (Debian package ${package}). tools/setup installs what is missing.")
  endif()
endfunction()
