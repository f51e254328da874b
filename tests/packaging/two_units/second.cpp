#include "program.hpp"

int second() { return 1; }
