#include "program.hpp"

int first() { return 1; }
int main() { return first() == second() ? 0 : 1; }
