/// \file
/// What happened in one run, for people.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <tutti/base/time.hpp>
#include <tutti/sys/world.hpp>

namespace tutti::detail {

struct event {
  enum class kind : unsigned char { operation, starts, waits, wakes, ends, clock, fails };
  event(kind k, std::uint32_t s) noexcept : what(k), strand(s) {}
  kind what;
  std::uint32_t strand;
  sys::operation op{};
  const void* object = nullptr;
  std::string text;       ///< says it better than the rest
  std::string task;       ///< that did it, if the strand did not do it itself
  std::uint32_t old = 0;  ///< under weak memory: it reads a value that many stores old
};

/// Part of simulation.
struct trace {
  std::vector<event> events;
  std::vector<std::string> names;  ///< of strands, by number
  void annotate(std::string text) {
    if (!events.empty()) events.back().text = std::move(text);
  }
};

/// "10 ms".
std::string duration_text(duration d);

/// One column a strand, one line an event, time going down.
std::string lanes(const trace& t);
/// The same as a drawing.
std::string lanes_svg(const trace& t);

}  // namespace tutti::detail
