#pragma once
// All optimizers.
#include <tapeless/optim/adam.hpp>
#include <tapeless/optim/rmsprop.hpp>
#include <tapeless/optim/sgd.hpp>
