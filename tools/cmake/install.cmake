# SPDX-License-Identifier: MIT
# Headers, libraries, betwixtConfig.cmake and pkg-config files.
include(CMakePackageConfigHelpers)

set(package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/betwixt")

install(DIRECTORY "${PROJECT_SOURCE_DIR}/lib/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/betwixt"
  FILES_MATCHING PATTERN "*.h" PATTERN "detail" EXCLUDE PATTERN "*_kernel.h" EXCLUDE)
install(TARGETS betwixt EXPORT betwixt_core)
install(EXPORT betwixt_core NAMESPACE betwixt:: FILE betwixtTargets.cmake DESTINATION "${package_folder}")

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/betwixtConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/betwixtConfig.cmake" INSTALL_DESTINATION "${package_folder}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/betwixtConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/betwixtConfig.cmake" "${PROJECT_BINARY_DIR}/betwixtConfigVersion.cmake"
  DESTINATION "${package_folder}")

# Folders relative to the .pc file, so that the installed tree can be moved.
set(pc_folder "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
file(RELATIVE_PATH BETWIXT_PC_PREFIX "${CMAKE_INSTALL_PREFIX}/${pc_folder}" "${CMAKE_INSTALL_PREFIX}")
string(REGEX REPLACE "/$" "" BETWIXT_PC_PREFIX "${BETWIXT_PC_PREFIX}")
set(BETWIXT_PC_LIBS "-lbetwixt")
get_target_property(betwixt_type betwixt TYPE)
if(betwixt_type STREQUAL "STATIC_LIBRARY" AND UNIX)
  list(JOIN CMAKE_DL_LIBS " -l" dl_libraries)
  string(APPEND BETWIXT_PC_LIBS " ${CMAKE_THREAD_LIBS_INIT}")
  if(dl_libraries)
    string(APPEND BETWIXT_PC_LIBS " -l${dl_libraries}")
  endif()
endif()
configure_file("${CMAKE_CURRENT_LIST_DIR}/betwixt.pc.in" "${PROJECT_BINARY_DIR}/betwixt.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/betwixt.pc" DESTINATION "${pc_folder}")

if(TARGET betwixt_media)
  install(TARGETS betwixt_media EXPORT betwixt_media)
  install(EXPORT betwixt_media NAMESPACE betwixt:: FILE betwixtMediaTargets.cmake DESTINATION "${package_folder}")
  install(FILES "${CMAKE_CURRENT_LIST_DIR}/FindSPNG.cmake" DESTINATION "${package_folder}")
  configure_file("${CMAKE_CURRENT_LIST_DIR}/betwixt_media.pc.in" "${PROJECT_BINARY_DIR}/betwixt_media.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/betwixt_media.pc" DESTINATION "${pc_folder}")
endif()

# The C API: the shared library needs nothing of the others; the static one is part of the core export.
if(TARGET betwixt_c)
  install(TARGETS betwixt_c EXPORT betwixt_c)
  install(EXPORT betwixt_c NAMESPACE betwixt:: FILE betwixtCTargets.cmake DESTINATION "${package_folder}")
  install(TARGETS betwixt_c_static EXPORT betwixt_core)
  configure_file("${CMAKE_CURRENT_LIST_DIR}/betwixt_c.pc.in" "${PROJECT_BINARY_DIR}/betwixt_c.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/betwixt_c.pc" DESTINATION "${pc_folder}")
endif()
if(TARGET betwixt_media_c)
  install(TARGETS betwixt_media_c EXPORT betwixt_media_c)
  install(EXPORT betwixt_media_c NAMESPACE betwixt:: FILE betwixtMediaCTargets.cmake DESTINATION "${package_folder}")
  install(TARGETS betwixt_media_c_static EXPORT betwixt_media)
  configure_file("${CMAKE_CURRENT_LIST_DIR}/betwixt_media_c.pc.in" "${PROJECT_BINARY_DIR}/betwixt_media_c.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/betwixt_media_c.pc" DESTINATION "${pc_folder}")
endif()
