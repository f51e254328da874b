#pragma once
// Layers, activations and losses.
#include <tapeless/expr/diagnostic.hpp>  // first, so that compilers show a short path to it
#include <tapeless/nn/activations.hpp>
#include <tapeless/nn/convolution.hpp>
#include <tapeless/nn/dense.hpp>
#include <tapeless/nn/dropout.hpp>
#include <tapeless/nn/layer.hpp>
#include <tapeless/nn/losses.hpp>
#include <tapeless/nn/pooling.hpp>
#include <tapeless/nn/recurrent.hpp>
