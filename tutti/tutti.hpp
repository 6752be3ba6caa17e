/// \file
/// The everyday door: sections 0 to 8 of the public vocabulary in one include.
#pragma once

#include <tutti/base/clock.hpp>
#include <tutti/base/error.hpp>
#include <tutti/base/outcome.hpp>
#include <tutti/core/context.hpp>
#include <tutti/core/executor.hpp>
#include <tutti/core/future.hpp>
#include <tutti/core/gather.hpp>
#include <tutti/core/sleep.hpp>
#include <tutti/core/spawn.hpp>
#include <tutti/core/task.hpp>
#include <tutti/core/task_group.hpp>
#include <tutti/core/this_task.hpp>
#include <tutti/core/timeout.hpp>
#include <tutti/process/exit_status.hpp>
#include <tutti/process/process.hpp>
#include <tutti/process/process_pool.hpp>
#include <tutti/runtime/event_loop.hpp>
#include <tutti/runtime/run.hpp>
#include <tutti/sync/event.hpp>
#include <tutti/sync/mutex.hpp>
#include <tutti/sync/queue.hpp>
#include <tutti/sync/semaphore.hpp>
#include <tutti/thread/thread.hpp>
#include <tutti/thread/thread_pool.hpp>
