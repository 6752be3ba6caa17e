#include <tutti/process/remote_traceback.hpp>

#include <tutti/core/detail/remote_trace.hpp>

namespace tutti {

std::string remote_traceback(const std::exception_ptr& e) { return detail::remote_trace(e); }

}  // namespace tutti
