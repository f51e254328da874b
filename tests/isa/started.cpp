#include "started.hpp"

namespace {
const double start = count_start();
}

double started() { return start; }
