#include <tutti/async/serve.hpp>

#include <tutti/core/hook.hpp>

namespace tutti::detail {

void report_connection(const std::string& peer, const std::exception_ptr& error) noexcept {
  report_unobserved(peer, error);
}

}  // namespace tutti::detail
