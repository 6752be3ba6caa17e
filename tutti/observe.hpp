/// \file
/// The listening door: what runs, where it waits, who is told.
#pragma once
