# tutti_uses(TARGET HEADER h LIBRARY l PACKAGE debian-package): a foreign library, private to the sources of TARGET.
# It is linked by its plain name, so that a static tutti tells its consumers `-ll` and needs no find module of theirs;
# what TARGET uses is kept for the pkg-config file. A missing one is named with the package that brings it.
function(tutti_uses target)
  cmake_parse_arguments(use "" "HEADER;LIBRARY;PACKAGE" "" ${ARGN})
  find_path(TUTTI_${use_LIBRARY}_INCLUDE_DIR NAMES ${use_HEADER})
  find_library(TUTTI_${use_LIBRARY}_LIBRARY NAMES ${use_LIBRARY})
  mark_as_advanced(TUTTI_${use_LIBRARY}_INCLUDE_DIR TUTTI_${use_LIBRARY}_LIBRARY)
  if(NOT TUTTI_${use_LIBRARY}_INCLUDE_DIR OR NOT TUTTI_${use_LIBRARY}_LIBRARY)
    message(FATAL_ERROR "${target} needs lib${use_LIBRARY} (${use_HEADER}): apt-get install ${use_PACKAGE}")
  endif()
  target_link_libraries(${target} PRIVATE ${use_LIBRARY})
  set_property(GLOBAL APPEND PROPERTY TUTTI_LIBS_PRIVATE_${target} -l${use_LIBRARY})
endfunction()
