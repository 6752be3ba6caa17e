#include <tutti/testing/history.hpp>

#include <algorithm>

namespace tutti::testing {
namespace {

/// An open call may have had any result.
bool gave(const recorded_call& c, std::optional<long long> value) {
  return !c.has_ended() || c.result == value;
}
bool unknown(const recorded_call& c) {
  throw error("the model does not know a call of the name " + std::string(c.name));
}

}  // namespace

std::string history::text() const {
  std::string out;
  for (const recorded_call& c : calls_) {
    out += "  [" + std::to_string(c.began) + ", " +
           (c.has_ended() ? std::to_string(c.ended) + "]" : std::string("open)")) + " " +
           std::string(c.name) + "(" + std::to_string(c.first) +
           (c.second != 0 ? ", " + std::to_string(c.second) : std::string()) + ")";
    if (c.result) out += " gave " + std::to_string(*c.result);
    out += '\n';
  }
  return out;
}

bool queue_model::apply(const recorded_call& c) {
  const bool full = capacity != 0 && items.size() >= capacity;
  if (c.name == "put" || c.name == "try_put") {
    if (c.name == "try_put") {
      if (c.has_ended() && (c.result == 0) != full) return false;
      if (full) return true;
    } else if (full) {
      return false;
    }
    items.push_back(c.first);
    return true;
  }
  if (c.name == "try_get" && items.empty()) return gave(c, std::nullopt);
  if (c.name != "get" && c.name != "try_get") return unknown(c);
  if (items.empty() || !gave(c, items.front())) return false;
  items.pop_front();
  return true;
}

bool mutex_model::apply(const recorded_call& c) {
  if (c.name == "unlock") {
    if (!locked) return false;
    locked = false;
    return true;
  }
  if (c.name == "try_lock") {
    if (!gave(c, locked ? 0 : 1)) return false;
  } else if (c.name != "lock") {
    return unknown(c);
  } else if (locked) {
    return false;
  }
  locked = true;
  return true;
}

bool semaphore_model::apply(const recorded_call& c) {
  if (c.name == "release") {
    ++permits;
    return true;
  }
  if (c.name == "try_acquire") {
    if (permits == 0) return gave(c, 0);
    if (!gave(c, 1)) return false;
  } else if (c.name != "acquire") {
    return unknown(c);
  } else if (permits == 0) {
    return false;
  }
  --permits;
  return true;
}

bool map_model::apply(const recorded_call& c) {
  const auto at = entries.find(c.first);
  if (c.name == "put") {
    entries.insert_or_assign(c.first, c.second);
    return true;
  }
  if (c.name == "get") {
    return gave(c, at == entries.end() ? std::nullopt : std::optional(at->second));
  }
  if (c.name != "erase") return unknown(c);
  if (!gave(c, at == entries.end() ? 0 : 1)) return false;
  if (at != entries.end()) entries.erase(at);
  return true;
}

}  // namespace tutti::testing
