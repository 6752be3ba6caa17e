# What `cmake --install` puts where, so that find_package(tutti) and pkg-config find it. The component `dev` holds the
# library and all it takes to build against it; `bin` holds the program.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tutti)
set(installed tutti tutti_testing)

set(header_only "")
if(TARGET tutti_asio)
  set(header_only tutti_asio)
endif()

install(TARGETS ${installed} ${header_only} EXPORT tutti-targets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev
        FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT dev)
install(EXPORT tutti-targets NAMESPACE tutti:: DESTINATION ${package_dir} COMPONENT dev)
add_custom_target(tutti_installed DEPENDS ${installed})  # what has to be built before `cmake --install --component dev`

get_property(needed_libraries GLOBAL PROPERTY TUTTI_LIBS_PRIVATE_tutti)
string(REPLACE "-l" "" needed_libraries "${needed_libraries}")
string(REPLACE ";" " " needed_libraries "${needed_libraries}")
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/tutti-config.cmake.in ${PROJECT_BINARY_DIR}/tutti-config.cmake
                              INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tutti-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tutti-config.cmake ${PROJECT_BINARY_DIR}/tutti-config-version.cmake
        DESTINATION ${package_dir} COMPONENT dev)

# tutti_pkgconfig(name library description requires): one relocatable .pc file. A static library cannot say what it needs,
# so there the private libraries stand in Libs as well: the plain `pkg-config --libs` line must link either way.
function(tutti_pkgconfig name library description requires)
  get_property(libs_private GLOBAL PROPERTY TUTTI_LIBS_PRIVATE_${library})
  list(APPEND libs_private -pthread)
  list(JOIN libs_private " " libs_private)
  set(libs "-L\${libdir} -l${library}")
  get_target_property(type ${library} TYPE)
  if(type STREQUAL "STATIC_LIBRARY")
    string(APPEND libs " ${libs_private}")
  endif()
  configure_file(${CMAKE_CURRENT_FUNCTION_LIST_DIR}/tutti.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)
endfunction()

file(RELATIVE_PATH pc_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" pc_prefix "${pc_prefix}")
tutti_pkgconfig(tutti tutti "${PROJECT_DESCRIPTION}" "")
tutti_pkgconfig(tutti-testing tutti_testing "Deterministic tests of concurrent code" "tutti = ${PROJECT_VERSION}")
