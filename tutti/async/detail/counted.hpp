/// \file
/// How many operations are under way.
#pragma once

namespace tutti::detail {

/// One more while it lives.
class counted {
 public:
  explicit counted(unsigned& n) noexcept : n_(n) { ++n_; }
  ~counted() { --n_; }
  counted(const counted&) = delete;
  counted& operator=(const counted&) = delete;

 private:
  unsigned& n_;
};

}  // namespace tutti::detail
