#pragma once
#include <tapeless/tapeless.hpp>

int first();
int second();
