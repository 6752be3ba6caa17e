#include <tutti/base/error.hpp>

#include <cxxabi.h>
#include <array>
#include <cstdlib>
#include <typeinfo>

#include <tutti/base/exception_group.hpp>

namespace tutti {
namespace detail {
namespace {
std::string demangle(const char* name) {
  int status = 0;
  char* text = abi::__cxa_demangle(name, nullptr, nullptr, &status);
  std::string out = status == 0 && text != nullptr ? text : name;
  std::free(text);
  return out;
}

std::string current_type() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  return type != nullptr ? demangle(type->name()) : "unknown";
}
}  // namespace

std::string type_name(const std::exception_ptr& error) {
  if (!error) return "nothing";
  try {
    std::rethrow_exception(error);
  } catch (...) {
    return current_type();
  }
}

std::string describe(const std::exception_ptr& error) {
  if (!error) return "nothing";
  try {
    std::rethrow_exception(error);
  } catch (const exception_group& e) {
    return e.what();
  } catch (const std::exception& e) {
    return current_type() + ": " + e.what();
  } catch (const cancelled&) {
    return "cancelled";
  } catch (...) {
    return current_type() + " (not a std::exception)";
  }
}

bool is_cancellation(const std::exception_ptr& error) noexcept {
  // The type alone, without rethrowing: this is asked at the end of every failed task.
  const std::type_info* const type = error ? error.__cxa_exception_type() : nullptr;
  return type != nullptr && *type == typeid(cancelled);
}

const std::exception_ptr& cancelled_error(cancel_reason why) noexcept {
  constexpr std::size_t reasons = 6;
  static const std::array<std::exception_ptr, reasons>& made = *[] {
    auto* all = new std::array<std::exception_ptr, reasons>;
    for (std::size_t i = 0; i < reasons; ++i) {
      (*all)[i] = std::make_exception_ptr(cancelled{static_cast<cancel_reason>(i)});
    }
    return all;
  }();
  return made[static_cast<std::size_t>(why)];
}

const std::exception_ptr& future_cancelled_error() noexcept {
  static const std::exception_ptr& made =
      *new std::exception_ptr(std::make_exception_ptr(future_cancelled()));
  return made;
}

}  // namespace detail

}  // namespace tutti
