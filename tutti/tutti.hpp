/// \file
/// The everyday door: sections 0 to 8 of the public vocabulary in one include.
#pragma once
