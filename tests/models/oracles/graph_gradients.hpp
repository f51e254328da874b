// Gradients of small graphs, written out by hand and confirmed by JAX, float64.
// Made by: python3 graph_gradients.py (Python 3.11.7, numpy 2.4.6, jax 0.10.2); change the script, not this file.

#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "../generator.hpp"

namespace oracle::graph_gradients {

namespace at_3_4 {  // a = x * y; b = a + z; c = sum(b), at (3, 4)

inline constexpr std::int64_t rows = 3;
inline constexpr std::int64_t columns = 4;
inline constexpr std::int64_t seed_x = 21;
inline constexpr std::int64_t seed_y = 22;
inline constexpr std::int64_t seed_z = 23;
inline constexpr double c = -0.9259409337985783;
inline constexpr double c_magnitude = 9.370265807631071;  // sum of the magnitudes that were added up
inline constexpr sample grad_x[] = {
    {0, -0.5289881205466191}, {1, -0.17061034480816994}, {3, 0.738689017934488}, {4, 0.7110294688161831},
    {6, -0.853798116655877}, {7, -0.6800412110859808}, {9, 0.3286882832397622}, {11, 0.3247785905710945}};
inline constexpr double grad_x_sum = 0.9122610273893508;
inline constexpr double grad_x_abs_sum = 5.638916876281397;
inline constexpr double grad_x_square_sum = 3.5050514374335147;
inline constexpr sample grad_y[] = {
    {0, 0.3975131016457423}, {1, -0.18532740185357177}, {3, 0.6439055549383002}, {4, 0.7114294166715136},
    {6, 0.8104795864370791}, {7, -0.9808843569043599}, {9, -0.6299388786992179}, {11, 0.09374503617010332}};
inline constexpr double grad_y_sum = 1.0932374527287456;
inline constexpr double grad_y_abs_sum = 6.673910769967611;
inline constexpr double grad_y_square_sum = 4.70644861363026;
inline constexpr sample grad_z[] = {
    {0, 1.0}, {1, 1.0}, {3, 1.0}, {4, 1.0}, {6, 1.0}, {7, 1.0}, {9, 1.0}, {11, 1.0}};
inline constexpr double grad_z_sum = 12.0;
inline constexpr double grad_z_abs_sum = 12.0;
inline constexpr double grad_z_square_sum = 12.0;

}  // namespace at_3_4

namespace at_3000_4000 {  // a = x * y; b = a + z; c = sum(b), at (3000, 4000)

inline constexpr std::int64_t rows = 3000;
inline constexpr std::int64_t columns = 4000;
inline constexpr std::int64_t seed_x = 21;
inline constexpr std::int64_t seed_y = 22;
inline constexpr std::int64_t seed_z = 23;
inline constexpr double c = 486.1753307608526;
inline constexpr double c_magnitude = 9000065.566310607;  // sum of the magnitudes that were added up
inline constexpr sample grad_x[] = {
    {0, -0.5289881205466191}, {1714285, -0.2953415817568539}, {3428571, 0.2727926801356426},
    {5142856, 0.4386149419379881}, {6857142, 0.4530729626979604}, {8571427, -0.01916365179046875},
    {10285713, -0.1728870738549273}, {11999999, -0.4452490822314248}};
inline constexpr double grad_x_sum = 670.7142879973717;
inline constexpr double grad_x_abs_sum = 5999678.5075493045;
inline constexpr double grad_x_square_sum = 3999555.2786596;
inline constexpr sample grad_y[] = {
    {0, 0.3975131016457423}, {1714285, -0.7532342494116258}, {3428571, 0.2558568026156509},
    {5142856, 0.8419382679384588}, {6857142, 0.0928869112223254}, {8571427, 0.08915372957497825},
    {10285713, 0.6450974694618119}, {11999999, 0.8773191988856892}};
inline constexpr double grad_y_sum = -2096.536708765958;
inline constexpr double grad_y_abs_sum = 5999517.245920589;
inline constexpr double grad_y_square_sum = 3999690.295194093;
inline constexpr sample grad_z[] = {
    {0, 1.0}, {1714285, 1.0}, {3428571, 1.0}, {5142856, 1.0}, {6857142, 1.0}, {8571427, 1.0}, {10285713, 1.0},
    {11999999, 1.0}};
inline constexpr double grad_z_sum = 12000000.0;
inline constexpr double grad_z_abs_sum = 12000000.0;
inline constexpr double grad_z_square_sum = 12000000.0;

}  // namespace at_3000_4000

namespace chain {  // e = (a + b) * (b + 1) at a = 3, b = 2

inline constexpr double e = 15.0;
inline constexpr double de_da = 3.0;
inline constexpr double de_db = 8.0;  // both paths summed: (a + b) + (b + 1)

}  // namespace chain

namespace jacobian {  // (x1 + x2 * x3, 2 * x3) at (2, 3, 5): [[1, x3, x2], [0, 0, 2]]

inline constexpr double point[] = {2.0, 3.0, 5.0};
inline constexpr double value[] = {17.0, 10.0};
inline constexpr double rows[] = {1.0, 5.0, 3.0, 0.0, 0.0, 2.0};

}  // namespace jacobian

}  // namespace oracle::graph_gradients
