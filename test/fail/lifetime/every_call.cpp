#include "../../support/every_call.hpp"
