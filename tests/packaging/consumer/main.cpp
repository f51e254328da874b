#include <tapeless/tapeless.hpp>

int main() {}
