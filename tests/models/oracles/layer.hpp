// h = relu(x W + b) with W (784, 100) in [-1, 1), b zeros, x fed as (1, 784) and (100, 784), float64.
// Made by: python3 layer.py (Python 3.11.7, numpy 2.4.6); change the script, not this file.

#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "../generator.hpp"

namespace oracle::layer {

inline constexpr std::int64_t seed_w = 11;
inline constexpr std::int64_t seed_x = 12;  // the one row fed alone is the first of the hundred
inline constexpr sample h_one[] = {
    {0, 0.0}, {9, 18.970336875918655}, {18, 0.0}, {27, 10.271441246919387}, {36, 0.0}, {45, 0.0}, {54, 0.0},
    {63, 0.0}, {72, 9.291593133791526}, {81, 2.176676578047763}, {90, 0.0}, {99, 2.9413414524434716}};
inline constexpr double h_one_sum = 478.2675835287685;
inline constexpr double h_one_abs_sum = 478.2675835287685;
inline constexpr double h_one_square_sum = 7083.937018925957;
inline constexpr std::int64_t h_one_positive = 51;  // how many units are on
inline constexpr sample h_hundred[] = {
    {0, 0.0}, {909, 7.565099707709007}, {1818, 0.0}, {2727, 3.6660549557337427}, {3636, 22.335529856719297},
    {4545, 0.0}, {5454, 4.155657467391652}, {6363, 0.0}, {7272, 6.525828778214495}, {8181, 0.0},
    {9090, 7.788163301750892}, {9999, 9.523730804252814}};
inline constexpr double h_hundred_sum = 37099.0569204628;
inline constexpr double h_hundred_abs_sum = 37099.0569204628;
inline constexpr double h_hundred_square_sum = 422703.3667786792;
inline constexpr std::int64_t h_hundred_positive = 5076;  // how many units are on

// b = 0.5 everywhere instead, as a later run of the same graph sees it after an assignment
inline constexpr sample h_shifted[] = {
    {0, 0.0}, {909, 8.065099707709006}, {1818, 0.0}, {2727, 4.166054955733743}, {3636, 22.835529856719297},
    {4545, 0.0}, {5454, 4.655657467391652}, {6363, 0.0}, {7272, 7.025828778214495}, {8181, 0.0},
    {9090, 8.288163301750892}, {9999, 10.023730804252814}};
inline constexpr double h_shifted_sum = 39681.9508867898;
inline constexpr double h_shifted_abs_sum = 39681.9508867898;
inline constexpr double h_shifted_square_sum = 461086.17446388956;

}  // namespace oracle::layer
