# Programs that the tests start: one that knows of processes and makes none, one that is killed while it has workers, one
# for each way a program may have workers.
foreach(program IN ITEMS plain host start)
  add_executable(test_process_${program} ${CMAKE_CURRENT_LIST_DIR}/program/${program}.cpp)
  tutti_compile_options(test_process_${program})
  target_link_libraries(test_process_${program} PRIVATE tutti::tutti)
  add_dependencies(test_unit_process test_process_${program})
  string(TOUPPER ${program} upper)
  target_compile_definitions(test_unit_process PRIVATE ${upper}_PROGRAM="$<TARGET_FILE:test_process_${program}>")
endforeach()
# Modules that a test opens while the program runs: the same one in two versions.
foreach(version IN ITEMS 3 5)
  add_library(test_process_plugin_${version} MODULE ${CMAKE_CURRENT_LIST_DIR}/program/plugin.cpp)
  tutti_compile_options(test_process_plugin_${version})
  target_compile_definitions(test_process_plugin_${version} PRIVATE VERSION=${version})
  target_link_options(test_process_plugin_${version} PRIVATE -Wl,--build-id)
  add_dependencies(test_unit_process test_process_plugin_${version})
  target_compile_definitions(test_unit_process PRIVATE PLUGIN_${version}="$<TARGET_FILE:test_process_plugin_${version}>")
endforeach()
