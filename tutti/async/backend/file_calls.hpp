/// \file
/// The blocking calls on files, for side threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <tutti/async/detail/io_engine.hpp>
#include <tutti/sys/descriptor.hpp>

namespace tutti::detail {

/// `how` is a file::mode. Throws std::system_error that names the path.
sys::descriptor open_blocking(std::string path, unsigned how, unsigned permissions);
/// Does what the request says; gives a count or minus an error number.
std::int64_t do_blocking(io_request* r);

}  // namespace tutti::detail
