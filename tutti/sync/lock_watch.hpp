/// \file
/// Watching the order in which locks are taken, and who waits for whom.
#pragma once

#include <string_view>

namespace tutti {

/// Switches the watch over `mutex`, `recursive_mutex` and `shared_mutex` on or off, for locks that
/// are made from now on. From the start it is on in builds with assertions and with TUTTI_DEBUG=1
/// in the environment, off with TUTTI_DEBUG=0 and in other builds.
///
/// A watched lock costs several times more. It finds three things. *A ring*: one that would close
/// a ring of tasks and threads of which each waits without limit for what the next one holds is not
/// waited for: it throws `deadlock`, whose `what()` names everybody and every lock of the ring with
/// their source lines; the others go on as soon as the refused one gives back what it holds.
/// Who holds a lock and waits for the end of a thread or a task (`join()`, `get()`, `co_await`) is
/// part of such rings, too; a thread's destructor cannot refuse and tells the unobserved-error
/// handler instead. Nobody owns an event, a permit, a condition or an item that is still to come,
/// and who awaits several at once may need only some of them: rings through those are not seen.
/// *An order*: locks that are ever taken in two orders (by where they were made, whichever
/// of them it was) are reported although nothing happened, see on_lock_order().
/// `try_lock` does not wait and so sets no order; locks made at one place may be taken in any.
/// *A lock held over `co_await`*: a coroutine that took a lock with a form for threads (`lock()`,
/// `lock_guard`, `try_lock()`) and waits before it gave it back is reported, once for each place.
/// With `co_await m.async_lock()` it is taken to be meant.
/// Source: Linux's lockdep; Havelund, "Using runtime analysis to guide model checking of Java
/// programs" (2000), for the graph of orders.
void watch_locks(bool on) noexcept;
/// Would a lock be watched that is made now?
bool locks_are_watched() noexcept;

/// Gets the report of an order, a few lines of text, in the thread that took the later lock, once
/// for each pair of places; and those of locks that are held over a `co_await`. Must not lock what
/// is watched.
using lock_order_handler = void (*)(std::string_view report) noexcept;
/// Sets who gets the reports and gives back who did; null (the default): they go to standard error.
lock_order_handler on_lock_order(lock_order_handler handler) noexcept;

}  // namespace tutti
