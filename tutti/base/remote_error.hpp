/// \file
/// Errors from other processes and hosts.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <tutti/base/error.hpp>

namespace tutti {

/// A worker process died in the middle of a task. `signal()` and `exit_code()` are 0 where they do
/// not apply; `task()` is the function's name; `output()` is what the worker wrote last, if its
/// pool reads that.
class worker_crashed : public error {
 public:
  worker_crashed(const std::string& text, int signal, int exit_code, std::string_view task,
                 std::string_view output = {});
  int signal() const noexcept { return signal_; }
  int exit_code() const noexcept { return exit_code_; }
  const std::string& task() const noexcept { return texts_->first; }
  const std::string& output() const noexcept { return texts_->second; }

 private:
  int signal_;
  int exit_code_;
  std::shared_ptr<const std::pair<std::string, std::string>> texts_;
};

/// An exception from another process or host whose C++ type cannot be rebuilt here. Never made from
/// a type name that came over the wire: the name is data.
class remote_error : public error {
 public:
  remote_error(std::string_view type, const std::string& what, std::string_view traceback);
  const std::string& type() const noexcept { return texts_->first; }
  const std::string& traceback() const noexcept { return texts_->second; }

 private:
  std::shared_ptr<const std::pair<std::string, std::string>> texts_;
};

}  // namespace tutti
