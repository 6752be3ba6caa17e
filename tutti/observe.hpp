/// \file
/// The listening door: what runs, where it waits, who is told.
#pragma once

#include <tutti/observe/hook.hpp>
#include <tutti/observe/log_exceptions.hpp>
#include <tutti/observe/tasks.hpp>
#include <tutti/observe/trace.hpp>
#include <tutti/sync/lock_watch.hpp>
