#include <tutti/core/detail/call_map.hpp>

#include <algorithm>

#include <tutti/core/hook.hpp>

namespace tutti::detail {

call_map_piece::call_map_piece(call_map_base& of, scheduler& on, cancel_node* parent,
                               std::size_t from, std::size_t to) noexcept
    : task_cell(on, parent, std::source_location::current()), first(from), last(to), of_(of) {
  is_coroutine = false;
}

bool call_map_piece::is_dismissed() const noexcept { return of_.is_dismissed(); }
void call_map_piece::start() noexcept { of_.run_piece(*this); }
void call_map_piece::drop() noexcept { of_.drop_piece(*this); }

void call_map_base::make_pieces(scheduler& on, cancel_node* parent, std::size_t inputs,
                                std::size_t chunk) {
  count_ = (inputs + chunk - 1) / chunk;
  pieces_ = std::make_unique<std::optional<call_map_piece>[]>(count_);
  for (std::size_t i = 0; i < count_; ++i) {
    pieces_[i].emplace(*this, on, parent, i * chunk, std::min(inputs, (i + 1) * chunk));
  }
  left_.store(count_, sys::relaxed);
}

void call_map_base::launch_pieces(intake& door) noexcept {
  door_ = &door;
  task_cell* const here = running_cell();
  for (std::size_t i = 0; i < count_; ++i) {
    call_map_piece& piece = *pieces_[i];
    if (here != nullptr) piece.inherit(*here);
    if (root_scope* const own = piece.where->root()) piece.run_scope = own;
    if (piece.parent() != nullptr) {
      piece.mark_unowned();
      piece.link();
    }
    on_created(piece);
  }
  // The last piece may end the whole map while this loop still runs, but not before the last one
  // was queued.
  for (std::size_t i = 0, n = count_; i < n; ++i) pieces_[i]->where->schedule(*pieces_[i]);
}

void call_map_base::run_piece(call_map_piece& piece) noexcept {
  std::size_t at = piece.first;
  for (; at < piece.last && !stopped_.load(sys::relaxed); ++at) {
    try {
      call(piece, at);
    } catch (...) {
      failed(piece, std::current_exception());
      break;
    }
  }
  piece.retire();
  piece_over(piece, at == piece.last);
  give_back_share();
}

void call_map_base::drop_piece(call_map_piece& piece) noexcept {
  if (!piece.is_done()) {
    piece.retire();
    piece_over(piece, false);
  }
  give_back_share();
}

void call_map_base::failed(call_map_piece& piece, std::exception_ptr error) noexcept {
  if (is_cancellation(error)) return;  // of this piece; counted as incomplete
  if (decided_.exchange(true, sys::relaxed)) {
    std::string name;
    try {
      name = piece.name_text();
    } catch (...) {
      name.clear();
    }
    report_unobserved(name, error);
    return;
  }
  failure_ = std::move(error);
  cancel_pieces(cancel_reason::sibling_failed);
}

bool call_map_base::cancel_pieces(cancel_reason why) noexcept {
  stopped_.store(true, sys::relaxed);
  bool any = false;
  for (std::size_t i = 0; i < count_; ++i) {
    call_map_piece& piece = *pieces_[i];
    if (listens()) piece.cancel(why);
    if (!piece.withdraw()) {
      any = any || (!piece.is_done() && (listens() || piece.last - piece.first > 1));
      continue;
    }
    any = true;
    piece.retire();
    piece_over(piece, false);
  }
  return any;
}

void call_map_base::piece_over(call_map_piece& piece, bool complete) noexcept {
  on_finished(piece, nullptr);
  if (!complete) incomplete_.store(true, sys::relaxed);
  // acq_rel: results, failure and `incomplete_` before the count. pairs: map.left
  if (left_.fetch_sub(1, sys::acq_rel) != 1) return;
  intake& door = *door_;
  all_over(std::move(failure_), !incomplete_.load(sys::relaxed));
  door.child_done();
}

std::string call_map_base::piece_name() {
  return count_ == 0 ? std::string() : pieces_[0]->name_text();
}

}  // namespace tutti::detail
