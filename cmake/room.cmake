# tutti_library(target): what every library of ours has in common.
function(tutti_library target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:include>)
  # No `tutti_EXPORTS` definition: static and shared objects stay the same to a compiler cache.
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON DEFINE_SYMBOL ""
                        VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  tutti_compile_options(${target})
endfunction()

# tutti_compile_options(target): warnings (errors only in our own presets) and sanitizers.
function(tutti_compile_options target)
  target_compile_options(${target} PRIVATE ${TUTTI_WARNINGS})
  if(TUTTI_SANITIZE)
    target_compile_options(${target} PUBLIC -fsanitize=${TUTTI_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${TUTTI_SANITIZE})
    if(TUTTI_SANITIZE MATCHES undefined)
      target_compile_options(${target} PUBLIC -fno-sanitize-recover=all)
    endif()
  endif()
endfunction()

# tutti_room(NAME sync PUBLIC a.hpp … PRIVATE detail/b.hpp … SOURCES a.cpp … DEPS base sys core)
# declares a room: its public headers, its private headers, its sources, and the rooms it may include (the tidy test
# reads the same DEPS). The room `testing` goes into its own library.
function(tutti_room)
  cmake_parse_arguments(room "" "NAME" "PUBLIC;PRIVATE;SOURCES;DEPS" ${ARGN})
  if(room_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "tutti_room(${room_NAME}): unknown words ${room_UNPARSED_ARGUMENTS}")
  endif()
  set(library tutti)
  if(room_NAME STREQUAL "testing")
    set(library tutti_testing)
  endif()
  list(TRANSFORM room_PUBLIC PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  list(TRANSFORM room_PRIVATE PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  list(TRANSFORM room_SOURCES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  # Private headers are installed too: public ones include them. What keeps users out is the folder name `detail`.
  target_sources(${library} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${room_PUBLIC} ${room_PRIVATE})
  target_sources(${library} PRIVATE ${room_SOURCES})
  set_property(GLOBAL APPEND PROPERTY TUTTI_PUBLIC_HEADERS ${room_PUBLIC})
endfunction()

# tutti_test(NAME core.park SOURCES park_test.cpp [LIBRARIES …] [LABELS unit]): one GoogleTest program, its cases found
# by ctest through one entry per program (cheap) with a hard limit.
function(tutti_test)
  cmake_parse_arguments(test "" "NAME;TIMEOUT" "SOURCES;LIBRARIES;LABELS" ${ARGN})
  string(REPLACE "." "_" target "test_${test_NAME}")
  add_executable(${target} ${test_SOURCES})
  tutti_compile_options(${target})
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  target_link_libraries(${target} PRIVATE tutti::testing GTest::gtest GTest::gtest_main ${test_LIBRARIES})
  add_test(NAME ${test_NAME} COMMAND ${TUTTI_TEST_LAUNCHER} $<TARGET_FILE:${target}>)
  if(NOT test_TIMEOUT)
    set(test_TIMEOUT 120)
  endif()
  if(NOT test_LABELS)
    set(test_LABELS unit)
  endif()
  set_tests_properties(${test_NAME} PROPERTIES TIMEOUT ${test_TIMEOUT} LABELS "${test_LABELS}")
endfunction()
