/// \file
/// The door for extenders: park, wake and the seams.
#pragma once
