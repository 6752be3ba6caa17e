# Which compilers can build tutti, and with which warnings. Refuses in one sentence what cannot work.
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 16)
    message(FATAL_ERROR "tutti needs clang 16 or newer (this is ${CMAKE_CXX_COMPILER_VERSION}): install clang-19 and "
                        "configure with -DCMAKE_CXX_COMPILER=clang++-19")
  endif()
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12)
    message(FATAL_ERROR "tutti needs g++ 12 or newer (this is ${CMAKE_CXX_COMPILER_VERSION}): install g++-12 and "
                        "configure with -DCMAKE_CXX_COMPILER=g++-12")
  endif()
else()
  message(FATAL_ERROR "tutti is built with clang 16+ or g++ 12+; ${CMAKE_CXX_COMPILER_ID} is not supported yet")
endif()
if(NOT CMAKE_SYSTEM_NAME STREQUAL "Linux")
  message(FATAL_ERROR "tutti runs on Linux only so far; ${CMAKE_SYSTEM_NAME} has no sys/ room yet")
endif()

option(TUTTI_WERROR "Treat warnings as errors (our presets; never for consumers)" OFF)
option(TUTTI_WARN "Compile with our warnings (never for consumers)" ${PROJECT_IS_TOP_LEVEL})
set(TUTTI_WARNINGS)
if(TUTTI_WARN)
  list(APPEND TUTTI_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
       -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough -Wextra-semi)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    list(APPEND TUTTI_WARNINGS -Wthread-safety)
  else()
    # g++ 12 warns inside its own coroutine transformation and std::variant; both are known false reports.
    list(APPEND TUTTI_WARNINGS -Wno-maybe-uninitialized)
  endif()
  if(TUTTI_WERROR)
    list(APPEND TUTTI_WARNINGS -Werror)
  endif()
endif()
