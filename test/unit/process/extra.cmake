# Programs that the tests start: one that knows of processes and makes none, one that is killed while it has workers.
foreach(program IN ITEMS plain host)
  add_executable(test_process_${program} ${CMAKE_CURRENT_LIST_DIR}/program/${program}.cpp)
  tutti_compile_options(test_process_${program})
  target_link_libraries(test_process_${program} PRIVATE tutti::tutti)
  add_dependencies(test_unit_process test_process_${program})
  string(TOUPPER ${program} upper)
  target_compile_definitions(test_unit_process PRIVATE ${upper}_PROGRAM="$<TARGET_FILE:test_process_${program}>")
endforeach()
