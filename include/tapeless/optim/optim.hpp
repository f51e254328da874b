#pragma once
// All optimizers.
#include <tapeless/expr/diagnostic.hpp>  // first, so that compilers show a short path to it
#include <tapeless/optim/adam.hpp>
#include <tapeless/optim/rmsprop.hpp>
#include <tapeless/optim/sgd.hpp>
