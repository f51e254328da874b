# Headers and a relocatable package: find_package(tapeless 0.1 CONFIG [COMPONENTS xtensor blas openmp cuda cudnn thrust]).
set(tapeless_package_folder ${CMAKE_INSTALL_DATADIR}/cmake/tapeless)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/ ${PROJECT_SOURCE_DIR}/cuda/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/licenses/tapeless)

install(TARGETS tapeless tapeless_device EXPORT tapeless-targets)
install(EXPORT tapeless-targets NAMESPACE tapeless:: DESTINATION ${tapeless_package_folder})
# Sets of their own, since their links hold only where the other library is found.
foreach(part xtensor blas openmp cuda cudnn thrust)
  install(TARGETS tapeless_${part} EXPORT tapeless-${part}-targets)
  install(EXPORT tapeless-${part}-targets NAMESPACE tapeless:: DESTINATION ${tapeless_package_folder})
endforeach()

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/tapeless-config.cmake.in
  ${PROJECT_BINARY_DIR}/tapeless-config.cmake INSTALL_DESTINATION ${tapeless_package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tapeless-config-version.cmake
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${PROJECT_BINARY_DIR}/tapeless-config.cmake ${PROJECT_BINARY_DIR}/tapeless-config-version.cmake
  ${CMAKE_CURRENT_LIST_DIR}/dispatch.cmake ${CMAKE_CURRENT_LIST_DIR}/dispatch_objects.cmake
  ${CMAKE_CURRENT_LIST_DIR}/dispatch_table.cpp.in
  DESTINATION ${tapeless_package_folder})
